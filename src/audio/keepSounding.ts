import { EMPTY, auditTime, concatMap, filter, firstValueFrom, from, fromEvent, ignoreElements, merge, skip, timer } from "rxjs";
import type { Observable } from "rxjs";
import { pageReturns$ } from "../interop/page.js";
import type { AudioHost } from "./audioHost.js";
import { browserAudioSession } from "./audioSession.js";
import type { IAudioSession } from "./audioSession.js";

/** Time that a browser has to give the sound back by itself, and for which the clock of a running context is watched for movement. In milliseconds. */
const graceMs = 300;

/** Events after which sound may be available again. */
export interface ISoundOccasions {
    /** The user does something with the page. */
    readonly gestures$: Observable<unknown>;
    /** The page comes back. Default: the browser's page. */
    readonly returns$?: Observable<unknown>;
    /** Default: the browser's. */
    readonly session?: IAudioSession | null;
}

/**
 * Gets the sound back after whatever takes it away: a call, Siri, another app, a headset's sleep, a page in the background. An audio
 * engine that the app has paused itself stays paused.
 *
 * - On each gesture of the user, sound is asked for, which is also what starts it where autoplay is forbidden.
 * - When the page comes back, or the system says that its sound is active again, it is asked for once. During an interruption it is not asked
 *   for again and again: WebKit refuses, and may be left with a context that says `running` and plays nothing (GetStream/stream-video-js#2249).
 * - That context, also seen after a page comes back (https://bugs.webkit.org/show_bug.cgi?id=263627), gives itself away by a clock that stands
 *   still. It is suspended, which makes it tell the truth, and resumed.
 * - A browser that suspends a context that ran is asked to resume it. Babylon tries that, too, but hands out its first promise again and again.
 * @param host - whose sound
 * @param occasions - when to try
 * @returns emits nothing, never errors; subscribed, it follows. What came of it is told by `host.state$`.
 * @see https://webaudio.github.io/web-audio-api/#dom-audiocontextstate-interrupted
 */
export function keepSounding$(
    host: AudioHost,
    { gestures$, returns$ = pageReturns$(), session = browserAudioSession() }: ISoundOccasions,
): Observable<never> {
    const suspended$ = host.state$.pipe(
        skip(1),
        filter((state) => state === "blocked"),
    );
    const active$ = session ? fromEvent(session, "statechange").pipe(filter(() => session.state !== "interrupted")) : EMPTY;
    return merge(
        gestures$.pipe(
            filter(() => host.state !== "running" && !host.paused),
            concatMap(() => from(host.resumeAsync())),
        ),
        merge(returns$, suspended$, active$).pipe(
            // One return is told by several events.
            auditTime(0),
            concatMap(() => from(recoverAsync(host))),
        ),
    ).pipe(ignoreElements());
}

/** Never rejects. */
async function recoverAsync(host: AudioHost): Promise<void> {
    let resumed = false;
    do {
        const { currentTime } = host.context;
        await firstValueFrom(timer(graceMs));
        if (host.paused || host.closed) {
            return;
        }
        if (host.state === "running") {
            // Twice damaged in a row: no more is tried than until the next occasion.
            if (resumed || host.context.currentTime !== currentTime) {
                return;
            }
            await host.context.suspend().catch(() => undefined);
        }
        resumed = host.state !== "interrupted";
        await host.resumeAsync();
    } while (host.state === "running");
}
