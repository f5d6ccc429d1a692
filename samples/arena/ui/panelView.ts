import type {
    AudioState,
    ConnectionState,
    IRoomMember,
    ISelf,
    IVoice,
    MicrophoneState,
    RoomStatus,
    RtcError,
    RtcPlugin,
} from "babylon-rtc";
import { defaultTexts } from "babylon-rtc/gui";
import { combineLatest, map } from "rxjs";
import type { Observable } from "rxjs";
import { colorOf } from "../avatars/avatar.js";

/** One line of the panel. */
export interface IMemberView {
    readonly id: string;
    readonly name: string;
    readonly color: string;
    readonly isSelf: boolean;
    readonly state: "silent" | "speaking" | "muted" | "silenced";
}

/** Something that the player should know, and perhaps do something about. */
export interface INotice {
    readonly title: string;
    readonly advice: string;
    /** What the button does, and what it says; none = nothing to be done but wait. */
    readonly action?: { readonly label: string; readonly does: "startAudio" | "rejoin" };
}

/** All that the panel shows. */
export interface IPanelView {
    readonly room: string;
    readonly members: readonly IMemberView[];
    readonly self: ISelf;
    readonly notice: INotice | null;
}

/** What the plugin tells at one moment. */
export interface IRtcSnapshot {
    readonly status: RoomStatus;
    readonly members: ReadonlyMap<string, IRoomMember>;
    readonly voices: ReadonlyMap<string, IVoice>;
    readonly speaking: ReadonlySet<string>;
    readonly self: ISelf;
    readonly connection: ConnectionState;
    readonly audio: AudioState;
    readonly microphone: MicrophoneState;
    /** Why the last attempt to come back failed, if it did. */
    readonly rejoinError: RtcError | null;
}

/**
 * Everything that the plugin tells, at every change.
 * @param rejoinError$ - why the last attempt to come back failed, if it did
 */
export function snapshots$({ room, rtc }: RtcPlugin, rejoinError$: Observable<RtcError | null>): Observable<IRtcSnapshot> {
    return combineLatest({
        status: room.status$,
        members: room.members$,
        voices: rtc.voices$,
        speaking: rtc.speaking$,
        self: rtc.self$,
        connection: rtc.connection$,
        audio: rtc.audio$,
        microphone: rtc.microphone.state$,
        rejoinError: rejoinError$,
    });
}

/** What the panel shows of it. */
export function panelViews$(snapshots: Observable<IRtcSnapshot>, room: string): Observable<IPanelView> {
    return snapshots.pipe(map((snapshot) => ({ room, members: membersOf(snapshot), self: snapshot.self, notice: noticeOf(snapshot) })));
}

function membersOf({ status, members, voices, speaking, self }: IRtcSnapshot): readonly IMemberView[] {
    const selfId = status.state === "inRoom" ? status.self.id : null;
    return [...members.values()].map((member) => {
        const voice = voices.get(member.id);
        const isSelf = member.id === selfId;
        const isMuted = isSelf ? self.muted !== "no" : (voice?.muted ?? false);
        const spoken = speaking.has(member.id) ? "speaking" : "silent";
        const state = voice?.silenced ? "silenced" : isMuted ? "muted" : spoken;
        return { id: member.id, name: member.name, color: colorOf(member).toHexString(), isSelf, state };
    });
}

/** The most urgent thing to know; the order is that of urgency. */
export function noticeOf({ status, connection, audio, microphone, self, rejoinError }: IRtcSnapshot): INotice | null {
    if (status.state === "notAvailable" || status.state === "idle") {
        const error = status.state === "notAvailable" ? status.error : rejoinError;
        const told = error ? defaultTexts.errors[error.code] : { title: "Out of the room", advice: "You can come back at any time." };
        return { ...told, action: { label: "Try again", does: "rejoin" } };
    }
    if (connection === "lost") {
        const advice = "You still see everybody, but nobody hears anybody.";
        return { title: "The voice connection is lost", advice, action: { label: "Try again", does: "rejoin" } };
    }
    if (audio !== "running") {
        return {
            title: "The sound is off",
            advice: "The browser wants a click before it plays anything.",
            action: { label: "Hear everybody", does: "startAudio" },
        };
    }
    if (connection === "reconnecting") {
        return { title: "Reconnecting…", advice: "Voices come back by themselves." };
    }
    if (connection === "connecting" || status.state === "processing") {
        return { title: "Connecting…", advice: "Voices are on their way." };
    }
    if (microphone.state === "asking") {
        return { title: "May we use your microphone?", advice: "The browser asks you; say yes to be heard." };
    }
    if (microphone.state === "failed") {
        return { ...defaultTexts.errors[microphone.error.code], action: { label: "Try again", does: "startAudio" } };
    }
    return self.muted === "moderator" ? { title: "A moderator muted you", advice: "Nobody hears you for now." } : null;
}
