import type { IRoomService, IRoomSource, RtcBehavior } from "../index.js";
import type { DomMirror } from "./accessibility/domMirror.js";
import type { IGuiTheme } from "./kit/theme.js";
import type { GuiTextChanges } from "./texts/texts.js";

/** How the controls of this entry look, speak, and are mirrored. */
export interface IGuiOptions {
    readonly theme?: Partial<IGuiTheme>;
    readonly texts?: GuiTextChanges;
    /** Where its mirror in the DOM goes; it stays the caller's. Default: one of its own at the end of the document's body. */
    readonly mirror?: DomMirror;
}

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

/**
 * @param room - the rooms
 * @param ability - what they are wanted for
 * @returns the same as a room service; null for an app's own rooms that cannot do that
 */
export function roomServiceOf(room: IRoomSource, ability: "listAsync" | "joinAsync" | "kickAsync"): IRoomService | null {
    return ability in room ? (room as IRoomService) : null;
}
