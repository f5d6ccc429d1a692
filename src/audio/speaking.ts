import { asyncScheduler, distinctUntilChanged, map, of, scan, switchMap, timer } from "rxjs";
import type { Observable, OperatorFunction, SchedulerLike } from "rxjs";

/** Thresholds for speech. */
export interface ISpeakingOptions {
    /** Louder than this is speech, in dBFS. Default: −45, which ordinary speech passes and a quiet room behind noise suppression does not. */
    readonly onDb: number;
    /** Softer than this is silence, in dBFS, ≤ `onDb`; between the two nothing changes. Default: −50. */
    readonly offDb: number;
    /** Silence after which speech counts as over, in milliseconds: longer than the gaps between words. Default: 300. */
    readonly hangoverMs: number;
    /** The clock. Default: the real one. */
    readonly scheduler: SchedulerLike;
}

const amplitude = (db: number): number => Math.pow(10, db / 20);

/**
 * Tells speech from silence.
 *
 * ```
 * level     -0--5--4--0--0-5--0--------
 * speaking  -f--t-----------------f----     (0: silence, 5: speech, 4: between the thresholds; --- the hangover)
 * ```
 * @param options - thresholds and hangover
 * @returns an operator from levels (0 to 1) to whether somebody speaks, told only on change
 */
export function speaking(options: Partial<ISpeakingOptions> = {}): OperatorFunction<number, boolean> {
    const { onDb = -45, offDb = -50, hangoverMs = 300, scheduler = asyncScheduler } = options;
    const on = amplitude(onDb);
    const off = amplitude(Math.min(offDb, onDb));
    return (levels: Observable<number>): Observable<boolean> =>
        levels.pipe(
            // Speech by the level alone; null before anything is known.
            scan((loud: boolean | null, level) => (level > on ? true : level < off || loud === null ? false : loud), null),
            distinctUntilChanged(),
            scan((state: { readonly loud: boolean; readonly was: boolean }, loud) => ({ loud: loud === true, was: state.loud }), {
                loud: false,
                was: false,
            }),
            switchMap(({ loud, was }) => (loud || !was ? of(loud) : timer(hangoverMs, scheduler).pipe(map(() => false)))),
            distinctUntilChanged(),
        );
}
