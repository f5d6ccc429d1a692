import { TokenBucket } from "./tokenBucket.js";
import type { IRate } from "./tokenBucket.js";

const maxAddresses = 10_000;

/** Rate limiter by key (a network address, for example), with bounded memory. */
export class AddressLimiter {
    private readonly _buckets = new Map<string, TokenBucket>();
    private readonly _rate: IRate;
    private readonly _now: () => number;

    /**
     * @param rate - rate limit of one address
     * @param now - the clock, in milliseconds
     */
    public constructor(rate: IRate, now: () => number) {
        this._rate = rate;
        this._now = now;
    }

    /** Number of tracked addresses. */
    public get size(): number {
        return this._buckets.size;
    }

    /**
     * @param address - address of the request
     * @returns true if the request is within the limit; it is then counted
     */
    public take(address: string): boolean {
        let bucket = this._buckets.get(address);
        if (!bucket) {
            this._makeRoom();
            bucket = new TokenBucket(this._rate, this._now);
            this._buckets.set(address, bucket);
        }
        return bucket.take();
    }

    /**
     * @param address - address that was refused
     * @returns time until a retry can succeed, in seconds, at least 1
     */
    public waitSeconds(address: string): number {
        return this._buckets.get(address)?.waitSeconds ?? 1;
    }

    /**
     * @param address - address of the request
     * @returns true if its limit is used up; nothing is counted
     */
    public isSpent(address: string): boolean {
        return this._buckets.get(address)?.spent ?? false;
    }

    /** Drops the oldest address when the map is full. Searching for an idle address would be too slow when many addresses arrive at once. */
    private _makeRoom(): void {
        if (this._buckets.size < maxAddresses) {
            return;
        }
        for (const address of this._buckets.keys()) {
            this._buckets.delete(address);
            return;
        }
    }
}
