/** Context of a failure that may be tried again. */
export interface IRetryContext {
    /** Number of retries so far. */
    readonly retries: number;
    /** Time since the first failure, in milliseconds. */
    readonly elapsedMs: number;
}

/** Decides whether and when to try again. */
export interface IRetryPolicy {
    /**
     * @param context - what has been tried so far
     * @returns how long to wait, in milliseconds; null = give up
     */
    nextRetryDelayInMs(context: IRetryContext): number | null;
}

/** The delays that LiveKit's client uses (livekit/client-sdk-js, `DefaultReconnectPolicy`), in milliseconds. */
const delaysMs: readonly number[] = [0, 300, 1_200, 2_700, 4_800, 7_000, 7_000, 7_000, 7_000, 7_000];

/** At once, then ever more slowly, ten times in all over about 45 s; each later delay is stretched by up to a quarter, so that a crowd does not come back in step. */
export class DefaultRetryPolicy implements IRetryPolicy {
    private readonly _random: () => number;

    /** @param random - 0 (included) to 1 (excluded); default: `Math.random` */
    public constructor(random: () => number = Math.random) {
        this._random = random;
    }

    /** {@inheritDoc IRetryPolicy.nextRetryDelayInMs} */
    public nextRetryDelayInMs({ retries }: IRetryContext): number | null {
        const delay = delaysMs[retries];
        return delay === undefined ? null : Math.round(delay * (1 + 0.25 * this._random()));
    }
}

/** As the default, but without an end: from then on every ten seconds, each stretched by up to a quarter. */
export class EnduringRetryPolicy implements IRetryPolicy {
    private readonly _random: () => number;
    private readonly _first: DefaultRetryPolicy;

    /** @param random - 0 (included) to 1 (excluded); default: `Math.random` */
    public constructor(random: () => number = Math.random) {
        this._random = random;
        this._first = new DefaultRetryPolicy(random);
    }

    /** {@inheritDoc IRetryPolicy.nextRetryDelayInMs} */
    public nextRetryDelayInMs(context: IRetryContext): number {
        return this._first.nextRetryDelayInMs(context) ?? Math.round(10_000 * (1 + 0.25 * this._random()));
    }
}
