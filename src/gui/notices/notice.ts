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

/** Something that the player should know, and perhaps do something about. */
export interface INotice {
    /** Of each kind there is at most one at a time: an error's code, or a word of ours. */
    readonly kind: string;
    readonly title: string;
    readonly advice: string;
    /** Action and caption of the button; none = wait. */
    readonly action?: { readonly label: string; readonly does: NoticeAction };
    /** True if it goes by itself after a while, or by a click. */
    readonly passing: boolean;
}

/** Snapshot of the plugin's state. */
export interface IConditions {
    readonly status: RoomStatus;
    readonly connection: ConnectionState;
    readonly audio: AudioState;
    readonly microphone: MicrophoneState;
    /** Permission for the microphone; `granted` while it is not known. */
    readonly permission: MicrophonePermission;
    /** True once the server has said that it stops, until we are back. */
    readonly stopping: boolean;
    readonly self: Pick<ISelf, "muted">;
    /** True for a page that browsers give a microphone to: `https:`, or on `localhost`. */
    readonly isSecure: boolean;
    /** Why the last attempt to come back failed, if it did. */
    readonly rejoinError: RtcError | null;
}

/** The most urgent thing that is not as it should be; the order is that of urgency. Pure. */
export function standingNotice(conditions: IConditions, texts: IGuiTexts): INotice | null {
    const { status, connection, audio, microphone, permission, stopping, self, isSecure, rejoinError } = conditions;
    const { notices, errors } = texts;
    const notice = (kind: string, { title, advice }: IHelp, action?: INotice["action"]): INotice => ({
        kind,
        title,
        advice,
        ...(action && { action }),
        passing: false,
    });
    if (status.state === "notAvailable" || status.state === "idle") {
        const error = status.state === "notAvailable" ? (status.error ?? rejoinError) : rejoinError;
        const { action } = error ? notices.lost : notices.outOfRoom;
        return notice("outOfRoom", error ? errors[error.code] : notices.outOfRoom, { label: action, does: "rejoin" });
    }
    if (connection === "lost") {
        return notice("lost", notices.lost, { label: notices.lost.action, does: "rejoin" });
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
            // Trying again does not help there.
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
 * Errors that say why a state is as it is; the notice of that state tells of them. No column of errors/errorTable.ts: controls know the public
 * contract alone, and it is they who have those notices.
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
 * The notices to show: how things stand first, then what has happened, each thing once. Pure.
 * @param standing - how things stand
 * @param passing - what has happened, oldest first
 * @param most - how many fit
 */
export function noticesToShow(standing: INotice | null, passing: readonly INotice[], most: number): readonly INotice[] {
    const news = passing.filter(({ kind }) => kind !== standing?.kind);
    return [...(standing ? [standing] : []), ...news.toReversed()].slice(0, most);
}

/** True if an error is worth a notice of its own. Pure. */
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

/** Announcement for screen readers; empty while a notice tells of a fault. Pure. */
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
