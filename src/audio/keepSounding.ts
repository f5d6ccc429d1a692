import { EMPTY, auditTime, concatMap, filter, firstValueFrom, from, fromEvent, ignoreElements, merge, skip, timer } from "rxjs";
import type { Observable } from "rxjs";
import { pageReturns$ } from "../interop/page.js";
import type { AudioHost } from "./audioHost.js";
import { browserAudioSession } from "./audioSession.js";
import type { IAudioSession } from "./audioSession.js";

/** Wait before audio is resumed, in milliseconds. Meanwhile the browser may resume it by itself, and a running context's clock must advance. */
const graceMs = 300;

/** Events after which audio may be available again. */
export interface ISoundOccasions {
    /** Emits on each user gesture. */
    readonly gestures$: Observable<unknown>;
    /** Emits when the page returns to the foreground. Default: events of the browser's page. */
    readonly returns$?: Observable<unknown>;
    /** Audio session of the page. Default: the browser's. */
    readonly session?: IAudioSession | null;
}

/**
 * Resumes audio after an interruption: a call, Siri, another app, a sleeping headset, a page in the background. An audio
 * engine that the app has paused stays paused.
 *
 * - On each user gesture audio is resumed. This also starts audio where autoplay is blocked.
 * - When the page returns, or the audio session becomes active again, audio is resumed once. It is not resumed repeatedly during an
 *   interruption: WebKit refuses, and the context may then report `running` but play nothing (GetStream/stream-video-js#2249).
 * - A context that reports `running` but plays nothing is detected by its clock, which does not advance. It is suspended, which corrects its
 *   state, and then resumed. This also happens when a page returns (https://bugs.webkit.org/show_bug.cgi?id=263627).
 * - If the browser suspends a running context, the context is resumed. Babylon tries this, too, but does nothing while its last resume is pending.
 * @param host - host of the audio engine
 * @param occasions - events on which to try
 * @returns emits nothing; active while subscribed. Errors only if an observable of `occasions` errors. `host.state$` has the outcome.
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
            // Several events report the same return.
            auditTime(0),
            concatMap(() => from(recoverAsync(host))),
        ),
    ).pipe(ignoreElements());
}

/** Resumes audio if necessary. Never rejects. */
async function recoverAsync(host: AudioHost): Promise<void> {
    let resumed = false;
    do {
        const { currentTime } = host.context;
        await firstValueFrom(timer(graceMs));
        if (host.paused || host.closed) {
            return;
        }
        if (host.state === "running") {
            // After a resume, the context is not suspended again: if its clock does not advance, the next attempt is at the next event.
            if (resumed || host.context.currentTime !== currentTime) {
                return;
            }
            await host.context.suspend().catch(() => undefined);
        }
        resumed = host.state !== "interrupted";
        await host.resumeAsync();
    } while (host.state === "running");
}
