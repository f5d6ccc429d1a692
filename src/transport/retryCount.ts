import { RtcError } from "../errors/rtcError.js";
import { EnduringRetryPolicy } from "./retryPolicy.js";
import type { IRetryPolicy } from "./retryPolicy.js";

/** The longest that a timer can wait; longer ones fire at once. In milliseconds. */
const longestTimerMs = 2 ** 31 - 1;

/** Keeps count of the failures of one thing, for its policy. */
export class RetryCount {
    private readonly _policy: IRetryPolicy;
    private readonly _onError: (error: RtcError) => void;
    private _hasFailed = false;
    private _retries = 0;
    private _failedAt: number | null = null;

    /**
     * @param policy - decides; one of the app's that throws, or answers with no time, is replaced by ours for that time
     * @param onError - hears of that, once
     */
    public constructor(policy: IRetryPolicy, onError: (error: RtcError) => void) {
        this._policy = policy;
        this._onError = onError;
    }

    /**
     * It has failed, for the first time or again.
     * @returns how long to wait before trying again, in milliseconds; null = give up
     */
    public failed(): number | null {
        const now = performance.now();
        this._failedAt ??= now;
        const context = { retries: this._retries++, elapsedMs: now - this._failedAt };
        try {
            const delay: unknown = this._policy.nextRetryDelayInMs(context);
            if (delay === null) {
                return null;
            }
            if (typeof delay === "number" && delay >= 0) {
                return Math.min(longestTimerMs, delay);
            }
            throw new TypeError(`It gave ${typeof delay === "number" ? delay : typeof delay}.`);
        } catch (cause) {
            if (!this._hasFailed) {
                this._hasFailed = true;
                const message =
                    "`retryPolicy.nextRetryDelayInMs` must give a number of milliseconds, or null to give up. The default stands in for it.";
                this._onError(new RtcError("invalidArgument", message, { cause }));
            }
            return new EnduringRetryPolicy().nextRetryDelayInMs(context);
        }
    }

    /** It works; the next failure is a first one. */
    public succeeded(): void {
        this._retries = 0;
        this._failedAt = null;
    }
}
