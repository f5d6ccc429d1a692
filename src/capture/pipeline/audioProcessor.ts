import { onDemandAsync } from "../../interop/onDemand.js";
import type { FrameFunction } from "./frameWorklet.js";

/** A piece of an audio graph: what comes in at `input` goes out, changed, at `output`. */
export interface IAudioProcessor {
    readonly input: AudioNode;
    readonly output: AudioNode;
    /** How much later sound comes out, in seconds: whoever changes to it waits for it, so that nothing is missing in between. Default: 0. */
    readonly delaySeconds?: number;
    /** Called when it is no longer used, to release what it holds. Its nodes are disconnected already. */
    dispose?(): void;
}

/**
 * Makes a processor of the app's own. Called once for each time that the microphone is opened.
 * @param context - the audio context that its nodes must belong to
 */
export type AudioProcessorFactory = (context: AudioContext) => IAudioProcessor | Promise<IAudioProcessor>;

/**
 * Makes a processor of a function over captured frames. It runs on the audio thread, in an `AudioWorklet`.
 * @param process - changes each frame in place. Its source text is sent there, so it must not use anything from outside of itself. A frame in which it throws stays as it was.
 * @param channelCount - how many channels it wants to see, 1 or 2. Default: 1; what is sent is mono in any case.
 * @returns a factory for `microphone.setProcessorAsync`; it rejects with `unsupported` where worklets cannot be loaded (a content security policy without `blob:`)
 */
export function frameProcessor(process: FrameFunction, channelCount: 1 | 2 = 1): AudioProcessorFactory {
    return async (context) => {
        const { frameWorkletAsync } = await onDemandAsync(() => import("./frameWorklet.js"));
        const { node, end } = await frameWorkletAsync(context, process, channelCount);
        return { input: node, output: node, dispose: end };
    };
}
