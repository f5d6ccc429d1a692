import { checkOptions } from "../../errors/checkOptions.js";
import { onDemandAsync } from "../../interop/onDemand.js";
import type { AudioProcessorFactory, FrameFunction } from "./audioProcessor.js";

/**
 * Creates a processor from a function that changes captured frames. The function runs on the audio thread, in an `AudioWorklet`.
 * @param process - changes each frame in place. Only its source text reaches the audio thread, so it must not use any outer variable. If it
 * throws, the frame is passed unchanged.
 * @param channelCount - number of channels that the function gets, 1 or 2. Default: 1. The sent audio is always mono.
 * @returns a factory for `microphone.setProcessorAsync`; it rejects with `unsupported` where worklets cannot be loaded (a content
 * security policy without `blob:`)
 */
export function frameProcessor(process: FrameFunction, channelCount: 1 | 2 = 1): AudioProcessorFactory {
    checkOptions({ process, channelCount }, "process! channelCount=1..2", "argument ");
    return async (context) => {
        const { frameWorkletAsync } = await onDemandAsync(() => import("./frameWorklet.js"));
        return await frameWorkletAsync(context, process, channelCount);
    };
}
