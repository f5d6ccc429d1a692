import { filter, firstValueFrom, merge, skip, timer } from "rxjs";
import type { Observable } from "rxjs";

/** Between two words it is softer, root mean square. */
const PauseLevel = 0.01;
/** A pause is waited for so long at most, in milliseconds. */
const PauseMs = 1_000;

/**
 * Waits until nobody speaks, so that what is sent can go another way unheard: what comes out of WebAudio comes later than what went in, so that to go
 * over to it is a jump in the sound. Of somebody who hums on and on it is heard, as a click of 0.4 % of the hum (Chromium 156).
 * @param level$ - of what is sent
 * @param overtaken$ - emits when nothing needs to be waited for any more
 * @returns a promise that resolves then, at the next pause, or after a second. Never rejects.
 */
export async function untilPauseAsync(level$: Observable<number>, overtaken$: Observable<unknown>): Promise<void> {
    // The first figure may be of a time when nothing had come that far.
    const paused$ = level$.pipe(
        skip(1),
        filter((level) => level < PauseLevel),
    );
    await firstValueFrom(merge(paused$, overtaken$, timer(PauseMs)));
}
