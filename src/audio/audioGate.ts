import { combineLatest, distinctUntilChanged, filter, map, of, retry, switchMap, take, timer } from "rxjs";
import type { Observable, Subscription } from "rxjs";
import { checkOptions, requireOptions } from "../errors/checkOptions.js";
import { onDemandAsync } from "../interop/onDemand.js";
import type { AudioState } from "./audioHost.js";
import type { IAudioGateOptions } from "./gateButton.js";

/** The part of `rtc` that the gate uses. */
export interface IGatedVoice {
    readonly audio$: Observable<AudioState>;
    readonly connection$: Observable<string>;
    startAsync(): Promise<void>;
}

/** Delay before the button is shown, in milliseconds. After a click that enters a room, audio takes a moment to start. */
const patienceMs = 600;

/** Delay before loading the button is retried, in milliseconds. */
const retryMs = 3_000;

/**
 * Shows a button while there is no audio in a room. Browsers require a click, key press or touch first (autoplay policy), and may require
 * another one after the system has interrupted audio. The button is ordinary HTML, works with a keyboard, and is announced by screen readers.
 * Not needed in apps with `babylon-rtc/gui`: its toasts contain such a button. In a headset only the toasts are visible, not this button.
 * @param rtc - `plugin.rtc`
 * @param options - texts, parent and style
 * @returns the subscription. The caller unsubscribes, which removes the button.
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
    // The button's code is loaded only when it is needed, since the click that enters a room usually starts audio as well.
    const shown$ = silent$.pipe(
        filter((silent) => silent),
        take(1),
        switchMap(() => onDemandAsync(() => import("./gateButton.js"))),
        retry({ delay: () => timer(retryMs) }),
        switchMap(({ gateButton$ }) => gateButton$(silent$, () => void rtc.startAsync().catch(() => undefined), options)),
    );
    return shown$.subscribe();
}
