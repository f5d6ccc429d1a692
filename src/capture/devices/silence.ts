import { EMPTY, firstValueFrom, race, asyncScheduler, filter, map, scan, switchMap, take, timer } from "rxjs";
import type { SchedulerLike, Observable } from "rxjs";
import { presentHost } from "../../audio/audioHost.js";
import type { AudioHost } from "../../audio/audioHost.js";
import { trackLevel$ } from "../../audio/levelMeter.js";

/** Below one step of 16 bits: no microphone that hears anything at all is that still. Root mean square. */
const nothingLevel = 1e-5;

/** Duration of silence that counts as a fault, in milliseconds. */
const nothingMs = 3_500;

/** The beginning of a call belongs to those who want to be heard quickly. In milliseconds. */
const graceMs = 500;

/** Time between two looks, in milliseconds. */
const periodMs = 250;

/**
 * Tells that levels have been nothing for too long, once for each time.
 *
 * ```
 * level   -0-0-0-0-0-0-0-5-5-0-0-0-0-0-
 * silent  ---------x---------------x---
 * ```
 * @param levels$ - root mean square, 0 to 1, told at least twice a second
 * @param scheduler - the clock. Default: the real one.
 */
export function nothing$(levels$: Observable<number>, scheduler: SchedulerLike = asyncScheduler): Observable<void> {
    return levels$.pipe(
        map((level) => level < nothingLevel),
        scan(
            (state: { readonly since: number | null; readonly told: boolean; readonly tell: boolean }, still) => {
                if (!still) {
                    return { since: null, told: false, tell: false };
                }
                const since = state.since ?? scheduler.now();
                const tell = !state.told && scheduler.now() - since >= nothingMs;
                return { since, told: state.told || tell, tell };
            },
            { since: null, told: false, tell: false },
        ),
        filter(({ tell }) => tell),
        map(() => undefined),
    );
}

/** Wait for a device's first sound, in milliseconds; some take two seconds to wake up (Bluetooth, PulseAudio). */
const wakeMs = 3_000;

/**
 * Waits until a microphone that was just opened gives sound: browsers hand it out before it does.
 * @param host - where it is measured
 * @param track - what was opened
 * @returns a promise that resolves then, or after 3 s; at once where nothing can be measured. Never rejects.
 */
export async function untilAwakeAsync(host: Observable<AudioHost>, track: MediaStreamTrack): Promise<void> {
    const audio = presentHost(host);
    if (audio?.state === "running") {
        const heard$ = trackLevel$(audio, track, 20).pipe(filter((level) => level >= nothingLevel));
        await firstValueFrom(race(heard$, timer(wakeMs)));
    }
}

/**
 * Notices a microphone that delivers nothing at all: its own switch is off, or it sleeps.
 * @param host - where it is measured; while that is blocked nothing can be said
 * @param track - a live track
 * @param isMuted - whether it shall deliver nothing
 */
export function silentTrack$(host: Observable<AudioHost>, track: MediaStreamTrack, isMuted: () => boolean): Observable<void> {
    return timer(graceMs).pipe(
        switchMap(() => host.pipe(take(1))),
        switchMap((audio) =>
            audio.state$.pipe(
                switchMap((state) =>
                    state === "running"
                        ? nothing$(trackLevel$(audio, track, periodMs).pipe(map((level) => (isMuted() ? 1 : level))))
                        : EMPTY,
                ),
            ),
        ),
    );
}
