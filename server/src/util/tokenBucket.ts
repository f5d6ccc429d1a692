/** Rate limit: a sustained rate, and the size of a burst. */
export interface IRate {
    /** Sustained rate, per second. */
    readonly perSecond: number;
    /** Most at once, after a pause. */
    readonly burst: number;
}

/** Longest wait that is reported, in seconds, however many requests are waiting. */
const maxWaitSeconds = 10;

/** Token bucket: allows a sustained rate with bursts. */
export class TokenBucket {
    private _left: number;
    /** Estimated number of refused requests that have not been retried yet. It falls at the sustained rate. */
    private _refused = 0;
    private _at: number;
    private readonly _rate: IRate;
    private readonly _now: () => number;

    /**
     * @param rate - allowed rate
     * @param now - the clock, in milliseconds
     */
    public constructor(rate: IRate, now: () => number) {
        this._rate = rate;
        this._now = now;
        this._left = rate.burst;
        this._at = now();
    }

    /** True while no token is left. */
    public get spent(): boolean {
        this._refill();
        return this._left < 1;
    }

    /** Time until a retry can succeed, in whole seconds, 1 to 10. Grows with the number of refusals, so that retries are spread out. */
    public get waitSeconds(): number {
        this._refill();
        return Math.min(Math.ceil((this._refused + 1 - Math.min(this._left, 1)) / this._rate.perSecond) || 1, maxWaitSeconds);
    }

    /**
     * @param count - number of tokens
     * @returns true if that many tokens are left; none are taken
     */
    public has(count: number): boolean {
        this._refill();
        return this._left >= count;
    }

    /**
     * @param count - number of tokens; never granted above the burst
     * @returns true if that many tokens were left; they are then taken
     */
    public take(count = 1): boolean {
        this._refill();
        if (this._left < count) {
            this._refused = Math.min(this._refused + 1, this._rate.perSecond * maxWaitSeconds);
            return false;
        }
        this._left -= count;
        return true;
    }

    private _refill(): void {
        const now = this._now();
        const more = (Math.max(now - this._at, 0) / 1000) * this._rate.perSecond;
        const grown = this._left + more;
        this._refused = Math.max(this._refused - more, 0);
        this._left = Math.min(grown, this._rate.burst);
        this._at = now;
    }
}
