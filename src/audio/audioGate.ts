import { combineLatest, distinctUntilChanged, filter, map, of, retry, switchMap, take, timer } from "rxjs";
import type { Observable, Subscription } from "rxjs";
import { checkOptions, requireOptions } from "../errors/checkOptions.js";
import { onDemandAsync } from "../interop/onDemand.js";
import type { AudioState } from "./audioHost.js";
import type { IAudioGateOptions } from "./gateButton.js";

/** As much of `rtc` as is needed. */
export interface IGatedVoice {
    readonly audio$: Observable<AudioState>;
    readonly connection$: Observable<string>;
    startAsync(): Promise<void>;
}

/** Entering a room in a click takes the sound a moment to start: so long no button is wanted. In milliseconds. */
const patienceMs = 600;

/** A button that could not be loaded is tried again after so long, in milliseconds. */
const retryMs = 3_000;

/**
 * Shows a button while there is no sound in a room: browsers want a click, a key or a touch of their user first (autoplay policy), and a
 * system that took the sound away may want one to give it back. It is an ordinary HTML button, in the reach of keyboards and screen readers, to
 * which it announces itself. For apps without `babylon-rtc/gui`, whose toasts have such a button; in a headset only those are seen.
 * @param rtc - `plugin.rtc`
 * @param options - how it looks
 * @returns the subscription, which the caller ends; it removes the button
 * @see https://developer.chrome.com/blog/autoplay/ and https://webkit.org/blog/6784/new-video-policies-for-ios/
 */
export function audioGate(rtc: IGatedVoice, options: IAudioGateOptions = {}): Subscription {
    checkOptions(rtc, "audio$.subscribe! connection$.subscribe! startAsync!", "argument rtc.");
    requireOptions(options);
    const silent$ = combineLatest([rtc.audio$, rtc.connection$]).pipe(
        map(([audio, connection]) => audio !== "running" && connection !== "disconnected"),
        distinctUntilChanged(),
        switchMap((silent) => (silent ? timer(patienceMs).pipe(map(() => true)) : of(false))),
    );
    // Loaded when it is first wanted, since most clicks that enter a room bring the sound with them.
    const shown$ = silent$.pipe(
        filter((silent) => silent),
        take(1),
        switchMap(() => onDemandAsync(() => import("./gateButton.js"))),
        retry({ delay: () => timer(retryMs) }),
        switchMap(({ gateButton$ }) => gateButton$(silent$, () => void rtc.startAsync().catch(() => undefined), options)),
    );
    return shown$.subscribe();
}
