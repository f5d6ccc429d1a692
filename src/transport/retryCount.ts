import { RtcError } from "../errors/rtcError.js";
import { EnduringRetryPolicy } from "./retryPolicy.js";
import type { IRetryPolicy } from "./retryPolicy.js";

/** Maximum delay of a timer, in milliseconds. A timer with a longer delay fires at once. */
const longestTimerMs = 2 ** 31 - 1;

/** Counts the failures of one operation, and asks its retry policy for the next delay. */
export class RetryCount {
    private readonly _policy: IRetryPolicy;
    private readonly _onError: (error: RtcError) => void;
    private _hasFailed = false;
    private _retries = 0;
    private _failedAt: number | null = null;

    /**
     * @param policy - decides whether and when to retry. If the app's policy throws or returns an invalid delay, `EnduringRetryPolicy` decides instead.
     * @param onError - called the first time that the policy throws or returns an invalid delay
     */
    public constructor(policy: IRetryPolicy, onError: (error: RtcError) => void) {
        this._policy = policy;
        this._onError = onError;
    }

    /**
     * Records a failure, and asks the policy whether to retry.
     * @returns the delay before the next attempt, in milliseconds; null = give up
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

    /** Records a success; the next failure counts as the first one. */
    public succeeded(): void {
        this._retries = 0;
        this._failedAt = null;
    }
}
