import { TokenBucket } from "../util/tokenBucket.js";
import type { IRate } from "../util/tokenBucket.js";

/** Calls of one pair. A client that retries comes to 8 in 23 s; somebody who leaves and enters again and again, to some one a second. */
export const offerRate: IRate = { perSecond: 1, burst: 40 };
/** Calls to one user from all others. A browser builds a connection for each that it answers, and can build some 500. */
export const calleeRate: IRate = { perSecond: 5, burst: 150 };
/** Candidates from one of a pair to the other: some 30 for each call. */
export const candidateRate: IRate = { perSecond: 20, burst: 320 };
/** Pairs of one RTC room that are remembered, and users who are called. */
const maxPairs = 8192;

/** One end of a call. */
export interface ICallEnd {
    /** The user's id. What is counted is theirs, so that entering again is no new allowance. */
    readonly id: string;
    readonly pass: { readonly peerId: string };
}

interface IPair {
    readonly offers: TokenBucket;
    /** By the id of who sends them. */
    readonly candidates: Map<string, TokenBucket>;
    /** The call that waits for its answer. */
    pending: { readonly from: string; readonly to: string; readonly connectionId: string } | null;
}

/** Calls between the pairs of one RTC room. A pair has one call at a time: a newer one takes the place of the one before. */
export class CallBook {
    private readonly _pairs = new Map<string, IPair>();
    /** By the id of who is called. */
    private readonly _callees = new Map<string, TokenBucket>();
    private readonly _now: () => number;

    /** @param now - the clock, in milliseconds */
    public constructor(now: () => number) {
        this._now = now;
    }

    /** Most pairs that it remembers. */
    public get size(): number {
        return this._pairs.size;
    }

    /**
     * Takes down a call.
     * @param from - who calls; the caller has checked that it is their part
     * @param to - whom
     * @param connectionId - PeerJS' name of the call
     * @returns false for one too many
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
     * Takes down an answer. There is one for a call.
     * @param from - who answers
     * @param to - who called
     * @param connectionId - PeerJS' name of the call
     * @returns false if no such call waits for one
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
     * Counts a candidate.
     * @param from - whose
     * @param to - for whom
     * @returns false for one too many
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
        const make = (): IPair => ({ offers: new TokenBucket(offerRate, this._now), candidates: new Map(), pending: null });
        return kept(this._pairs, keyOf(a, b), make);
    }
}

/** Entry of a bounded map in the order of use, made if missing; the least recently used entry is dropped at the bound. */
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
