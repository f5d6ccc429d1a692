import type { RtcError } from "../../errors/rtcError.js";
import type { IRoomMember } from "../../room/room.js";
import type { IVoiceSession } from "../../transport/voiceTransport.js";

/** Facts about the entry into the RTC room. */
export interface IJoinFacts {
    /** Time from the room's `inRoom` (or from the loss of the connection) until the RTC room was entered, in milliseconds. */
    readonly elapsedMs: number;
    /** True for a reconnection: the RTC room was entered again after the connection was lost, during the same stay in the room. */
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
 * Why the local member is no longer in the RTC room.
 *
 * - `left`: the member left the room, the room is not available for a reason not listed here, or the behavior was detached.
 * - `duplicateIdentity`: the same user connected from elsewhere.
 * - `removed`: a moderator, the owner or the server removed the member.
 * - `roomClosed`: the room was closed for all members.
 * - `tokenExpired`: the grant expired without a renewal.
 * - `lost`: the connection was lost; the client reconnects, see `connection$`.
 */
export type LeftReason = "left" | "duplicateIdentity" | "removed" | "roomClosed" | "tokenExpired" | "lost";

/** The end of a stay. */
export interface ISessionEnd {
    /** The room's id. */
    readonly room: string;
    readonly reason: LeftReason;
    /** Error that ended the stay, unless the member left by choice. */
    readonly error?: RtcError;
}
