/** Context of a failure that may be retried. */
export interface IRetryContext {
    /** Number of retries so far. */
    readonly retries: number;
    /** Time since the first failure, in milliseconds. */
    readonly elapsedMs: number;
}

/** Decides whether and when to retry. */
export interface IRetryPolicy {
    /**
     * @param context - number of retries so far, and time since the first failure
     * @returns the delay before the next attempt, in milliseconds; null = give up
     */
    nextRetryDelayInMs(context: IRetryContext): number | null;
}

/** Retry delays of LiveKit's client (livekit/client-sdk-js, `DefaultReconnectPolicy`), in milliseconds. */
const delaysMs: readonly number[] = [0, 300, 1_200, 2_700, 4_800, 7_000, 7_000, 7_000, 7_000, 7_000];

/**
 * Retries at once, then with growing delays: ten retries, whose delays add up to 44 to 55 s. Each delay is lengthened by a random share of up to a
 * quarter, so that many clients do not reconnect at the same moment.
 */
export class DefaultRetryPolicy implements IRetryPolicy {
    private readonly _random: () => number;

    /** @param random - returns random numbers from 0 (included) to 1 (excluded); default: `Math.random` */
    public constructor(random: () => number = Math.random) {
        this._random = random;
    }

    /** {@inheritDoc IRetryPolicy.nextRetryDelayInMs} */
    public nextRetryDelayInMs({ retries }: IRetryContext): number | null {
        const delay = delaysMs[retries];
        return delay === undefined ? null : Math.round(delay * (1 + 0.25 * this._random()));
    }
}

/** Like `DefaultRetryPolicy`, but never gives up: from the eleventh retry on, the delay is 10 to 12.5 s. */
export class EnduringRetryPolicy implements IRetryPolicy {
    private readonly _random: () => number;
    private readonly _first: DefaultRetryPolicy;

    /** @param random - returns random numbers from 0 (included) to 1 (excluded); default: `Math.random` */
    public constructor(random: () => number = Math.random) {
        this._random = random;
        this._first = new DefaultRetryPolicy(random);
    }

    /** {@inheritDoc IRetryPolicy.nextRetryDelayInMs} */
    public nextRetryDelayInMs(context: IRetryContext): number {
        return this._first.nextRetryDelayInMs(context) ?? Math.round(10_000 * (1 + 0.25 * this._random()));
    }
}
