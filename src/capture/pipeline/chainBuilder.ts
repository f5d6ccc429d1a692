import { filter, merge } from "rxjs";
import type { Observable } from "rxjs";
import type { AudioHost } from "../../audio/audioHost.js";
import { RtcError } from "../../errors/rtcError.js";
import type { AudioProcessorFactory } from "./audioProcessor.js";
import { CaptureChain } from "./captureChain.js";
import type { IChainFault } from "./captureChain.js";
import type { ICapturePlan } from "./capturePlan.js";

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

/**
 * Adds the suppressor, if there is one, to a chain that is in use. Sending waits for the app's own processor, but not for the suppressor: noise is
 * better than silence.
 * @returns a promise that resolves when the suppressor is in effect; rejects with an `RtcError` if it cannot be created
 */
export async function suppressAsync(chain: CaptureChain, suppressor: AudioProcessorFactory | null): Promise<void> {
    try {
        if (suppressor) {
            await chain.setStageAsync("suppressor", suppressor);
        }
    } catch (error) {
        throw RtcError.From(error, "unknown", "The noise suppressor could not start, so noise is sent as well.");
    }
}
