import { NEVER, Observable, interval, map } from "rxjs";
import { requireOptions } from "../../errors/checkOptions.js";
import { RtcError } from "../../errors/rtcError.js";
import type { MemberVoice } from "./memberVoice.js";
import { subscribeEach } from "./subscribeEach.js";

/** Sound level, in two scales. */
export interface ILevel {
    /** Root mean square of about the last 43 ms, 0 to 1; 1 = a full-scale square wave, 0.707 = a full-scale sine. */
    readonly rms: number;
    /** Level in decibels relative to full scale: 20 · log10(rms), from −100 (also for silence) to 0. */
    readonly dbfs: number;
}

/** Levels of all members. */
export interface ILevels {
    /** Level of the local member's sent sound. */
    readonly local: ILevel;
    /**
     * Levels of the remote voices as received, before volume and distance, by member id. Silence for a member who is paused, muted or not linked yet.
     */
    readonly remotes: ReadonlyMap<string, ILevel>;
    /** Level of all remote voices together. */
    readonly total: ILevel;
}

/** Options of level reports. */
export interface ILevelsOptions {
    /** Interval of the reports, in milliseconds: 100 or more; 0 or less = no reports. Default: 300. */
    readonly intervalMs?: number;
}

const minIntervalMs = 100;
const maxIntervalMs = 2 ** 31 - 1;
const floorDb = -100;

/**
 * Reports the levels of all members.
 * @param local$ - level of the local member
 * @param voices$ - voices of the remote members
 * @param options - interval of the reports
 * @returns see `RtcBehavior.levels$`. Throws `invalidArgument`.
 */
export function levels$(
    local$: Observable<number>,
    voices$: Observable<ReadonlyMap<string, MemberVoice>>,
    options: ILevelsOptions,
): Observable<ILevels> {
    requireOptions(options);
    const { intervalMs = 300 } = options;
    if (typeof intervalMs !== "number" || !(intervalMs <= maxIntervalMs) || (intervalMs > 0 && intervalMs < minIntervalMs)) {
        throw new RtcError(
            "invalidArgument",
            `The interval of level reports must be 0 or at least ${minIntervalMs} ms, not ${String(intervalMs)}.`,
        );
    }
    if (intervalMs <= 0) {
        return NEVER;
    }
    return new Observable((subscriber) => {
        let local = 0;
        const remotes = new Map<string, number>();
        const sources$ = voices$.pipe(map((voices) => new Map([...voices].map(([id, { level$ }]) => [id, level$]))));
        subscriber.add(local$.subscribe((level) => (local = level)));
        subscriber.add(
            subscribeEach(
                sources$,
                (id, level) => remotes.set(id, level),
                (id) => remotes.delete(id),
            ),
        );
        subscriber.add(
            interval(intervalMs).subscribe(() => {
                const power = [...remotes.values()].reduce((sum, level) => sum + level * level, 0);
                subscriber.next({
                    local: levelOf(local),
                    remotes: new Map([...remotes].map(([id, level]) => [id, levelOf(level)])),
                    total: levelOf(Math.min(1, Math.sqrt(power))),
                });
            }),
        );
    });
}

function levelOf(rms: number): ILevel {
    return { rms, dbfs: Math.max(floorDb, 20 * Math.log10(rms)) };
}
