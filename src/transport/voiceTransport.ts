import type { ModerationAction } from "../../protocol/wire.js";
import type { Observable } from "rxjs";
import type { RtcError } from "../errors/rtcError.js";
import type { ILinkFacts } from "./linkFacts.js";
import type { IVoiceMessages, IVoiceRtpData } from "./voiceMessages.js";

export type { ModerationAction } from "../../protocol/wire.js";

/** Right of one user to enter one RTC room until a point in time. */
export interface IVoiceGrant {
    /** The signed token. */
    readonly token: string;
    /** Address of the server that runs the RTC room. Default: the plugin's `server`. */
    readonly url?: string;
    /** STUN and TURN servers for this user. Default: none; in a renewed grant: the previous ones. */
    readonly iceServers?: RTCIceServer[];
    /** Expiry of the token, in milliseconds since the epoch, on the signer's clock. Default: the grant is renewed when the RTC room asks for it. */
    readonly expiresAt?: number;
    /** Remaining validity of the token when the app returns it, in milliseconds. Takes precedence over `expiresAt`, because clocks need not agree. */
    readonly expiresInMs?: number;
}

/** Connection state of a session. `lost`: the session has ended permanently; join again. */
export type ConnectionState = "disconnected" | "connecting" | "connected" | "reconnecting" | "lost";

/** Mute state of a member, and who set it. */
export type MutedState = "no" | "self" | "moderator";

/** Interest in a remote voice: `off` = no packets; `warm` = no packets, but ready to start at once; `on` = audio is sent. */
export type VoiceInterest = "off" | "warm" | "on";

/**
 * State of the link to a member: `connecting` = not connected yet, or being replaced; `connected` = the audio path is up; `noPath` = no path was
 * found for eight seconds, or all attempts have failed. By default, attempts end after ten retries; they start again when the signalling of one end
 * is back.
 */
export type VoiceLink = "connecting" | "connected" | "noPath";

/** Voice of one remote member. Every change makes a new object; the track stays the same object while its link lives. */
export interface IRemoteVoice {
    /** The member's id, as the RTC room knows it. */
    readonly id: string;
    /** The member's name, as the RTC room knows it. */
    readonly name: string;
    /** Received audio; null until the link is connected, and while the member may not be heard. Owned by the transport: never stop it. */
    readonly track: MediaStreamTrack | null;
    /** Mute state of the member, as the RTC room knows it. */
    readonly muted: MutedState;
    /** True if the member may publish. */
    readonly mayPublish: boolean;
    /** True if the member offers a voice, as the RTC room knows it. */
    readonly publishing: boolean;
    /** True while the member's microphone is on, as the RTC room knows it. */
    readonly capturing: boolean;
    /** True if the member's client can extract data from voice packets. */
    readonly dataInRtp: boolean;
    /** @deprecated Use `dataInRtp`. */
    readonly ridesData?: boolean;
    /** True if blocked by either side; the track is null then. */
    readonly blocked: boolean;
    /** True while the member's connection is lost and the server keeps the member's place. The voice may continue meanwhile. Default: false. */
    readonly reconnecting?: boolean;
    /** State of the link to the member. Default: `connected` if there is a track, otherwise `connecting`. */
    readonly link?: VoiceLink;
}

/** State of our own voice, visible to all members. */
export interface IOwnVoiceState {
    /** True = we offer a voice; false = no packets are sent to any member, not even silence. */
    readonly publishing: boolean;
    /** True while our microphone is on. */
    readonly capturing: boolean;
}

/** Our own current privileges in the RTC room. */
export interface IVoicePrivileges {
    /** True if we may be heard. */
    readonly publish: boolean;
    /** True if we may hear. */
    readonly subscribe: boolean;
}

/**
 * Reason for a member's departure: `quit` = left on their own; `dropped` = connection lost; `kicked` = removed from the RTC room; `replaced` = a newer
 * connection of the same user replaced this one; `tokenExpired` = the grant was not renewed.
 */
export type VoiceDepartureReason = "quit" | "dropped" | "kicked" | "replaced" | "tokenExpired";

/** Departure of a member from the RTC room. */
export interface IVoiceDeparture {
    /** The member's id. */
    readonly id: string;
    readonly reason: VoiceDepartureReason;
}

/** Notice of the RTC room, sent only to us. */
export type VoiceNotice =
    /** The current grant must be renewed within `expiresInMs`; if absent, by `expiresAt` (milliseconds since the epoch, by the server's clock). */
    | { readonly type: "expiring"; readonly expiresAt: number; readonly expiresInMs?: number }
    /** A newer grant is in force until `expiresAt`. */
    | { readonly type: "renewed"; readonly expiresAt: number; readonly expiresInMs?: number }
    /** The member with the id `by` (null = the app itself) has removed a moderator's mute: we may unmute ourselves. */
    | { readonly type: "unmuteInvited"; readonly by: string | null };

/** Options of a join in addition to its grant. */
export interface IVoiceJoinOptions {
    /** Ids of users who are blocked from the start, at most 1000: no voice and no message passes in either direction. Default: none. */
    readonly blocks?: readonly string[] | undefined;
    /** True = data may be sent in voice packets, if the browser supports this; the other members are told so (`dataInRtp`). Default: false. */
    readonly dataInRtp?: boolean | undefined;
    /** @deprecated Use `dataInRtp`, which has the same value. */
    readonly ridesData?: boolean | undefined;
}

/** Session in one RTC room, from the join until the session ends. */
export interface IVoiceSession {
    /** Our own id, as the server knows it. */
    readonly selfId: string;
    /** Connection state. Replays the current state; the last one is `disconnected` (we left) or `lost`. Never errors. */
    readonly state$: Observable<ConnectionState>;
    /** All other members of the RTC room, by id, in join order. Replays. */
    readonly remotes$: Observable<ReadonlyMap<string, IRemoteVoice>>;
    /** Our mute state as the RTC room knows it. Replays. */
    readonly muted$: Observable<MutedState>;
    /** Errors that do not end the session (for example a failed link), and the error that ends it. Hot. */
    readonly error$: Observable<RtcError>;
    /** Messages between members, if the transport supports them. */
    readonly messages?: IVoiceMessages;
    /** Data sent along with the voice, if the join asked for it and the browser supports it. */
    readonly rtpData?: IVoiceRtpData;
    /** @deprecated Use `rtpData`. */
    readonly riding?: IVoiceRtpData;
    /**
     * Sends this track, or silence, to all members who want to hear us.
     * @param track - stays owned by the caller, who stops it; null = silence
     * @returns a promise that resolves when the change is done; rejects with an `RtcError` if a member may still receive the previous track
     */
    publishAsync(track: MediaStreamTrack | null): Promise<void>;
    /**
     * Tells all members whether we are muted. The caller disables the track itself.
     * @param muted - true = no member hears us
     */
    setMuted(muted: boolean): void;
    /**
     * Tells all members whether we publish and capture. Initially, both count as true.
     * @param state - both values
     */
    setState?(state: IOwnVoiceState): void;
    /**
     * Sets our interest in the remote voices. Members who are not in the map keep their previous interest; initially it is `on` for all members.
     * @param interest - by member id; passed on to the sender. The link to a sender that continues despite `off` is closed.
     */
    setInterest(interest: ReadonlyMap<string, VoiceInterest>): void;
    /**
     * Replaces the expiring grant by a newer one, without a gap in the audio. Rejects with an `RtcError`.
     * @param grant - for the same room and user
     */
    renewAsync(grant: IVoiceGrant): Promise<void>;
    /** Our own privileges. Replays. If absent, we have all privileges. */
    readonly privileges$?: Observable<IVoicePrivileges>;
    /**
     * Emits when the server no longer keeps our place, for example after a restart; voices continue. `reenterAsync` must succeed within 20 s, or the
     * session is lost. Without a subscriber, the session is lost at once. Hot. If absent, the session is lost when its server restarts.
     */
    readonly displaced$?: Observable<RtcError>;
    /**
     * Enters an RTC room again after `displaced$`. Connected links continue, with the rules that were in force. Members who are not back yet stay in
     * `remotes$` for 20 s, as reconnecting.
     * @param grant - for the same user; the room may have another id by now
     * @param signal - cancels
     * @param options - as for the join
     * @returns a promise that resolves when we are in the RTC room; rejects with an `RtcError`, and the method can then be called again
     */
    reenterAsync?(grant: IVoiceGrant, signal: AbortSignal, options?: IVoiceJoinOptions): Promise<void>;
    /** Departures with their reason, emitted just before `remotes$` drops the member. Hot. If absent, reasons are unknown. */
    readonly departures$?: Observable<IVoiceDeparture>;
    /** Notices of the RTC room that are sent only to us. Hot. */
    readonly notices$?: Observable<VoiceNotice>;
    /**
     * Blocks a user, so that no voice and no message passes in either direction, or removes our block. A block by the other user remains in force.
     * @param id - id of a user, present or not
     * @param blocked - true = block; false = remove the block
     * @returns a promise that resolves when the RTC room has applied the change; rejects with an `RtcError`
     */
    blockAsync?(id: string, blocked: boolean): Promise<void>;
    /**
     * Performs a moderation action.
     * @param action - the action
     * @returns a promise that resolves when the action is done; rejects with `notAllowed`, `memberNotFound` or another `RtcError`
     */
    moderateAsync?(action: ModerationAction): Promise<void>;
    /**
     * Measures every link. Absent in a transport that measures nothing.
     * @returns the facts by member id; members without a link (yet) are missing. Never rejects.
     */
    statisticsAsync?(): Promise<ReadonlyMap<string, ILinkFacts>>;
    /** Leaves and releases every connection, socket and timer. Idempotent. Never rejects. */
    leaveAsync(): Promise<void>;
}

/** Transport of voices. */
export interface IVoiceTransport {
    /** Loads in advance what a join needs, mostly code. Idempotent. Never rejects. */
    prepareAsync?(): Promise<void>;
    /**
     * Enters the RTC room of the grant.
     * @param grant - the right to enter
     * @param signal - cancels; the promise then rejects with `aborted`, and everything is released
     * @param options - sent to the RTC room with the join
     * @returns the session; the caller leaves it. Rejects with an `RtcError`.
     */
    joinAsync(grant: IVoiceGrant, signal: AbortSignal, options?: IVoiceJoinOptions): Promise<IVoiceSession>;
}
