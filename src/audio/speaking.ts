import { asyncScheduler, distinctUntilChanged, map, of, scan, switchMap, timer } from "rxjs";
import type { Observable, OperatorFunction, SchedulerLike } from "rxjs";

/** Thresholds for speech. */
export interface ISpeakingOptions {
    /** Level above which audio is speech, in dBFS. Default: −45, which ordinary speech exceeds and a quiet room with noise suppression does not. */
    readonly onDb: number;
    /** Level below which audio is silence, in dBFS, ≤ `onDb`. Between the two levels nothing changes. Default: −50. */
    readonly offDb: number;
    /** Duration of silence after which speech is over, in milliseconds. Longer than the gaps between words. Default: 300. */
    readonly hangoverMs: number;
    /** The clock. Default: the real one. */
    readonly scheduler: SchedulerLike;
}

const amplitude = (db: number): number => Math.pow(10, db / 20);

/**
 * Detects speech by its level. In this diagram, the hangover is 6 characters long:
 *
 * ```
 * level     -0--5--4--0--0-5--0----------     (0: silence, 5: speech, 4: between the thresholds)
 * speaking  -f--t-------------------f----
 * ```
 * @param options - thresholds and hangover
 * @returns an operator that maps levels (0 to 1) to whether somebody speaks; emits only changes
 */
export function speaking(options: Partial<ISpeakingOptions> = {}): OperatorFunction<number, boolean> {
    const { onDb = -45, offDb = -50, hangoverMs = 300, scheduler = asyncScheduler } = options;
    const on = amplitude(onDb);
    const off = amplitude(Math.min(offDb, onDb));
    return (levels: Observable<number>): Observable<boolean> =>
        levels.pipe(
            // Speech by the level alone; null before the first level.
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
