import type { RtcError } from "../../errors/rtcError.js";
import type { IRoomMember } from "../../room/room.js";
import type { IVoiceSession } from "../../transport/voiceTransport.js";

/** Entry into the RTC room. */
export interface IJoinFacts {
    /** From the room's `inRoom` (or from the loss of the connection) until we were inside, in milliseconds. */
    readonly elapsedMs: number;
    /** True for a reconnection: the same stay in the room, entered again after the connection was lost. */
    readonly again: boolean;
}

/** A stay in an RTC room. */
export interface ISessionInfo {
    readonly session: IVoiceSession;
    /** The room's id. */
    readonly room: string;
    /** The local member. */
    readonly user: IRoomMember;
    readonly join: IJoinFacts;
    /** Time of the entry, in milliseconds by `performance.now()`. */
    readonly since: number;
}

/**
 * Why we are no longer in the RTC room.
 *
 * - `left`: we left the room, it is not available for a reason not below, or the behavior was detached.
 * - `duplicateIdentity`: the same user came in from elsewhere.
 * - `removed`: put out, by a moderator, the owner or the server.
 * - `roomClosed`: the room has ended for everybody.
 * - `tokenExpired`: the grant has ended without a renewal.
 * - `lost`: the connection broke; it is tried again, see `connection$`.
 */
export type LeftReason = "left" | "duplicateIdentity" | "removed" | "roomClosed" | "tokenExpired" | "lost";

/** The end of a stay. */
export interface ISessionEnd {
    /** The room's id. */
    readonly room: string;
    readonly reason: LeftReason;
    /** Error that ended it, unless we left. */
    readonly error?: RtcError;
}
