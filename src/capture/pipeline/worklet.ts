import { RtcError } from "../../errors/rtcError.js";

/**
 * Loads an audio worklet from its source text, so that an app has no file of ours to serve.
 * @param context - where it will run
 * @param source - JavaScript that calls `registerProcessor`
 * @returns a promise that resolves when it is there; rejects with `unsupported` where worklets cannot be loaded (a content security policy without `blob:`)
 */
export async function loadWorkletAsync(context: BaseAudioContext, source: string): Promise<void> {
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    try {
        await context.audioWorklet.addModule(url);
    } catch (cause) {
        throw new RtcError("unsupported", "The browser does not load the microphone's processor; allow `blob:` for scripts.", { cause });
    } finally {
        URL.revokeObjectURL(url);
    }
}
