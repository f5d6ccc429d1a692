/** Rate per second, and burst. */
export interface IRate {
    /** Rate per second in the long run. */
    readonly perSecond: number;
    /** Burst. */
    readonly burst: number;
}

/** Nobody is told to wait longer, however many do. */
const maxWaitSeconds = 10;

/** Counts something down to a rate. */
export class TokenBucket {
    private _left: number;
    /** Refusals that those who were refused have not come back for yet, as far as the rate says. */
    private _refused = 0;
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

    /** True while nothing more is allowed. */
    public get spent(): boolean {
        this._refill();
        return this._left < 1;
    }

    /** Time until it is worth while to ask again, in whole seconds, at least 1: the more were refused, the later, so that they come one after the other. */
    public get waitSeconds(): number {
        this._refill();
        return Math.min(Math.ceil((this._refused + 1 - Math.min(this._left, 1)) / this._rate.perSecond) || 1, maxWaitSeconds);
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
