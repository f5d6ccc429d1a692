import { RtcError } from "../index.js";
import type { AudioProcessorFactory } from "../index.js";
import { loadAsync, loadModelAsync } from "./loadAssets.js";

/**
 * Addresses of the files of `@sapphi-red/web-noise-suppressor`. docs/suppression.md describes how to get them from Vite, webpack or a plain
 * folder.
 */
export interface INeuralSuppressorOptions {
    /** Address of `rnnoiseWorklet.js`. */
    readonly worklet: string | URL;
    /** Address of `rnnoise_simd.wasm`, which most browsers support. It is twice as fast as `rnnoise.wasm`. */
    readonly simdWasm: string | URL;
    /** Address of `rnnoise.wasm`, for browsers without SIMD. Loaded only if it is needed. */
    readonly wasm: string | URL;
}

/**
 * Latency, in samples: 480 for RNNoise's look-ahead, and 512 for buffering, since RNNoise processes 480 samples at a time and WebAudio 128.
 * Measured at 44.1 and 48 kHz.
 */
const delaySamples = 992;

/**
 * Creates a noise suppressor with RNNoise (Valin 2018, https://arxiv.org/abs/1709.08243), a small recurrent network that recognizes speech.
 * It is good at steady noise (fans, hum, hiss, rain), and fair at many people talking far away.
 * @param options - addresses of the files
 * @returns a factory for `microphone.setSuppressorAsync`. The factory rejects with `unsupported` if a `.wasm` file is invalid or the browser lacks
 * AudioWorklet or WebAssembly, and with `serverUnreachable` if a file cannot be loaded; the microphone's processing then does not change.
 * @example
 * ```ts
 * import { neuralSuppressor } from "babylon-rtc/suppression";
 *
 * await plugin.rtc.microphone.setSuppressorAsync(neuralSuppressor({ worklet, simdWasm, wasm }));
 * ```
 */
export function neuralSuppressor(options: INeuralSuppressorOptions): AudioProcessorFactory {
    const { worklet, simdWasm, wasm } = options;
    let model: Promise<ArrayBuffer> | null = null;
    return async (context) => {
        if (!("audioWorklet" in context) || typeof WebAssembly === "undefined") {
            throw new RtcError(
                "unsupported",
                "This browser cannot suppress noise: it needs AudioWorklet (secure pages only) and WebAssembly.",
            );
        }
        model ??= loadModelAsync(String(simdWasm), String(wasm));
        const [wasmBinary, { RnnoiseWorkletNode }] = await Promise.all([
            model.catch((error: unknown) => {
                // A later call loads the model again.
                model = null;
                throw error;
            }),
            loadAsync("the noise suppressor's code", () => import("@sapphi-red/web-noise-suppressor")),
            loadAsync(String(worklet), () => context.audioWorklet.addModule(String(worklet))),
        ]);
        const node = new RnnoiseWorkletNode(context, { maxChannels: 1, wasmBinary });
        node.channelCount = 1;
        node.channelCountMode = "explicit";
        await untilItSoundsAsync(context, node);
        return { input: node, output: node, delaySeconds: delaySamples / context.sampleRate, dispose: () => node.destroy() };
    };
}

/** Timeout for the first output, in milliseconds. The first network of a page may take half a second to compile. */
const mostMs = 3_000;
/** Poll interval, in milliseconds. */
const lookMs = 10;

/**
 * Waits until a node outputs audio. The RNNoise node outputs silence until the audio thread has compiled the network, and does not report when that
 * is done.
 * @param context - context of the node; if it does not run, the wait is skipped
 * @param node - the node
 * @returns a promise that resolves at the first output, or after three seconds
 */
async function untilItSoundsAsync(context: BaseAudioContext, node: AudioNode): Promise<void> {
    if (context.state !== "running") {
        return;
    }
    const analyser = new AnalyserNode(context, { fftSize: 2_048 });
    const tone = new OscillatorNode(context, { frequency: 300, type: "sawtooth" });
    const samples = new Float32Array(analyser.fftSize);
    tone.connect(node).connect(analyser);
    tone.start();
    const end = performance.now() + mostMs;
    do {
        await new Promise((resolve) => setTimeout(resolve, lookMs));
        analyser.getFloatTimeDomainData(samples);
    } while (samples.every((sample) => sample === 0) && performance.now() < end);
    tone.stop();
    tone.disconnect();
    node.disconnect(analyser);
}
