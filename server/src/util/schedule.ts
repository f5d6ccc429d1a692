/** Longest delay that `setTimeout` supports, in milliseconds. */
const maxTimeoutMs = 2 ** 31 - 1;

/** Callback with its due time. */
export interface IScheduledItem {
    /** Due time, in milliseconds by the schedule's clock. */
    readonly at: number;
    readonly run: () => void;
}

/** Runs callbacks at given times by an injected clock. Uses one timer at a time, which does not keep the process alive. */
export class Schedule {
    private _items: readonly IScheduledItem[] = [];
    private _timer: NodeJS.Timeout | undefined;
    private readonly _now: () => number;

    /**
     * @param now - the clock, in milliseconds
     */
    public constructor(now: () => number) {
        this._now = now;
    }

    /**
     * Replaces the scheduled items.
     * @param items - in any order; overdue items run as soon as possible
     */
    public set(items: readonly IScheduledItem[]): void {
        this._items = [...items].sort((a, b) => a.at - b.at);
        this._wait();
    }

    /** Cancels all items. */
    public dispose(): void {
        this.set([]);
    }

    private _wait(): void {
        clearTimeout(this._timer);
        const [next] = this._items;
        if (next) {
            this._timer = setTimeout(() => this._work(), Math.min(Math.max(next.at - this._now(), 0), maxTimeoutMs));
            this._timer.unref();
        }
    }

    private _work(): void {
        const now = this._now();
        const due = this._items.filter(({ at }) => at <= now);
        this._items = this._items.filter(({ at }) => at > now);
        this._wait();
        for (const { run } of due) {
            run();
        }
    }
}
