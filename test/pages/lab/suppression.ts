import { neuralSuppressor } from "babylon-rtc/suppression";

/** Where webpack puts the suppressor's files. */
export const suppressorFiles = {
    worklet: new URL("@sapphi-red/web-noise-suppressor/rnnoiseWorklet.js", import.meta.url),
    simdWasm: new URL("@sapphi-red/web-noise-suppressor/rnnoise_simd.wasm", import.meta.url),
    wasm: new URL("@sapphi-red/web-noise-suppressor/rnnoise.wasm", import.meta.url),
};

/** Kinds of noise: the same at all pitches, the same in each octave, or people who talk. */
export type NoiseKind = "white" | "pink" | "babble";

/** Settings of a trial. */
export interface ISuppressionTrial {
    /** A WAV file, in base 64. */
    readonly speech: string;
    /** One for each talker. */
    readonly talkers: readonly string[];
    readonly kind: NoiseKind;
    readonly sampleRate: number;
    readonly noiseBelowSpeechDb: number;
}

/** Result of a trial. */
export interface ISuppressionReport {
    /** By how much softer noise is in the pauses of speech, in decibels. */
    readonly suppressedDb: number;
    /** By how much louder speech is where somebody speaks, in decibels. */
    readonly speechDb: number;
    /** By how much later speech comes out, in milliseconds. */
    readonly delayMs: number;
    /** State that the processor tells. */
    readonly toldDelayMs: number;
    /** Rendering time beyond that without it, in percent of the sound's time. */
    readonly cpuPercent: number;
}

/** Noise alone comes first: a network needs a moment to know it. */
const leadSeconds = 2;
const frameSeconds = 0.01;

/** Leads speech in noise through the suppressor, faster than it is spoken. */
export async function trySuppressionAsync(trial: ISuppressionTrial): Promise<ISuppressionReport> {
    const { sampleRate, kind } = trial;
    const spoken = await decodeAsync(trial.speech, sampleRate);
    const lead = Math.round(leadSeconds * sampleRate);
    const clean = new Float32Array(lead + spoken.length + Math.round(0.5 * sampleRate));
    clean.set(spoken, lead);
    const frame = Math.round(frameSeconds * sampleRate);
    const { active, pauses } = framesOf(clean, frame);
    const speechRms = rmsOf(clean, active, frame, 0);
    const noise = kind === "babble" ? await babbleAsync(trial.talkers, sampleRate, clean.length) : coloured(kind, clean.length);
    const all = Array.from({ length: Math.floor(clean.length / frame) }, (_, i) => i);
    const gain = (speechRms * 10 ** (-trial.noiseBelowSpeechDb / 20)) / rmsOf(noise, all, frame, 0);
    const mix = clean.map((sample, i) => sample + gain * (noise[i] ?? 0));

    const straight = await renderAsync(mix, sampleRate, false);
    const { output, seconds, toldDelay } = await renderAsync(mix, sampleRate, true);
    // Six seconds of speech are enough to compare.
    const compared = (samples: Float32Array): Float32Array => samples.subarray(lead, lead + 6 * sampleRate);
    const delay = lagOf(compared(clean), compared(output), Math.round(0.06 * sampleRate));
    // The first frames belong to the network.
    const settled = pauses.filter((index) => index * frame > 0.75 * lead);
    const db = (ratio: number): number => 20 * Math.log10(ratio);
    return {
        suppressedDb: db(rmsOf(mix, settled, frame, 0) / rmsOf(output, settled, frame, delay)),
        speechDb: db(rmsOf(output, active, frame, delay) / speechRms),
        delayMs: (1_000 * delay) / sampleRate,
        toldDelayMs: 1_000 * toldDelay,
        cpuPercent: (100 * (seconds - straight.seconds)) / (mix.length / sampleRate),
    };
}

async function renderAsync(
    mix: Float32Array<ArrayBuffer>,
    sampleRate: number,
    suppressed: boolean,
): Promise<{ output: Float32Array; seconds: number; toldDelay: number }> {
    const context = new OfflineAudioContext({ length: mix.length, sampleRate, numberOfChannels: 1 });
    const source = new AudioBufferSourceNode(context, { buffer: bufferOf(mix, sampleRate) });
    let toldDelay = 0;
    let begin = performance.now();
    if (suppressed) {
        // It wants an `AudioContext`; of it, it uses what both have.
        const processor = await neuralSuppressor(suppressorFiles)(context as unknown as AudioContext);
        source.connect(processor.input);
        processor.output.connect(context.destination);
        toldDelay = processor.delaySeconds ?? 0;
        // Before the first block the network must have been compiled, which offline nobody waits for.
        void context.suspend(0).then(async () => {
            await new Promise((resolve) => setTimeout(resolve, 1_000));
            begin = performance.now();
            await context.resume();
        });
    } else {
        source.connect(context.destination);
    }
    source.start();
    const rendered = await context.startRendering();
    return { output: rendered.getChannelData(0), seconds: (performance.now() - begin) / 1_000, toldDelay };
}

function bufferOf(samples: Float32Array<ArrayBuffer>, sampleRate: number): AudioBuffer {
    const buffer = new AudioBuffer({ length: samples.length, sampleRate });
    buffer.copyToChannel(samples, 0);
    return buffer;
}

async function decodeAsync(wav: string, sampleRate: number): Promise<Float32Array> {
    const bytes = Uint8Array.from(atob(wav), (letter) => letter.charCodeAt(0));
    const context = new OfflineAudioContext({ length: 1, sampleRate });
    return (await context.decodeAudioData(bytes.buffer)).getChannelData(0);
}

/** Everybody talks at once and goes on, each beginning somewhere else; all are equally loud. */
async function babbleAsync(talkers: readonly string[], sampleRate: number, length: number): Promise<Float32Array> {
    const sum = new Float32Array(length);
    for (const [index, wav] of talkers.entries()) {
        const voice = await decodeAsync(wav, sampleRate);
        const loudness = Math.sqrt(voice.reduce((total, sample) => total + sample * sample, 0) / voice.length);
        const offset = Math.round((index * voice.length) / 3);
        for (let i = 0; i < length; i++) {
            sum[i] = (sum[i] ?? 0) + (voice[(i + offset) % voice.length] ?? 0) / loudness;
        }
    }
    return sum;
}

/** Always the same noise; pink by Kellet's filter. */
function coloured(kind: "white" | "pink", length: number): Float32Array {
    let seed = 7;
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    const poles = [0.99886, 0.99332, 0.969, 0.8665, 0.55, -0.7616];
    const gains = [0.0555179, 0.0750759, 0.153852, 0.3104856, 0.5329522, -0.016898];
    const state = new Float64Array(6);
    return Float32Array.from({ length }, () => {
        const white = 2 * random() - 1;
        if (kind === "white") {
            return white;
        }
        let pink = 0.5362 * white;
        poles.forEach((pole, i) => {
            state[i] = pole * (state[i] ?? 0) + (gains[i] ?? 0) * white;
            pink += state[i] ?? 0;
        });
        return pink;
    });
}

/** Frames in which somebody speaks (within 30 dB of the loud ones), and in which nobody does (50 dB below them). */
function framesOf(clean: Float32Array, frame: number): { readonly active: readonly number[]; readonly pauses: readonly number[] } {
    const levels = Array.from({ length: Math.floor(clean.length / frame) - 10 }, (_, i) => rmsOf(clean, [i], frame, 0));
    const loud = levels.toSorted((a, b) => b - a)[Math.floor(0.05 * levels.length)] ?? 0;
    const where = (is: (level: number) => boolean): number[] => levels.flatMap((level, i) => (is(level) ? [i] : []));
    return { active: where((level) => level > loud * 10 ** (-30 / 20)), pauses: where((level) => level < loud * 10 ** (-50 / 20)) };
}

function rmsOf(samples: Float32Array, frames: readonly number[], frame: number, delay: number): number {
    let sum = 0;
    for (const index of frames) {
        for (let i = index * frame + delay; i < (index + 1) * frame + delay; i++) {
            sum += (samples[i] ?? 0) ** 2;
        }
    }
    return Math.sqrt(sum / (frames.length * frame));
}

/** By how many samples `b` is later than `a`: where they are most alike. */
function lagOf(a: Float32Array, b: Float32Array, most: number): number {
    let best = 0;
    let likeness = -Infinity;
    for (let lag = 0; lag < most; lag++) {
        let sum = 0;
        for (let i = 0; i + lag < b.length; i += 3) {
            sum += (a[i] ?? 0) * (b[i + lag] ?? 0);
        }
        if (sum > likeness) {
            [best, likeness] = [lag, sum];
        }
    }
    return best;
}
