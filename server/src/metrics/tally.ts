import type { LeaveReason, ProtocolErrorCode, VoiceLeaveReason } from "../../../protocol/wire.js";

/** Kinds of rooms that somebody is in: a room, or its voice. */
export type RoomKind = "room" | "rtc";
/** Kinds of sockets. */
export type SocketKind = RoomKind | "signalling";
/** Limits by rate, as `limits` of the options names them. */
export type RateLimit = "requests" | "userRequests" | "upgrades" | "messages" | "signalling" | "passwords";
/** Reasons for which somebody is no longer in a room or its voice. */
export type TalliedLeave = LeaveReason | VoiceLeaveReason;

/** Numbers by a key of which there are few, so that they stay small whatever clients send. */
class Counts<Key extends string> {
    private readonly _counts = new Map<Key, number>();

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

/** Numbers of what has happened since the server began, for metrics. Nothing in it is by user, room or address. */
export class Tally {
    /** Members who came into a room, or into its voice. */
    public readonly joins = new Counts<RoomKind>();
    /** Members who came back to a place that was kept for them. */
    public readonly resumes = new Counts<RoomKind>();
    /** Members who are out, by kind and reason: `room left`. */
    public readonly leaves = new Counts<`${RoomKind} ${TalliedLeave}`>();
    /** Requests and messages that were refused, by code. */
    public readonly refusals = new Counts<ProtocolErrorCode>();
    /** What a limit by rate has stopped. */
    public readonly limited = new Counts<RateLimit>();
    /** Connections that were ended without a goodbye, since they sent too much or read too little. */
    public readonly cutOff = new Counts<SocketKind>();
    /** Sockets of rooms and RTC rooms that stand. */
    public readonly sockets = new Counts<RoomKind>();
}
