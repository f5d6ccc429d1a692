import type {
    AudioState,
    ConnectionState,
    IRoomMember,
    ISelf,
    MicrophonePermission,
    MicrophoneState,
    RoomStatus,
    RtcError,
    RtcErrorCode,
} from "../../index.js";
import type { IHelp } from "../texts/help.js";
import type { IGuiTexts } from "../texts/texts.js";

/** Action of a notice's button. */
export type NoticeAction = "startAudio" | "rejoin" | "unmute";

/** Notice for the player, with an action if a button can help. */
export interface INotice {
    /** Error code, or another name. At most one notice of each kind is shown at a time. */
    readonly kind: string;
    readonly title: string;
    readonly advice: string;
    /** Action and caption of the button; absent = no button. */
    readonly action?: { readonly label: string; readonly does: NoticeAction };
    /** True if the notice disappears after a while, or when its button is pressed. */
    readonly passing: boolean;
}

/** Snapshot of the plugin's state. */
export interface IConditions {
    readonly status: RoomStatus;
    readonly connection: ConnectionState;
    readonly audio: AudioState;
    readonly microphone: MicrophoneState;
    /** Permission for the microphone; `granted` while unknown. */
    readonly permission: MicrophonePermission;
    /** True after the server has announced that it is stopping; false again at the next connection. */
    readonly stopping: boolean;
    readonly self: Pick<ISelf, "muted">;
    /** True if the page is a secure context, which browsers require for a microphone: `https:`, or `localhost`. */
    readonly isSecure: boolean;
    /** Error of the last attempt to rejoin; null = none. */
    readonly rejoinError: RtcError | null;
    /** True if a button can rejoin the last room. */
    readonly canRejoin: boolean;
}

/** Notice about the most urgent problem in the plugin's state; null = no problem. Checks in order of urgency. Pure. */
export function standingNotice(conditions: IConditions, texts: IGuiTexts): INotice | null {
    const { status, connection, audio, microphone, permission, stopping, self, isSecure, rejoinError, canRejoin } = conditions;
    const { notices, errors } = texts;
    const notice = (kind: string, { title, advice }: IHelp, action?: INotice["action"]): INotice => ({
        kind,
        title,
        advice,
        ...(action && { action }),
        passing: false,
    });
    const rejoining = (label: string): INotice["action"] => (canRejoin ? { label, does: "rejoin" } : undefined);
    if (status.state === "notAvailable" || status.state === "idle") {
        const error = status.state === "notAvailable" ? (status.error ?? rejoinError) : rejoinError;
        const { action } = error ? notices.lost : notices.outOfRoom;
        return notice("outOfRoom", error ? errors[error.code] : notices.outOfRoom, rejoining(action));
    }
    if (connection === "lost") {
        return notice("lost", notices.lost, rejoining(notices.lost.action));
    }
    if (audio !== "running") {
        const [kind, sound] =
            audio === "interrupted" ? (["audioInterrupted", notices.soundTaken] as const) : (["audioBlocked", notices.soundOff] as const);
        return notice(kind, sound, { label: sound.action, does: "startAudio" });
    }
    const isAway = connection === "reconnecting" || (status.state === "inRoom" && status.reconnecting === true);
    if (isAway || connection === "connecting" || status.state === "processing") {
        return stopping
            ? notice("serverStopping", errors.serverStopping)
            : isAway
              ? notice("reconnecting", notices.reconnecting)
              : notice("connecting", notices.connecting);
    }
    if (microphone.state === "asking" && permission !== "granted") {
        return notice("askingMicrophone", notices.askingMicrophone);
    }
    if (microphone.state === "failed") {
        const { code } = microphone.error;
        if (!isSecure && code === "unsupported") {
            // No button: on an insecure page a retry fails again.
            return notice(code, notices.noMicrophone);
        }
        return notice(code, errors[code], { label: notices.microphoneAction, does: "startAudio" });
    }
    return self.muted === "moderator" ? notice("mutedByModerator", notices.mutedByModerator) : null;
}

/** Notice of an error. Pure. */
export function errorNotice({ code }: RtcError, texts: IGuiTexts): INotice {
    const { title, advice } = texts.errors[code];
    return { kind: code, title, advice, passing: true };
}

/**
 * Errors that need no notice of their own: a notice about the resulting state covers them, or the app itself caused them (`aborted`, `disposed`).
 * This list is not a column of errors/errorTable.ts, because the notices belong to the controls, which import only the public contract.
 */
const told: readonly RtcErrorCode[] = [
    "audioBlocked",
    "microphoneDenied",
    "microphoneForbidden",
    "microphoneMissing",
    "microphoneBusy",
    "serverUnreachable",
    "duplicateIdentity",
    "removed",
    "banned",
    "roomClosed",
    "aborted",
    "disposed",
];

/**
 * Notices to show: first the one about the state, then those about events, newest first; one per kind. Pure.
 * @param standing - notice about the state; null = none
 * @param passing - notices about events, oldest first
 * @param most - maximum number of notices
 */
export function noticesToShow(standing: INotice | null, passing: readonly INotice[], most: number): readonly INotice[] {
    const news = passing.filter(({ kind }) => kind !== standing?.kind);
    return [...(standing ? [standing] : []), ...news.toReversed()].slice(0, most);
}

/** True if an error needs its own notice. Pure. */
export function isNews({ code }: RtcError): boolean {
    return !told.includes(code);
}

/** Snapshot of room and connection. */
interface IWhereabouts {
    readonly status: RoomStatus;
    readonly connection: ConnectionState;
    readonly members: ReadonlyMap<string, IRoomMember>;
    readonly self: Pick<ISelf, "muted" | "deafened">;
}

/** Announcement of room and members for screen readers. Empty outside of a room or without a connection, when a notice is shown instead. Pure. */
export function statusText({ status, connection, members, self }: IWhereabouts, { status: texts }: IGuiTexts): string {
    if (status.state !== "inRoom" || connection !== "connected") {
        return "";
    }
    const others = [...members.values()].filter(({ id }) => id !== status.self.id).map(({ name }) => name);
    const sentences = [
        texts.inRoom(status.room.name),
        others.length > 0 ? texts.withYou(others) : texts.alone,
        ...(self.muted === "no" ? [] : [texts.muted]),
        ...(self.deafened ? [texts.deafened] : []),
    ];
    return sentences.join(" ");
}
