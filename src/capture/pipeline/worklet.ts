import { RtcError } from "../../errors/rtcError.js";

/**
 * Loads an audio worklet from its source text, so that the app need not serve an extra file.
 * @param context - audio context in which the worklet runs
 * @param source - JavaScript that calls `registerProcessor`
 * @returns a promise that resolves when the worklet is loaded; rejects with `unsupported` where that fails (for example with a content security
 * policy without `blob:`)
 */
export async function loadWorkletAsync(context: BaseAudioContext, source: string): Promise<void> {
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    try {
        await context.audioWorklet.addModule(url);
    } catch (cause) {
        throw new RtcError(
            "unsupported",
            "The browser cannot load an audio worklet. Allow `blob:` in `script-src` of the Content-Security-Policy.",
            { cause },
        );
    } finally {
        URL.revokeObjectURL(url);
    }
}
