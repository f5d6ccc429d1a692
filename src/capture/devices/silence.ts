import { EMPTY, firstValueFrom, race, asyncScheduler, filter, map, scan, switchMap, take, timer } from "rxjs";
import type { SchedulerLike, Observable } from "rxjs";
import { presentHost } from "../../audio/audioHost.js";
import type { AudioHost } from "../../audio/audioHost.js";
import { trackLevel$ } from "../../audio/levelMeter.js";

/** Level (root mean square) below which a microphone counts as silent: below one step of 16-bit samples. A working microphone is always louder. */
const nothingLevel = 1e-5;

/** Duration of silence that counts as a fault, in milliseconds. */
const nothingMs = 3_500;

/** Delay before silence detection starts, in milliseconds, so that the detection does not slow down the start of a call. */
const graceMs = 500;

/** Time between two measurements, in milliseconds. */
const periodMs = 250;

/**
 * Detects levels that stay silent for 3.5 s. Emits once per silence. In this diagram, a character is 500 ms:
 *
 * ```
 * level   00000000055000000000
 * silent  -------x----------x-
 * ```
 * @param levels$ - root mean square, 0 to 1, at least twice a second
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

/** Timeout for a device's first audio, in milliseconds. Some devices take two seconds to wake up (Bluetooth, PulseAudio). */
const wakeMs = 3_000;

/**
 * Waits until a newly opened microphone delivers audio. Browsers return its track earlier.
 * @param host - audio host that measures the level
 * @param track - track of the microphone
 * @returns a promise that resolves on the first audio, after 3 s at most; at once if the audio context does not run. Never rejects.
 */
export async function untilAwakeAsync(host: Observable<AudioHost>, track: MediaStreamTrack): Promise<void> {
    const audio = presentHost(host);
    if (audio?.state === "running") {
        const heard$ = trackLevel$(audio, track, 20).pipe(filter((level) => level >= nothingLevel));
        await firstValueFrom(race(heard$, timer(wakeMs)));
    }
}

/**
 * Detects a microphone that is completely silent, for example because its mute switch is on.
 * @param host - audio host that measures the level; while its context does not run, silence cannot be detected
 * @param track - a live track
 * @param isMuted - returns true if silence is expected
 * @returns emits once per silence of 3.5 s
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
