import { protocolErrorCodes } from "../protocolError.js";
import type { LeaveReason, VoiceLeaveReason } from "../../../protocol/wire.js";

/** Kinds of rooms that somebody is in: a room, or its voice. */
export type RoomKind = "room" | "rtc";
/** Kinds of sockets. */
export type SocketKind = RoomKind | "signalling";
/** Limits by rate, as `limits` of the options names them. */
export type RateLimit = "requests" | "userRequests" | "upgrades" | "messages" | "signalling" | "passwords";
/** Numbers by a key, which begin at 0. */
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

/** Numbers of what has happened since the server began, for metrics. Nothing in it is by user, room or address. */
export class Tally {
    /** Members who came into a room, or into its voice. */
    public readonly joins = new Counts(rooms);
    /** Members who came back to a place that was kept for them. */
    public readonly resumes = new Counts(rooms);
    /** Members who are out, by kind and reason. */
    public readonly leaves = new Counts<`room ${LeaveReason}` | `rtc ${VoiceLeaveReason}`>([
        ...roomLeaves.map((reason) => `room ${reason}` as const),
        ...voiceLeaves.map((reason) => `rtc ${reason}` as const),
    ]);
    /** Requests and messages that were refused, by code. */
    public readonly refusals = new Counts(protocolErrorCodes);
    /** Requests that a limit by rate has stopped. */
    public readonly limited = new Counts<RateLimit>(["requests", "userRequests", "upgrades", "messages", "signalling", "passwords"]);
    /** Connections that were ended without a goodbye, since they sent too much or read too little. */
    public readonly cutOff = new Counts<SocketKind>([...rooms, "signalling"]);
    /** Sockets of rooms and RTC rooms that stand. */
    public readonly sockets = new Counts(rooms);
}
