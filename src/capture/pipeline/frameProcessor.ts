import { checkOptions } from "../../errors/checkOptions.js";
import { onDemandAsync } from "../../interop/onDemand.js";
import type { AudioProcessorFactory, FrameFunction } from "./audioProcessor.js";

/**
 * Makes a processor of a function over captured frames. It runs on the audio thread, in an `AudioWorklet`.
 * @param process - changes each frame in place. Its source text is sent there, so it must not use anything from outside of itself. A frame in which it throws stays as it was.
 * @param channelCount - how many channels it wants to see, 1 or 2. Default: 1; what is sent is mono in any case.
 * @returns a factory for `microphone.setProcessorAsync`; it rejects with `unsupported` where worklets cannot be loaded (a content security policy without `blob:`)
 */
export function frameProcessor(process: FrameFunction, channelCount: 1 | 2 = 1): AudioProcessorFactory {
    checkOptions({ process, channelCount }, "process! channelCount=1..2", "argument ");
    return async (context) => {
        const { frameWorkletAsync } = await onDemandAsync(() => import("./frameWorklet.js"));
        return await frameWorkletAsync(context, process, channelCount);
    };
}
