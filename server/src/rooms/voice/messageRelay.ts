import { bytesOf, rtcAsks, sendSentence } from "../../../../protocol/schemas.js";
import { ProtocolError, parse } from "../../protocolError.js";
import { TokenBucket } from "../../util/tokenBucket.js";
import type { IRtcAsks, IRtcServerMessages } from "../../../../protocol/wire.js";
import type { IRate } from "../../util/tokenBucket.js";

/**
 * Limit of one member, where a small message is 1 and every KiB 1 more: 1000 small ones a second, or 1 MiB. Somewhat below Colyseus'
 * limit of frames together with what may come at once.
 */
const memberRate: IRate = { perSecond: 1000, burst: 500 };
/** To so many at once a message costs once; to twice as many twice. */
const cheapReceivers = 16;
/** Our client leaves at most 128 messages and 128 KiB unanswered. */
const maxWaiting = 256;
const maxWaitingBytes = 512 * 1024;
/** Poll interval for waiting messages. */
const lookMs = 10;
/** Time for which a receiver who cannot read more holds up the sender; an honest client waits 10 s for its answer. Then they miss messages of that sender's. */
const maxHoldMs = 5000;
/**
 * Limit of one room, where each receiver of a message counts 1: what some tens of milliseconds of a second go into. Beyond it, those who send have
 * their turns one after the other.
 */
const roomRate: IRate = { perSecond: 15_000, burst: 3_000 };

/** Somebody who sends and receives. */
export interface IRelayPeer {
    /** The user's id. */
    readonly id: string;
}

type Message = IRtcServerMessages["message"];
type Answer = IRtcAsks["send"][1];

/** Receivers of messages. */
export interface IRelayRoom<Peer extends IRelayPeer> {
    /** Everybody there, senders included. */
    readonly peers: ReadonlyMap<string, Peer>;
    /** The clock, in milliseconds. */
    now(): number;
    /** True if the two have blocked each other. */
    isBlocked(a: string, b: string): boolean;
    /** True if `from` has sent `to` as much as they can read for now. */
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

/** Undelivered messages of one member, in order. */
interface ILine<Peer> {
    readonly allowance: TokenBucket;
    readonly waiting: IWaiting[];
    bytes: number;
    /** Receivers who have held up this sender, and do so no more. */
    readonly slow: Set<Peer>;
}

/**
 * Passes on what members of one RTC room say to each other, in order. Who sends faster than they may, or than those can read whom they send to, is held
 * up by late answers; what somebody cannot read even so, they do not get. That costs nobody but who sends too much: others' messages go on.
 */
export class MessageRelay<Peer extends IRelayPeer> {
    private readonly _lines = new Map<Peer, ILine<Peer>>();
    /** Made with the first message: the clock runs only when the room is made. */
    private _allowance: TokenBucket | null = null;
    private _id = 0;
    /** True while the room says more than it may. */
    private _crowded = false;
    private _timer: NodeJS.Timeout | undefined;
    private readonly _room: IRelayRoom<Peer>;

    /** @param room - where messages go */
    public constructor(room: IRelayRoom<Peer>) {
        this._room = room;
    }

    /**
     * Takes on a message.
     * @param from - who sends it; what the message itself says of that counts for nothing
     * @param value - what they sent: any value at all
     * @returns its id, once it is delivered; rejects with a `ProtocolError`
     */
    public async sendAsync(from: Peer, value: unknown): Promise<Answer> {
        const line = this._lineOf(from);
        if (line.waiting.length >= maxWaiting) {
            // Before it is looked at, which costs more than to refuse it.
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
            // If others wait for their turn, this one waits, too.
            if (line.waiting.length === 1 && !this._crowded) {
                this._deliverOne(from, line);
            }
            this._lookLater();
        });
    }

    /**
     * Forgets somebody who is gone, with what of theirs waits.
     * @param peer - who
     */
    public forget(peer: Peer): void {
        this._lines.get(peer)?.waiting.forEach(({ reject }) => reject(new ProtocolError("removed", "The sender is gone.")));
        this._lines.delete(peer);
        this._lines.forEach(({ slow }) => slow.delete(peer));
    }

    /** Ends its timer. Nothing is delivered any longer. */
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

    /** Delivers what may go now: one message of each in turn, so that nobody waits for all of another's. */
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

    /** True if the first message of a line went. */
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
        // Whoever went comes last the next time.
        this._lines.delete(from);
        this._lines.set(from, line);
        return true;
    }

    private _deliver(from: Peer, { to, data, resolve, reject }: IWaiting, receivers: readonly Peer[], full: readonly Peer[]): void {
        if (to !== undefined && receivers.length === 0) {
            reject(new ProtocolError("memberNotFound", "Nobody of that id is in the RTC room, or nothing passes between you."));
            return;
        }
        if (to !== undefined && full.length > 0) {
            reject(new ProtocolError("rateLimited", "They read more slowly than you send. Send less, or later."));
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
