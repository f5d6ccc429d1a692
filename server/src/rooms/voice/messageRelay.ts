import { bytesOf, rtcAsks, sendSentence } from "../../../../protocol/schemas.js";
import { ProtocolError, parse } from "../../protocolError.js";
import { TokenBucket } from "../../util/tokenBucket.js";
import type { IRtcAsks, IRtcServerMessages } from "../../../../protocol/wire.js";
import type { IRate } from "../../util/tokenBucket.js";

/**
 * Rate limit of one member. A message costs 1, plus 1 per KiB. The limit thus is 1000 small messages or 1 MiB per second, which is below the limits
 * of frames in `RtcRoom`.
 */
const memberRate: IRate = { perSecond: 1000, burst: 500 };
/** Number of receivers up to which a message has its normal cost. Above it, the cost is proportional to the number of receivers. */
const cheapReceivers = 16;
/** Limits of one member's undelivered messages: number, and size in bytes. The babylon-rtc client keeps to 128 messages and 128 KiB. */
const maxWaiting = 256;
const maxWaitingBytes = 512 * 1024;
/** Poll interval for waiting messages, in milliseconds. */
const lookMs = 10;
/**
 * Longest time for which a slow receiver delays a sender, in milliseconds. Afterwards the receiver misses messages of that sender. Below the 10 s for
 * which the babylon-rtc client waits for an answer.
 */
const maxHoldMs = 5000;
/**
 * Rate limit of one room, where a message costs 1 per receiver. The full rate takes some tens of milliseconds of CPU time per second. Above it,
 * senders take turns.
 */
const roomRate: IRate = { perSecond: 15_000, burst: 3_000 };

/** Sender or receiver of messages. */
export interface IRelayPeer {
    /** The user's id. */
    readonly id: string;
}

type Message = IRtcServerMessages["message"];
type Answer = IRtcAsks["send"][1];

/** RTC room whose messages are relayed. */
export interface IRelayRoom<Peer extends IRelayPeer> {
    /** All peers by user id, senders included. */
    readonly peers: ReadonlyMap<string, Peer>;
    /** The clock, in milliseconds. */
    now(): number;
    /** True if either of the two users has blocked the other. */
    isBlocked(a: string, b: string): boolean;
    /** True if `from` must not send a message of this size to `to` for now. */
    isFull(from: Peer, to: Peer, bytes: number): boolean;
    deliver(to: readonly Peer[], message: Message): void;
}

interface IWaiting {
    readonly to: string | undefined;
    readonly data: string | Uint8Array;
    readonly bytes: number;
    readonly since: number;
    readonly resolve: (answer: Answer) => void;
    readonly reject: (error: ProtocolError) => void;
}

/** Rate limit and undelivered messages of one member. */
interface ILine<Peer> {
    readonly allowance: TokenBucket;
    /** Undelivered messages, in the order of sending. */
    readonly waiting: IWaiting[];
    bytes: number;
    /** Slow receivers that no longer delay this sender, because they have reached `maxHoldMs`. */
    readonly slow: Set<Peer>;
}

/**
 * Relays messages between members of one RTC room, in order and with backpressure: a sender that exceeds a rate limit, or sends faster than its
 * receivers read, gets its answers later. A receiver that still cannot keep up misses messages. A slow receiver does not delay other senders.
 */
export class MessageRelay<Peer extends IRelayPeer> {
    private readonly _lines = new Map<Peer, ILine<Peer>>();
    /** Rate limit of the room. Created with the first message, because the room's clock is not available in the constructor. */
    private _allowance: TokenBucket | null = null;
    private _id = 0;
    /** True while the room is above its rate limit. */
    private _crowded = false;
    private _timer: NodeJS.Timeout | undefined;
    private readonly _room: IRelayRoom<Peer>;

    /** @param room - RTC room whose messages are relayed */
    public constructor(room: IRelayRoom<Peer>) {
        this._room = room;
    }

    /**
     * Sends a message.
     * @param from - sender
     * @param value - message as received, of any type
     * @returns id of the message, once it has been sent to the receivers; rejects with a `ProtocolError`
     */
    public async sendAsync(from: Peer, value: unknown): Promise<Answer> {
        const line = this._lineOf(from);
        if (line.waiting.length >= maxWaiting) {
            // Refused before validation, because validation costs more than the refusal.
            throw tooManyWaiting();
        }
        const { to, data } = parse(rtcAsks.send, value);
        if (to === from.id) {
            throw new ProtocolError("invalidRequest", sendSentence);
        }
        const bytes = bytesOf(data);
        if (line.bytes > 0 && line.bytes + bytes > maxWaitingBytes) {
            throw tooManyWaiting();
        }
        return await new Promise<Answer>((resolve, reject) => {
            line.waiting.push({ to, data, bytes, since: this._room.now(), resolve, reject });
            line.bytes += bytes;
            // While the room is above its rate limit, this message waits for its turn.
            if (line.waiting.length === 1 && !this._crowded) {
                this._deliverOne(from, line);
            }
            this._lookLater();
        });
    }

    /**
     * Removes a peer and rejects its waiting messages.
     * @param peer - peer that has left
     */
    public forget(peer: Peer): void {
        this._lines.get(peer)?.waiting.forEach(({ reject }) => reject(new ProtocolError("removed", "The sender has left.")));
        this._lines.delete(peer);
        this._lines.forEach(({ slow }) => slow.delete(peer));
    }

    /** Stops the timer and rejects all waiting messages. */
    public dispose(): void {
        clearTimeout(this._timer);
        this._timer = undefined;
        [...this._lines.keys()].forEach((peer) => this.forget(peer));
    }

    private _lineOf(peer: Peer): ILine<Peer> {
        let line = this._lines.get(peer);
        if (!line) {
            line = { allowance: new TokenBucket(memberRate, () => this._room.now()), waiting: [], bytes: 0, slow: new Set() };
            this._lines.set(peer, line);
        }
        return line;
    }

    /** Delivers waiting messages within the limits, one per sender in turn, so that no sender waits for all messages of another. */
    private _deliverAll(): void {
        this._crowded = false;
        let movable = [...this._lines].filter(([, { waiting }]) => waiting.length > 0);
        while (movable.length > 0) {
            movable = movable.filter(([from, line]) => this._deliverOne(from, line) && line.waiting.length > 0);
        }
        this._lookLater();
    }

    private _lookLater(): void {
        if (this._timer === undefined && [...this._lines.values()].some(({ waiting }) => waiting.length > 0)) {
            this._timer = setTimeout(() => {
                this._timer = undefined;
                this._deliverAll();
            }, lookMs);
            this._timer.unref();
        }
    }

    /** Delivers the first waiting message of a sender, if the limits allow it. Returns true if it was delivered or refused. */
    private _deliverOne(from: Peer, line: ILine<Peer>): boolean {
        const [first] = line.waiting;
        if (!first) {
            return false;
        }
        const receivers = this._receivers(from, first.to);
        const full = receivers.filter((peer) => this._room.isFull(from, peer, first.bytes));
        if (full.some((peer) => !line.slow.has(peer)) && this._room.now() - first.since < maxHoldMs) {
            return false;
        }
        const count = Math.min(Math.max(receivers.length, 1), roomRate.burst);
        this._allowance ??= new TokenBucket(roomRate, () => this._room.now());
        if (!this._allowance.has(count)) {
            this._crowded = true;
            return false;
        }
        if (!line.allowance.take(costOf(first, receivers.length))) {
            return false;
        }
        this._allowance.take(count);
        line.waiting.shift();
        line.bytes -= first.bytes;
        receivers.forEach((peer) => (full.includes(peer) ? line.slow.add(peer) : line.slow.delete(peer)));
        this._deliver(from, first, receivers, full);
        // Moves the sender to the end of the order in which senders take turns.
        this._lines.delete(from);
        this._lines.set(from, line);
        return true;
    }

    private _deliver(from: Peer, { to, data, resolve, reject }: IWaiting, receivers: readonly Peer[], full: readonly Peer[]): void {
        if (to !== undefined && receivers.length === 0) {
            reject(new ProtocolError("memberNotFound", "No member with this id is in the RTC room, or one of you blocks the other."));
            return;
        }
        if (to !== undefined && full.length > 0) {
            reject(new ProtocolError("rateLimited", "The receiver reads more slowly than you send. Send less, or later."));
            return;
        }
        this._id += 1;
        this._room.deliver(
            receivers.filter((peer) => !full.includes(peer)),
            { id: this._id, from: from.id, direct: to !== undefined, data },
        );
        resolve({ id: this._id });
    }

    private _receivers(from: Peer, to: string | undefined): Peer[] {
        const named = to === undefined ? [...this._room.peers.values()] : [this._room.peers.get(to)];
        return named.filter((peer) => peer !== undefined).filter((peer) => peer !== from && !this._room.isBlocked(from.id, peer.id));
    }
}

function tooManyWaiting(): ProtocolError {
    return new ProtocolError("rateLimited", `More than ${maxWaiting} unanswered messages are refused.`);
}

function costOf({ bytes }: IWaiting, receivers: number): number {
    return Math.min((1 + bytes / 1024) * Math.max(1, receivers / cheapReceivers), memberRate.burst);
}
