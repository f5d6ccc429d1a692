import { bytesOf, rtcAsks, sendSentence } from "../../../../protocol/schemas.js";
import { ProtocolError, parse } from "../../protocolError.js";
import { TokenBucket } from "../../util/tokenBucket.js";
import type { IRtcAsks, IRtcServerMessages } from "../../../../protocol/wire.js";
import type { IRate } from "../../util/tokenBucket.js";

/**
 * What one member may send, where a small message is 1 and every KiB 1 more: 1000 small ones a second, or 1 MiB. Somewhat below Colyseus'
 * limit of frames together with what may come at once.
 */
const memberRate: IRate = { perSecond: 1000, burst: 500 };
/** To so many at once a message costs once; to twice as many twice. */
const cheapReceivers = 16;
/** Our client leaves at most 128 messages and 128 KiB unanswered. */
const maxWaiting = 256;
const maxWaitingBytes = 512 * 1024;
/** How often what waits is looked at. */
const lookMs = 10;
/** Whoever has not read this much holds those up who send to them, until they have read most of it. */
const behindBytes = 256 * 1024;
const caughtUpBytes = 64 * 1024;
/** So long a slow reader holds up one message; an honest client waits 10 s for its answer. */
const maxHoldMs = 5000;
/** Whoever is behind for so long without a break (less than 13 KiB a second) is as good as gone. */
const maxBehindMs = 15_000;
/** A reader who was not looked at for so long has had a break. */
const forgetMs = 1000;

/** Somebody who sends and receives. */
export interface IRelayPeer {
    /** The user's id. */
    readonly id: string;
}

type Message = IRtcServerMessages["message"];
type Answer = IRtcAsks["send"][1];

/** Where messages go. */
export interface IRelayRoom<Peer extends IRelayPeer> {
    /** Everybody there, senders included. */
    readonly peers: ReadonlyMap<string, Peer>;
    /** The clock, in milliseconds. */
    now(): number;
    /** Whether nothing passes between the two. */
    isBlocked(a: string, b: string): boolean;
    /** How much of what was sent to them has not gone out, in bytes. */
    unreadBy(peer: Peer): number;
    deliver(to: readonly Peer[], message: Message): void;
    /** They read nothing, or too slowly. */
    cutOff(peer: Peer): void;
}

interface IWaiting {
    readonly to: string | undefined;
    readonly data: string | Uint8Array;
    readonly bytes: number;
    readonly since: number;
    readonly resolve: (answer: Answer) => void;
    readonly reject: (error: ProtocolError) => void;
}

/** What one member has sent and is not yet delivered, in order. */
interface ILine {
    readonly allowance: TokenBucket;
    readonly waiting: IWaiting[];
    bytes: number;
}

/**
 * Passes on what members of one RTC room say to each other. Who sends faster than they may, or than those can read whom they send to, is held
 * up by late answers; nothing that was taken on is dropped, and everything stays in order.
 */
export class MessageRelay<Peer extends IRelayPeer> {
    private readonly _lines = new Map<Peer, ILine>();
    private readonly _behind = new Map<Peer, { readonly since: number; seen: number }>();
    private _id = 0;
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
        const { to, data } = parse(rtcAsks.send, value);
        if (to === from.id) {
            throw new ProtocolError("invalidRequest", sendSentence);
        }
        const bytes = bytesOf(data);
        const line = this._lineOf(from);
        if (line.waiting.length >= maxWaiting || (line.bytes > 0 && line.bytes + bytes > maxWaitingBytes)) {
            throw new ProtocolError("rateLimited", `More than ${maxWaiting} unanswered messages are refused.`);
        }
        return await new Promise<Answer>((resolve, reject) => {
            line.waiting.push({ to, data, bytes, since: this._room.now(), resolve, reject });
            line.bytes += bytes;
            if (line.waiting.length === 1) {
                this._deliverAll(from, line);
                this._lookAgain();
            }
        });
    }

    /**
     * Forgets somebody who is gone, with what of theirs waits.
     * @param peer - who
     */
    public forget(peer: Peer): void {
        this._lines.get(peer)?.waiting.forEach(({ reject }) => reject(new ProtocolError("removed", "The sender is gone.")));
        this._lines.delete(peer);
        this._behind.delete(peer);
    }

    /** Ends its timer. Nothing is delivered any longer. */
    public dispose(): void {
        clearTimeout(this._timer);
        this._timer = undefined;
        [...this._lines.keys()].forEach((peer) => this.forget(peer));
    }

    private _lineOf(peer: Peer): ILine {
        let line = this._lines.get(peer);
        if (!line) {
            line = { allowance: new TokenBucket(memberRate, () => this._room.now()), waiting: [], bytes: 0 };
            this._lines.set(peer, line);
        }
        return line;
    }

    private _lookAgain(): void {
        if (this._timer === undefined && [...this._lines.values()].some(({ waiting }) => waiting.length > 0)) {
            this._timer = setTimeout(() => {
                this._timer = undefined;
                this._lines.forEach((line, peer) => this._deliverAll(peer, line));
                this._lookAgain();
            }, lookMs);
            this._timer.unref();
        }
    }

    /** Delivers what may go now. */
    private _deliverAll(from: Peer, line: ILine): void {
        for (let first = line.waiting[0]; first !== undefined; first = line.waiting[0]) {
            const receivers = this._receivers(from, first.to);
            if (this._heldUp(first, receivers) || !line.allowance.take(costOf(first, receivers.length))) {
                return;
            }
            line.waiting.shift();
            line.bytes -= first.bytes;
            this._deliver(from, first, receivers);
        }
    }

    private _deliver(from: Peer, { to, data, resolve, reject }: IWaiting, receivers: readonly Peer[]): void {
        if (to !== undefined && receivers.length === 0) {
            reject(new ProtocolError("memberNotFound", "Nobody of that id is in the RTC room, or nothing passes between you."));
            return;
        }
        this._id += 1;
        this._room.deliver(receivers, { id: this._id, from: from.id, direct: to !== undefined, data });
        resolve({ id: this._id });
    }

    private _receivers(from: Peer, to: string | undefined): Peer[] {
        const named = to === undefined ? [...this._room.peers.values()] : [this._room.peers.get(to)];
        return named.filter((peer) => peer !== undefined).filter((peer) => peer !== from && !this._room.isBlocked(from.id, peer.id));
    }

    private _heldUp({ since }: IWaiting, receivers: readonly Peer[]): boolean {
        // Each is looked at, so that everybody's time is counted.
        const slow = receivers.filter((peer) => this._isBehind(peer));
        return slow.length > 0 && this._room.now() - since < maxHoldMs;
    }

    private _isBehind(peer: Peer): boolean {
        const now = this._room.now();
        const unread = this._room.unreadBy(peer);
        const before = this._behind.get(peer);
        if (before && now - before.seen < forgetMs && unread > caughtUpBytes) {
            before.seen = now;
            if (now - before.since < maxBehindMs) {
                return true;
            }
            this._behind.delete(peer);
            this._room.cutOff(peer);
            return false;
        }
        this._behind.delete(peer);
        if (unread > behindBytes) {
            this._behind.set(peer, { since: now, seen: now });
            return true;
        }
        return false;
    }
}

function costOf({ bytes }: IWaiting, receivers: number): number {
    return Math.min((1 + bytes / 1024) * Math.max(1, receivers / cheapReceivers), memberRate.burst);
}
