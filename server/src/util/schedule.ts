/** `setTimeout` cannot wait longer. */
const maxTimeoutMs = 2 ** 31 - 1;

/** Something that is to be done. */
export interface IScheduledItem {
    /** Time, in milliseconds by the clock. */
    readonly at: number;
    readonly run: () => void;
}

/** Does things at points in time, by a clock of its own choice. One timer at a time, which keeps no process alive. */
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
     * Puts a new list in place of the one before.
     * @param items - in any order; what is past is done in a moment
     */
    public set(items: readonly IScheduledItem[]): void {
        this._items = [...items].sort((a, b) => a.at - b.at);
        this._wait();
    }

    /** Nothing more is done. */
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
