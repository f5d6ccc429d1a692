import { neuralSuppressor } from "babylon-rtc/suppression";

/** URLs of the suppressor's files, from webpack. */
export const suppressorFiles = {
    worklet: new URL("@sapphi-red/web-noise-suppressor/rnnoiseWorklet.js", import.meta.url),
    simdWasm: new URL("@sapphi-red/web-noise-suppressor/rnnoise_simd.wasm", import.meta.url),
    wasm: new URL("@sapphi-red/web-noise-suppressor/rnnoise.wasm", import.meta.url),
};

/** Kinds of noise: white (equal power at all frequencies), pink (equal power per octave), or babble of talking people. */
export type NoiseKind = "white" | "pink" | "babble";

/** Settings of a trial. */
export interface ISuppressionTrial {
    /** WAV file of the speech, in base64. */
    readonly speech: string;
    /** WAV files of the talkers in `babble`, in base64. */
    readonly talkers: readonly string[];
    readonly kind: NoiseKind;
    readonly sampleRate: number;
    readonly noiseBelowSpeechDb: number;
}

/** Result of a trial. */
export interface ISuppressionReport {
    /** Noise reduction in the pauses of speech, in decibels. */
    readonly suppressedDb: number;
    /** Level of the output relative to clean speech, while somebody speaks, in decibels. */
    readonly speechDb: number;
    /** Measured delay of the speech, in milliseconds. */
    readonly delayMs: number;
    /** Delay that the processor reports, in milliseconds. */
    readonly toldDelayMs: number;
    /** Additional rendering time with the suppressor, in percent of the audio's duration. */
    readonly cpuPercent: number;
}

/** Noise before the speech, in seconds: the neural network needs time to adapt. */
const leadSeconds = 2;
const frameSeconds = 0.01;

/** Renders noisy speech through the suppressor offline, faster than real time. */
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
    // Compare six seconds of speech only.
    const compared = (samples: Float32Array): Float32Array => samples.subarray(lead, lead + 6 * sampleRate);
    const delay = lagOf(compared(clean), compared(output), Math.round(0.06 * sampleRate));
    // Skip the first frames, in which the network adapts.
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
        // The suppressor's type requires an `AudioContext`, but its code uses only members that both contexts have.
        const processor = await neuralSuppressor(suppressorFiles)(context as unknown as AudioContext);
        source.connect(processor.input);
        processor.output.connect(context.destination);
        toldDelay = processor.delaySeconds ?? 0;
        // Wait until the network is compiled. Offline rendering would otherwise start before that.
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

/** Mixes all talkers in loops, with different start positions and equal loudness. */
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

/** Noise from a fixed seed. Pink noise uses Kellet's filter. */
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

/** Frames with speech (at most 30 dB below the loud frames), and frames in pauses (more than 50 dB below them). */
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

/** Lag of `b` behind `a` in samples, by maximum cross-correlation. */
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
