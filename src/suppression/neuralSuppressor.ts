import { RtcError } from "../index.js";
import type { AudioProcessorFactory } from "../index.js";
import { loadAsync, loadModelAsync } from "./loadAssets.js";

/**
 * Addresses of the files of `@sapphi-red/web-noise-suppressor`. How to get them from Vite, webpack or a plain folder is told in
 * docs/suppression.md.
 */
export interface INeuralSuppressorOptions {
    /** Of `rnnoiseWorklet.js`. */
    readonly worklet: string | URL;
    /** Of `rnnoise_simd.wasm`, which most browsers take; it is twice as fast. */
    readonly simdWasm: string | URL;
    /** Of `rnnoise.wasm`, for the others; loaded where it is needed alone. */
    readonly wasm: string | URL;
}

/**
 * Latency, in samples: 480 of RNNoise's own look-ahead, and 512 since it takes 480 at a time where WebAudio gives 128.
 * Measured at 44.1 and 48 kHz.
 */
const delaySamples = 992;

/**
 * Takes noise away by RNNoise (Valin 2018, https://arxiv.org/abs/1709.08243): a small recurrent network that knows speech. It is good at what is
 * steady (fans, hum, hiss, rain), and fair at many people talking far away.
 * @param options - where its files are
 * @returns a factory for `microphone.setSuppressorAsync`. It rejects with `unsupported` if a file is not what it should be or the browser
 * lacks AudioWorklet or WebAssembly, and with `serverUnreachable` if a file cannot be had; the microphone then stays as it was.
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
                // A later try loads it again.
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

/** Longer is not waited, in milliseconds: a page's first network may take half a second to be compiled. */
const mostMs = 3_000;
/** Time between two looks, in milliseconds. */
const lookMs = 10;

/**
 * Waits until a node passes sound on: RNNoise's gives silence until the audio thread has compiled its network, and does not tell when.
 * @param context - the node's; where it does not run nothing is waited for
 * @param node - passes sound on, once it is ready
 * @returns a promise that resolves then, or after three seconds. Never rejects.
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
