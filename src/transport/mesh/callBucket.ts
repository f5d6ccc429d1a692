/** Rate limit of calls as a token bucket: `burst` calls at once, then `perSecond`. */
export class CallBucket {
    private readonly _rate: { readonly perSecond: number; readonly burst: number };
    private readonly _now: () => number;
    private _left: number;
    private _at: number;

    /**
     * @param rate - allowed rate
     * @param now - the clock, in milliseconds
     */
    public constructor(rate: { readonly perSecond: number; readonly burst: number }, now: () => number) {
        this._rate = rate;
        this._now = now;
        this._left = rate.burst;
        this._at = now();
    }

    /** @returns 0 if a call is allowed, which then counts; otherwise the time until one is allowed, in milliseconds */
    public take(): number {
        const { perSecond, burst } = this._rate;
        const now = this._now();
        this._left = Math.min(this._left + ((now - this._at) / 1_000) * perSecond, burst);
        this._at = now;
        if (this._left < 1) {
            return ((1 - this._left) / perSecond) * 1_000;
        }
        this._left -= 1;
        return 0;
    }
}
