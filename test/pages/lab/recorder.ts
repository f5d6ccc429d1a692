import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";

const worklet = `
    registerProcessor("recorder", class extends AudioWorkletProcessor {
        constructor() {
            super();
            this.live = true;
            this.port.onmessage = () => { this.live = false; };
        }
        process([[samples]]) {
            this.port.postMessage(samples ? samples.slice() : new Float32Array(128));
            return this.live;
        }
    });`;

/** Records all samples of an audio engine's left output channel. */
export class Recorder {
    public readonly sampleRate: number;
    private readonly _node: AudioWorkletNode;
    private readonly _source: AudioNode;
    private readonly _blocks: Float32Array[] = [];

    private constructor(node: AudioWorkletNode, source: AudioNode) {
        this._node = node;
        this._source = source;
        this.sampleRate = node.context.sampleRate;
        source.connect(node);
        node.port.onmessage = ({ data }: MessageEvent<Float32Array>) => this._blocks.push(data);
    }

    public static async StartAsync(engine: AudioEngineV2): Promise<Recorder> {
        const internals = engine as unknown as { readonly _audioContext: AudioContext; readonly mainOut: { readonly _inNode: AudioNode } };
        const url = URL.createObjectURL(new Blob([worklet], { type: "text/javascript" }));
        // Rejects for a second recorder in the same context, because the processor name is already registered.
        await internals._audioContext.audioWorklet.addModule(url).catch(() => undefined);
        URL.revokeObjectURL(url);
        return new Recorder(new AudioWorkletNode(internals._audioContext, "recorder"), internals.mainOut._inNode);
    }

    /** Stops recording. @returns all samples since the start */
    public stop(): Float32Array {
        this._source.disconnect(this._node);
        this._node.port.postMessage("end");
        const samples = new Float32Array(this._blocks.reduce((sum, { length }) => sum + length, 0));
        let at = 0;
        for (const block of this._blocks) {
            samples.set(block, at);
            at += block.length;
        }
        return samples;
    }
}

/** Energy of a signal: the sum of squares, in seconds at full scale. */
export function energyOf(samples: Float32Array, sampleRate: number): number {
    return samples.reduce((sum, sample) => sum + sample * sample, 0) / sampleRate;
}

/** @returns the longest gap between two samples above `level`, in milliseconds; 0 if there are no two such samples */
export function longestGapMs(samples: Float32Array, sampleRate: number, level: number): number {
    let last = -1;
    let gap = 0;
    samples.forEach((sample, i) => {
        if (Math.abs(sample) > level) {
            gap = last < 0 ? 0 : Math.max(gap, i - last);
            last = i;
        }
    });
    return (1_000 * gap) / sampleRate;
}

/** One frequency of a Fourier transform with a Hann window, as an amplitude. */
export function amplitudeAt(samples: Float32Array, sampleRate: number, hz: number): number {
    const step = (2 * Math.PI * hz) / sampleRate;
    let real = 0;
    let imaginary = 0;
    samples.forEach((sample, i) => {
        const windowed = sample * (1 - Math.cos((2 * Math.PI * i) / samples.length));
        real += windowed * Math.cos(step * i);
        imaginary += windowed * Math.sin(step * i);
    });
    return (2 * Math.hypot(real, imaginary)) / samples.length;
}

/**
 * Level of the loudest click. Unlike a tone, a click has energy far above the tone's frequency.
 * @param fromHz - cutoff of the high-pass filter
 * @returns root mean square of the loudest 5 ms after filtering
 */
export function loudestClick(samples: Float32Array, sampleRate: number, fromHz: number): number {
    const high = highPass(highPass(samples, sampleRate, fromHz), sampleRate, fromHz);
    const length = Math.round(sampleRate / 200);
    let loudest = 0;
    // Skip the start, where the filter itself rings.
    for (let begin = 4 * length; begin + length <= high.length; begin += length >> 1) {
        loudest = Math.max(loudest, Math.sqrt((energyOf(high.subarray(begin, begin + length), sampleRate) * sampleRate) / length));
    }
    return loudest;
}

/** Second-order Butterworth high-pass filter (Bristow-Johnson's cookbook). */
function highPass(samples: Float32Array, sampleRate: number, hz: number): Float32Array {
    const w = (2 * Math.PI * hz) / sampleRate;
    const alpha = Math.sin(w) / Math.SQRT2;
    const a0 = 1 + alpha;
    const b = (1 + Math.cos(w)) / 2 / a0;
    const a1 = (-2 * Math.cos(w)) / a0;
    const a2 = (1 - alpha) / a0;
    let [x1, x2, y1, y2] = [0, 0, 0, 0];
    return samples.map((x) => {
        const y = b * x - 2 * b * x1 + b * x2 - a1 * y1 - a2 * y2;
        [x2, x1, y2, y1] = [x1, x, y1, y];
        return y;
    });
}
