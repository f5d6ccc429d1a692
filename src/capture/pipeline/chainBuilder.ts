import { filter, merge } from "rxjs";
import type { Observable } from "rxjs";
import type { AudioHost } from "../../audio/audioHost.js";
import { RtcError } from "../../errors/rtcError.js";
import type { AudioProcessorFactory } from "./audioProcessor.js";
import { CaptureChain } from "./captureChain.js";
import type { IChainFault } from "./captureChain.js";
import type { ICapturePlan, IPartSettings } from "./capturePlan.js";
import { crossfadeHeardMs } from "./crossfadeTimes.js";

/** Current settings of the pipeline that needs a chain. */
export interface IChainWish {
    readonly plan: ICapturePlan;
    /** True while the button of push-to-talk or push-to-mute is held. */
    readonly held: boolean;
    /** False while the microphone is muted. */
    readonly enabled: boolean;
    /** The sent track; null while there is nothing to send. */
    readonly track$: Observable<MediaStreamTrack | null>;
}

/**
 * Builds a chain, and waits until it can replace the captured track unnoticed.
 * @param host - host of the audio context
 * @param wish - settings of the chain, read when they are needed
 * @param present - returns the captured track; null if the chain is not needed any more
 * @param superseded$ - emits when `present` may return null from now on
 * @param onError - called if a processor cannot be released
 * @returns a promise of the chain, which the caller disposes, or of the part that could not be created; null if the chain is not needed any more.
 * Never rejects.
 */
export async function buildChainAsync(
    host: AudioHost,
    wish: IChainWish,
    present: () => MediaStreamTrack | null,
    superseded$: Observable<unknown>,
    onError: (error: RtcError) => void,
): Promise<CaptureChain | IChainFault | null> {
    const input = present();
    if (!input) {
        return null;
    }
    const made = await CaptureChain.CreateAsync(host, input, wish.plan, wish.held, onError);
    const isSent = (): boolean => present() !== null && wish.plan.way === "open" && wish.plan.volume > 0 && !wish.plan.processor;
    if ("error" in made) {
        return { ...made, error: RtcError.From(made.error, "unknown", "The microphone's processor could not start, so nothing is sent.") };
    }
    if (isSent() && wish.enabled) {
        // Until the pause, the captured track is sent.
        await made.untilPauseAsync(merge(wish.track$, superseded$).pipe(filter(() => !isSent())));
    }
    return made;
}

/** Latest fade-out of each chain. */
const hushes = new WeakMap<CaptureChain, object>();

/**
 * Fades out the input of a chain.
 * @param chain - the chain in use
 * @param input - called after the fade-out; returns the track to fade in again, unless another fade-out has started meanwhile; null = none
 * @returns a promise that resolves when the input is silent
 */
export async function hushAsync(chain: CaptureChain, input: () => MediaStreamTrack | null): Promise<void> {
    const hush = {};
    hushes.set(chain, hush);
    chain.setInput(null);
    await new Promise((resolve) => setTimeout(resolve, crossfadeHeardMs));
    const track = input();
    if (track && hush === hushes.get(chain)) {
        chain.setInput(track);
    }
}

/**
 * Finds out whether the failure of a change is irrelevant, since the microphone has been restarted meanwhile.
 * @param settings - the new settings
 * @param before - chain that was changed
 * @param now - chain in use
 * @returns true if the settings are in effect in another chain
 */
export function hasMoved(settings: Partial<IPartSettings>, before: CaptureChain | null, now: CaptureChain | null): boolean {
    const names = Object.keys(settings) as (keyof IPartSettings)[];
    return now !== null && now !== before && names.every((name) => now.settings[name] === settings[name]);
}

/**
 * Sets the suppressor of a chain that is in use, unless it is in effect already. Sending waits for the app's own processor, but not for the
 * suppressor: noise is better than silence.
 * @param onFailure - called if the suppressor cannot be created
 * @returns a promise that resolves when the suppressor is in effect; rejects if it cannot be created. Nobody needs to handle the rejection.
 */
export function suppressAsync(
    chain: CaptureChain,
    suppressor: AudioProcessorFactory | null,
    onFailure: (error: RtcError) => void,
): Promise<void> {
    const setAsync = async (): Promise<void> => {
        try {
            if (!suppressor || suppressor !== chain.settings.suppressor) {
                await chain.setStageAsync("suppressor", suppressor);
            }
        } catch (error) {
            const failure = RtcError.From(error, "unknown", "The noise suppressor could not start, so noise is sent as well.");
            onFailure(failure);
            throw failure;
        }
    };
    const setting = setAsync();
    // Avoids an unhandled rejection: only the caller that set the suppressor awaits this promise.
    setting.catch(() => undefined);
    return setting;
}
