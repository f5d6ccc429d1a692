import { BehaviorSubject, timer } from "rxjs";
import type { Observable, Subscription } from "rxjs";
import type { INotice } from "./notice.js";

/** Notices that expire. There is at most one of each kind: a new one replaces it and restarts the timer. */
export class PassingNotices {
    /** Current notices, oldest first. Replays. */
    public readonly notices$: Observable<readonly INotice[]>;
    private readonly _notices = new BehaviorSubject<readonly INotice[]>([]);
    private readonly _timers = new Map<string, Subscription>();
    private readonly _durationMs: number;

    /** @param durationMs - lifetime of a notice, in milliseconds */
    public constructor(durationMs: number) {
        this._durationMs = durationMs;
        this.notices$ = this._notices.asObservable();
    }

    /** Adds a notice as the newest one. */
    public add(notice: INotice): void {
        this._timers.get(notice.kind)?.unsubscribe();
        this._notices.next([...this._without(notice.kind), notice]);
        this._timers.set(
            notice.kind,
            timer(this._durationMs).subscribe(() => this.dismiss(notice.kind)),
        );
    }

    /** Removes the notice of a kind; no-op if there is none. */
    public dismiss(kind: string): void {
        this._timers.get(kind)?.unsubscribe();
        this._timers.delete(kind);
        this._notices.next(this._without(kind));
    }

    /** Stops all timers and completes `notices$`. */
    public dispose(): void {
        this._timers.forEach((running) => running.unsubscribe());
        this._timers.clear();
        this._notices.complete();
    }

    private _without(kind: string): readonly INotice[] {
        return this._notices.value.filter((notice) => notice.kind !== kind);
    }
}
