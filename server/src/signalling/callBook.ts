import { callRate } from "../../../protocol/callOrder.js";
import { TokenBucket } from "../util/tokenBucket.js";
import type { IRate } from "../util/tokenBucket.js";

/** Rate limit of calls to one user from all others. A browser creates a peer connection for each call, and supports about 500. */
export const calleeRate: IRate = { perSecond: 5, burst: 150 };
/** Rate limit of ICE candidates from one user to another. A call takes about 30. */
export const candidateRate: IRate = { perSecond: 20, burst: 320 };
/** Most pairs, and most called users, that are tracked per RTC room. */
const maxPairs = 8192;

/** One end of a call. */
export interface ICallEnd {
    /** The user's id. Limits count by user, so that joining again does not reset them. */
    readonly id: string;
    readonly pass: { readonly peerId: string };
}

interface IPair {
    readonly offers: TokenBucket;
    /** Rate limit of ICE candidates, by the sender's id. */
    readonly candidates: Map<string, TokenBucket>;
    /** The call that waits for its answer. */
    pending: { readonly from: string; readonly to: string; readonly connectionId: string } | null;
}

/** Calls between the pairs of users of one RTC room. A pair has one pending call at a time: a newer call replaces an older one. */
export class CallBook {
    private readonly _pairs = new Map<string, IPair>();
    /** Rate limit of calls, by the callee's id. */
    private readonly _callees = new Map<string, TokenBucket>();
    private readonly _now: () => number;

    /** @param now - the clock, in milliseconds */
    public constructor(now: () => number) {
        this._now = now;
    }

    /** Number of tracked pairs. */
    public get size(): number {
        return this._pairs.size;
    }

    /**
     * Records an offer.
     * @param from - caller; must be the calling side of the pair, which is not checked here
     * @param to - callee
     * @param connectionId - PeerJS' id of the call
     * @returns false if a rate limit is exceeded
     */
    public offer(from: ICallEnd, to: ICallEnd, connectionId: string): boolean {
        const pair = this._pairOf(from, to);
        if (!pair.offers.take() || !this._calleeOf(to).take()) {
            return false;
        }
        pair.pending = { from: from.pass.peerId, to: to.pass.peerId, connectionId };
        return true;
    }

    /**
     * Records an answer. Each call has one answer.
     * @param from - callee, who answers
     * @param to - caller
     * @param connectionId - PeerJS' id of the call
     * @returns false if no such call waits for an answer
     */
    public answer(from: ICallEnd, to: ICallEnd, connectionId: string): boolean {
        const pair = this._pairs.get(keyOf(from, to));
        const pending = pair?.pending;
        if (!pair || pending?.from !== to.pass.peerId || pending.to !== from.pass.peerId || pending.connectionId !== connectionId) {
            return false;
        }
        pair.pending = null;
        return true;
    }

    /**
     * Counts an ICE candidate.
     * @param from - sender
     * @param to - receiver
     * @returns false if the rate limit is exceeded
     */
    public candidate(from: ICallEnd, to: ICallEnd): boolean {
        const { candidates } = this._pairOf(from, to);
        let bucket = candidates.get(from.id);
        if (!bucket) {
            bucket = new TokenBucket(candidateRate, this._now);
            candidates.set(from.id, bucket);
        }
        return bucket.take();
    }

    private _calleeOf({ id }: ICallEnd): TokenBucket {
        return kept(this._callees, id, () => new TokenBucket(calleeRate, this._now));
    }

    private _pairOf(a: ICallEnd, b: ICallEnd): IPair {
        const make = (): IPair => ({ offers: new TokenBucket(callRate, this._now), candidates: new Map(), pending: null });
        return kept(this._pairs, keyOf(a, b), make);
    }
}

/** Entry of an LRU map, created if missing. When the map is full, the least recently used entry is removed. */
function kept<Value>(all: Map<string, Value>, key: string, make: () => Value): Value {
    const known = all.get(key);
    if (known !== undefined) {
        all.delete(key);
    } else if (all.size >= maxPairs) {
        const [oldest = ""] = all.keys();
        all.delete(oldest);
    }
    const value = known ?? make();
    all.set(key, value);
    return value;
}

function keyOf({ id: a }: ICallEnd, { id: b }: ICallEnd): string {
    return JSON.stringify(a < b ? [a, b] : [b, a]);
}
