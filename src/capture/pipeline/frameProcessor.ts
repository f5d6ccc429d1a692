import { checkOptions } from "../../errors/checkOptions.js";
import { onDemandAsync } from "../../interop/onDemand.js";
import type { AudioProcessorFactory, FrameFunction } from "./audioProcessor.js";

/**
 * Creates a processor from a function that changes captured frames. The function runs on the audio thread, in an `AudioWorklet`.
 * @param process - changes each frame in place. Only the function's source text reaches the audio thread, so the function must not use any
 * outer variable. If it throws, the frame is passed unchanged.
 * @param channelCount - number of channels that the function gets, 1 or 2. Default: 1. The sent audio is always mono.
 * @returns a factory for `microphone.setProcessorAsync`. The factory rejects with `unsupported` where worklets cannot be loaded (for example
 * with a content security policy without `blob:`), or with `serverUnreachable` if a part of the library cannot be loaded.
 */
export function frameProcessor(process: FrameFunction, channelCount: 1 | 2 = 1): AudioProcessorFactory {
    checkOptions({ process, channelCount }, "process! channelCount=1..2", "argument ");
    return async (context) => {
        const { frameWorkletAsync } = await onDemandAsync(() => import("./frameWorklet.js"));
        return await frameWorkletAsync(context, process, channelCount);
    };
}
