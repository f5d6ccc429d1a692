import type { ModerationAction } from "../../protocol/wire.js";
import type { Observable } from "rxjs";
import type { RtcError } from "../errors/rtcError.js";
import type { ILinkFacts } from "./linkFacts.js";
import type { IVoiceMessages, IVoiceRiding } from "./voiceMessages.js";

export type { ModerationAction } from "../../protocol/wire.js";

/** The right to enter one RTC room as one user until a point in time. */
export interface IVoiceGrant {
    /** The signed token. */
    readonly token: string;
    /** Address of the server whose RTC room it is for. Default: the plugin's `server`. */
    readonly url?: string;
    /** STUN and TURN servers for this user. Default: none. */
    readonly iceServers?: RTCIceServer[];
    /** End of the token, in milliseconds since the epoch, by the clock of whoever signed it. Default: renewed only when the RTC room says so. */
    readonly expiresAt?: number;
    /** Remaining validity of the token as it is handed over, in milliseconds. Goes before `expiresAt`, since no two clocks need to agree. */
    readonly expiresInMs?: number;
}

/** `lost`: the session has ended and does not come back; join anew. */
export type ConnectionState = "disconnected" | "connecting" | "connected" | "reconnecting" | "lost";

/** Mute state of a member, and who set it. */
export type MutedState = "no" | "self" | "moderator";

/** Interest in a remote voice: none; ready to flow at once; flowing. */
export type VoiceInterest = "off" | "warm" | "on";

/**
 * The way to a member: `connecting` = not there yet, or made anew; `connected` = it stands; `noPath` = for eight seconds none was found, or all
 * attempts have failed. It is looked for on and on all the same, unless a retry policy of the app's gives up.
 */
export type VoiceLink = "connecting" | "connected" | "noPath";

/** Voice of one remote member. A change makes a new object; the track stays the same object while its link lives. */
export interface IRemoteVoice {
    /** The member's id, as the RTC room knows it. */
    readonly id: string;
    /** The member's name, as the RTC room knows it. */
    readonly name: string;
    /** The audio; null until a link stands. Owned by the transport: never stop it. */
    readonly track: MediaStreamTrack | null;
    /** Mute state of the member, as the RTC room knows it. */
    readonly muted: MutedState;
    /** True if the member may publish. */
    readonly mayPublish: boolean;
    /** True if the member offers a voice at all, as the RTC room knows it. */
    readonly publishing: boolean;
    /** True while the member's microphone is on, as the RTC room knows it. */
    readonly capturing: boolean;
    /** True if the member's end can take data out of voice packets. */
    readonly ridesData: boolean;
    /** Blocked by either side; the track is null then. */
    readonly blocked: boolean;
    /** True while the member's connection is lost and their place is kept; they may be heard all the same. Default: false. */
    readonly reconnecting?: boolean;
    /** The way to the member. Default: `connected` if there is a track, otherwise `connecting`. */
    readonly link?: VoiceLink;
}

/** State of our own voice as everybody sees it. */
export interface IOwnVoiceState {
    /** True = we offer a voice; false = nothing is sent to anybody, not even silence. */
    readonly publishing: boolean;
    /** True while our microphone is on. */
    readonly capturing: boolean;
}

/** Our own privileges in the RTC room now. */
export interface IVoicePrivileges {
    /** True if we may be heard. */
    readonly publish: boolean;
    /** True if we may hear. */
    readonly subscribe: boolean;
}

/** Why somebody left: by their own will; without a word; put out; replaced by a newer connection of their own; their grant was not renewed. */
export type VoiceDepartureReason = "quit" | "dropped" | "kicked" | "replaced" | "tokenExpired";

/** Somebody has left the RTC room. */
export interface IVoiceDeparture {
    /** The member's id. */
    readonly id: string;
    readonly reason: VoiceDepartureReason;
}

/** Notices of the RTC room for us alone. */
export type VoiceNotice =
    /** The grant in force ends then (milliseconds since the epoch by the server's clock), which is in `expiresInMs` from now: renew it. */
    | { readonly type: "expiring"; readonly expiresAt: number; readonly expiresInMs?: number }
    /** A newer grant is in force, until then. */
    | { readonly type: "renewed"; readonly expiresAt: number; readonly expiresInMs?: number }
    /** That member (or the app itself, if null) has taken back a moderator's mute: we may unmute ourselves. */
    | { readonly type: "unmuteInvited"; readonly by: string | null };

/** Options of a join beyond its grant. */
export interface IVoiceJoinOptions {
    /** Ids of users between whom and us nothing shall pass, from the first moment on; at most 1000. Default: none. */
    readonly blocks?: readonly string[] | undefined;
    /** True = data may be sent in voice packets, if this end can (`riding`); the others are told of it. Default: false. */
    readonly ridesData?: boolean | undefined;
}

/** One stay in one RTC room. */
export interface IVoiceSession {
    /** Our own id, as the server knows it. */
    readonly selfId: string;
    /** Replays the present state; ends with `disconnected` (we left) or `lost`. Never errors. */
    readonly state$: Observable<ConnectionState>;
    /** Everybody else in the RTC room, by id, in join order. Replays. */
    readonly remotes$: Observable<ReadonlyMap<string, IRemoteVoice>>;
    /** Our mute state as the RTC room knows it. Replays. */
    readonly muted$: Observable<MutedState>;
    /** Errors: those that leave the session standing (a link that failed), and the one that ends it. Hot. */
    readonly error$: Observable<RtcError>;
    /** Messages between members, if the transport has any. */
    readonly messages?: IVoiceMessages;
    /** Data that rides with the voice, if the join asked for it and this end can. */
    readonly riding?: IVoiceRiding;
    /**
     * Sends this track to everybody, or silence.
     * @param track - the caller keeps it and stops it; null = silence
     */
    publishAsync(track: MediaStreamTrack | null): Promise<void>;
    /**
     * Tells everybody that we are muted or not. The caller disables the track itself.
     * @param muted - whether nobody shall hear us
     */
    setMuted(muted: boolean): void;
    /**
     * Tells everybody whether we publish and capture; at first both count as true.
     * @param state - both
     */
    setState?(state: IOwnVoiceState): void;
    /**
     * Says how much of whom we want. Whoever is not named keeps what was asked before; at first everybody is `on`.
     * @param interest - by member id; asked of the other end. Whoever goes on sending in spite of `off` is cut off.
     */
    setInterest(interest: ReadonlyMap<string, VoiceInterest>): void;
    /**
     * Puts a newer grant in place of the one that is about to end, without a gap in sound.
     * @param grant - for the same room and user
     */
    renewAsync(grant: IVoiceGrant): Promise<void>;
    /** Our own privileges. Replays. Without it: all. */
    readonly privileges$?: Observable<IVoicePrivileges>;
    /**
     * The server keeps our place no longer and answers again, as after a restart, while voices go on. Whoever listens calls `reenterAsync` within 20 s,
     * or the session is lost then; while nobody listens it is lost at once. Hot. Without it, a session ends with the life of its server.
     */
    readonly displaced$?: Observable<RtcError>;
    /**
     * Enters an RTC room again after `displaced$`. Links that stand go on, with what was in force; members who are not back yet stay in `remotes$` for
     * 20 s, as reconnecting.
     * @param grant - for the same user; the room may have another id by now
     * @param signal - cancels
     * @param options - as for the join
     * @returns a promise that resolves inside; rejects with an `RtcError`, and can then be called again
     */
    reenterAsync?(grant: IVoiceGrant, signal: AbortSignal, options?: IVoiceJoinOptions): Promise<void>;
    /** Departures with their reason; told just before `remotes$` drops them. Hot. Without it, nobody knows why. */
    readonly departures$?: Observable<IVoiceDeparture>;
    /** Notices of the RTC room for us alone. Hot. */
    readonly notices$?: Observable<VoiceNotice>;
    /**
     * Lets nothing pass any longer between that user and us, or lets it again (unless they, too, have blocked us).
     * @param id - of a user, present or not
     * @param blocked - which of the two
     * @returns a promise that resolves when the RTC room has done it; rejects with an `RtcError`
     */
    blockAsync?(id: string, blocked: boolean): Promise<void>;
    /**
     * Moderates.
     * @param action - what to do
     * @returns a promise that resolves when it is done; rejects with `notAllowed`, `memberNotFound` or another `RtcError`
     */
    moderateAsync?(action: ModerationAction): Promise<void>;
    /**
     * Looks at every link. A transport that measures nothing lacks it.
     * @returns what is known of them, by member id; whoever is not linked (yet) is missing. Never rejects.
     */
    statisticsAsync?(): Promise<ReadonlyMap<string, ILinkFacts>>;
    /** Leaves and releases every connection, socket and timer. Harmless if called twice. Never rejects. */
    leaveAsync(): Promise<void>;
}

/** Transport of voices. */
export interface IVoiceTransport {
    /** Loads what a join will need (code, mostly) ahead of it. Harmless if called twice. Never rejects. */
    prepareAsync?(): Promise<void>;
    /**
     * Enters the RTC room that the grant is for.
     * @param grant - the right to do so
     * @param signal - cancels; the promise then rejects with `aborted` and nothing is left behind
     * @param options - what else the RTC room is told at once
     * @returns the session; the caller leaves it. Rejects with an `RtcError`.
     */
    joinAsync(grant: IVoiceGrant, signal: AbortSignal, options?: IVoiceJoinOptions): Promise<IVoiceSession>;
}
