import type { Observable } from "rxjs";
import type { RtcError } from "../rtcError.js";

/** The right to enter one RTC room as one user until a point in time. */
export interface IVoiceGrant {
    /** The signed token. */
    readonly token: string;
    /** Address of the server whose RTC room it is for. Default: the plugin's `server`. */
    readonly url?: string;
    /** STUN and TURN servers for this user. Default: none. */
    readonly iceServers?: RTCIceServer[];
    /** When the token ends, in milliseconds since the epoch. Default: never renewed. */
    readonly expiresAt?: number;
}

/** `lost`: the session has ended and does not come back; join anew. */
export type ConnectionState = "disconnected" | "connecting" | "connected" | "reconnecting" | "lost";

/** Whether somebody is muted, and by whose will. */
export type MutedState = "no" | "self" | "moderator";

/** How much of a remote voice is wanted: nothing; ready to flow at once; flowing. */
export type VoiceInterest = "off" | "warm" | "on";

/** What one remote member sends us. A change makes a new object; the track stays the same object while its link lives. */
export interface IRemoteVoice {
    /** The member's id, as the RTC room knows it. */
    readonly id: string;
    /** The member's name, as the RTC room knows it. */
    readonly name: string;
    /** The audio; null until a link stands. Owned by the transport: never stop it. */
    readonly track: MediaStreamTrack | null;
    /** Whether the member is muted, as the RTC room knows it. */
    readonly muted: MutedState;
    /** Whether the member may publish. */
    readonly mayPublish: boolean;
}

/** One stay in one RTC room. */
export interface IVoiceSession {
    /** Our own id, as the server knows it. */
    readonly selfId: string;
    /** Replays the present state; ends with `disconnected` (we left) or `lost`. Never errors. */
    readonly state$: Observable<ConnectionState>;
    /** Everybody else in the RTC room, by id, in join order. Replays. */
    readonly remotes$: Observable<ReadonlyMap<string, IRemoteVoice>>;
    /** Whether we are muted as the RTC room knows it. Replays. */
    readonly muted$: Observable<MutedState>;
    /** What went wrong without ending the session (a link that failed) or while ending it. Hot. */
    readonly error$: Observable<RtcError>;
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
     * Says how much of whom we want. Whoever is not named keeps what was asked before; at first everybody is `on`.
     * @param interest - by member id; asked of the other end
     */
    setInterest(interest: ReadonlyMap<string, VoiceInterest>): void;
    /**
     * Puts a newer grant in place of the one that is about to end, without a gap in sound.
     * @param grant - for the same room and user
     */
    renewAsync(grant: IVoiceGrant): Promise<void>;
    /** Leaves and releases every connection, socket and timer. Harmless if called twice. Never rejects. */
    leaveAsync(): Promise<void>;
}

/** What carries voices. */
export interface IVoiceTransport {
    /** Loads what a join will need (code, mostly) ahead of it. Harmless if called twice. Never rejects. */
    prepareAsync?(): Promise<void>;
    /**
     * Enters the RTC room that the grant is for.
     * @param grant - the right to do so
     * @param signal - cancels; the promise then rejects with `aborted` and nothing is left behind
     * @returns the session; the caller leaves it. Rejects with an `RtcError`.
     */
    joinAsync(grant: IVoiceGrant, signal: AbortSignal): Promise<IVoiceSession>;
}
