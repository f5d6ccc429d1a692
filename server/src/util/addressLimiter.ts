import { TokenBucket } from "./tokenBucket.js";
import type { IRate } from "./tokenBucket.js";

const maxAddresses = 10_000;

/** Limits how often one network address may ask for something, with bounded memory. */
export class AddressLimiter {
    private readonly _buckets = new Map<string, TokenBucket>();
    private readonly _rate: IRate;
    private readonly _now: () => number;

    /**
     * @param rate - what one address may do
     * @param now - the clock, in milliseconds
     */
    public constructor(rate: IRate, now: () => number) {
        this._rate = rate;
        this._now = now;
    }

    /** Most addresses that it remembers. */
    public get size(): number {
        return this._buckets.size;
    }

    /**
     * @param address - who asks
     * @returns whether they may; if so, it is counted
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
     * @param address - who was refused
     * @returns in how many seconds it is worth while to ask again, at least 1
     */
    public waitSeconds(address: string): number {
        return this._buckets.get(address)?.waitSeconds ?? 1;
    }

    /**
     * @param address - who is about to ask
     * @returns whether they may not; nothing is counted
     */
    public isSpent(address: string): boolean {
        return this._buckets.get(address)?.spent ?? false;
    }

    /** Forgets who came first. Looking for who did nothing of late would cost more than it saves, just when many come at once. */
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
