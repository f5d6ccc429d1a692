import type { IRoomSource, RtcBehavior } from "../index.js";

/** What the controls show and operate: an `RtcPlugin`, or rooms and an RTC behavior of the app's own. */
export interface IGuiSource {
    readonly room: IRoomSource;
    readonly rtc: Pick<
        RtcBehavior,
        | "audio$"
        | "connection$"
        | "deafened"
        | "error$"
        | "events$"
        | "members$"
        | "microphone"
        | "moderation"
        | "muted"
        | "self$"
        | "silence"
        | "speaking$"
        | "startAsync"
        | "stats$"
        | "unsilence"
        | "voiceOf"
        | "voices$"
        | "volume"
    >;
}
