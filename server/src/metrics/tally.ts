import { protocolErrorCodes } from "../protocolError.js";
import type { LeaveReason, VoiceLeaveReason } from "../../../protocol/wire.js";

/** Room types: a room, or its RTC room. */
export type RoomKind = "room" | "rtc";
/** Kinds of sockets. */
export type SocketKind = RoomKind | "signalling";
/** Rate limits, by their names in the option `limits`. */
export type RateLimit = "requests" | "userRequests" | "upgrades" | "messages" | "signalling" | "passwords";
/** Counters by key, which start at 0. */
class Counts<Key extends string> {
    private readonly _counts: Map<Key, number>;

    public constructor(keys: readonly Key[]) {
        this._counts = new Map(keys.map((key) => [key, 0]));
    }

    public add(key: Key, more = 1): void {
        this._counts.set(key, this.of(key) + more);
    }

    public of(key: Key): number {
        return this._counts.get(key) ?? 0;
    }

    public get entries(): Iterable<readonly [Key, number]> {
        return this._counts;
    }
}

const rooms: readonly RoomKind[] = ["room", "rtc"];
const roomLeaves: readonly LeaveReason[] = ["left", "dropped", "duplicateIdentity", "removed"];
const voiceLeaves: readonly VoiceLeaveReason[] = [...roomLeaves, "tokenExpired"];

/** Counters since the start of the server, and the number of open sockets, for metrics. None is kept per user, room or address. */
export class Tally {
    /** Joins of a room or its voice. */
    public readonly joins = new Counts(rooms);
    /** Members who returned to their place within the grace period. */
    public readonly resumes = new Counts(rooms);
    /** Leaves, by room type and reason. */
    public readonly leaves = new Counts<`room ${LeaveReason}` | `rtc ${VoiceLeaveReason}`>([
        ...roomLeaves.map((reason) => `room ${reason}` as const),
        ...voiceLeaves.map((reason) => `rtc ${reason}` as const),
    ]);
    /** Refused requests and messages, by code. */
    public readonly refusals = new Counts(protocolErrorCodes);
    /** Requests and messages above a rate limit, by limit. */
    public readonly limited = new Counts<RateLimit>(["requests", "userRequests", "upgrades", "messages", "signalling", "passwords"]);
    /** Connections that were terminated because they sent too much or read too little. */
    public readonly cutOff = new Counts<SocketKind>([...rooms, "signalling"]);
    /** Open sockets of rooms and RTC rooms. */
    public readonly sockets = new Counts(rooms);
}
