/** So many per second, and so many at once. */
export interface IRate {
    /** How many per second in the long run. */
    readonly perSecond: number;
    /** How many at once. */
    readonly burst: number;
}

/** Counts something down to a rate. */
export class TokenBucket {
    private _left: number;
    private _at: number;
    private readonly _rate: IRate;
    private readonly _now: () => number;

    /**
     * @param rate - what is allowed
     * @param now - the clock, in milliseconds
     */
    public constructor(rate: IRate, now: () => number) {
        this._rate = rate;
        this._now = now;
        this._left = rate.burst;
        this._at = now();
    }

    /** Whether nothing more is allowed for the moment. */
    public get spent(): boolean {
        this._refill();
        return this._left < 1;
    }

    /**
     * @param count - how many
     * @returns whether so many more are allowed; nothing is counted
     */
    public has(count: number): boolean {
        this._refill();
        return this._left >= count;
    }

    /**
     * @param count - how many; never allowed if more than may come at once
     * @returns whether so many more are allowed; if so, they are counted
     */
    public take(count = 1): boolean {
        this._refill();
        if (this._left < count) {
            return false;
        }
        this._left -= count;
        return true;
    }

    private _refill(): void {
        const now = this._now();
        const grown = this._left + (Math.max(now - this._at, 0) / 1000) * this._rate.perSecond;
        this._left = Math.min(grown, this._rate.burst);
        this._at = now;
    }
}
