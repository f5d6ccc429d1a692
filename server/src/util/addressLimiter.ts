import { TokenBucket } from "./tokenBucket.js";
import type { IRate } from "./tokenBucket.js";

const MAX_ADDRESSES = 10_000;

/** Limits how often one network address may ask for something, with bounded memory. */
export class AddressLimiter {
    private readonly _buckets = new Map<string, TokenBucket>();

    /**
     * @param _rate - what one address may do
     * @param _now - the clock, in milliseconds
     */
    public constructor(
        private readonly _rate: IRate,
        private readonly _now: () => number,
    ) {}

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

    /** Forgets who did nothing of late, and if that is not enough, who came first. */
    private _makeRoom(): void {
        if (this._buckets.size < MAX_ADDRESSES) {
            return;
        }
        for (const [address, bucket] of this._buckets) {
            if (bucket.full) {
                this._buckets.delete(address);
            }
        }
        for (const address of this._buckets.keys()) {
            if (this._buckets.size < MAX_ADDRESSES) {
                return;
            }
            this._buckets.delete(address);
        }
    }
}
