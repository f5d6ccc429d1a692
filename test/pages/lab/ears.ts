import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";

/** A value per ear. */
export interface IEars {
    readonly left: number;
    readonly right: number;
}

/** A level to wait for. */
export interface ILevelWish {
    /** Ear to measure; `both`: the louder one. */
    readonly ear: "left" | "right" | "both";
    /** Frequency of the tone to measure, in Hz. Default: root mean square of all sound. */
    readonly hz?: number;
    readonly above?: number;
    readonly below?: number;
    /** Timeout in milliseconds. Default: 5,000. */
    readonly timeoutMs?: number;
}

/** Window for tones, in samples: 186 ms at 44.1 kHz, which separates tones 10 Hz apart. */
const longWindow = 8_192;
/** Window for fast changes, in samples: 23 ms at 44.1 kHz. */
const shortWindow = 1_024;

/**
 * Waits until one of the analysers has a sample above −40 dBFS in its window.
 * @param analysers - analysers with windows of 8,192 samples; with a longer window, only its oldest part would be read
 * @returns the time, from `performance.now()`
 */
export async function onsetAsync(...analysers: readonly AnalyserNode[]): Promise<number> {
    const samples = new Float32Array(longWindow);
    for (;;) {
        for (const analyser of analysers) {
            analyser.getFloatTimeDomainData(samples);
            if (samples.some((sample) => Math.abs(sample) > 0.01)) {
                return performance.now();
            }
        }
        await new Promise((resolve) => setTimeout(resolve, 4));
    }
}

/** Measures levels at the output of an audio engine, per ear. */
export class Ears {
    private readonly _context: AudioContext;
    private readonly _splitter: ChannelSplitterNode;
    private readonly _left: AnalyserNode;
    private readonly _right: AnalyserNode;
    private readonly _samples = new Float32Array(longWindow);

    public constructor(engine: AudioEngineV2) {
        const internals = engine as unknown as { readonly _audioContext: AudioContext; readonly mainOut: { readonly _inNode: AudioNode } };
        this._context = internals._audioContext;
        this._splitter = new ChannelSplitterNode(this._context, { numberOfOutputs: 2 });
        this._left = new AnalyserNode(this._context, { fftSize: longWindow });
        this._right = new AnalyserNode(this._context, { fftSize: longWindow });
        // Upmix to stereo. Otherwise a mono signal would reach only the splitter's first output.
        const stereo = new GainNode(this._context, { channelCount: 2, channelCountMode: "explicit" });
        internals.mainOut._inNode.connect(stereo).connect(this._splitter);
        this._splitter.connect(this._left, 0);
        this._splitter.connect(this._right, 1);
    }

    /** Amplitude of a sine of this frequency at each ear, over the last 186 ms (at 44.1 kHz). */
    public tone(hz: number): IEars {
        return { left: this._tone(this._left, hz, longWindow), right: this._tone(this._right, hz, longWindow) };
    }

    /** Root mean square at each ear, over the last 23 ms (at 44.1 kHz). */
    public rms(): IEars {
        return { left: this._rms(this._left, shortWindow), right: this._rms(this._right, shortWindow) };
    }

    /**
     * Waits until a level is within bounds.
     * @returns the waiting time in milliseconds; rejects with the last level after the timeout
     */
    public async untilAsync(wish: ILevelWish): Promise<number> {
        const begin = performance.now();
        for (;;) {
            const level = this._level(wish);
            if ((wish.above === undefined || level > wish.above) && (wish.below === undefined || level < wish.below)) {
                return performance.now() - begin;
            }
            if (performance.now() - begin > (wish.timeoutMs ?? 5_000)) {
                throw new Error(`waited for ${JSON.stringify(wish)}; it stayed at ${level}`);
            }
            await new Promise((resolve) => setTimeout(resolve, 5));
        }
    }

    /** Highest absolute sample at either ear over the next `ms` milliseconds, without gaps. Up to 150 ms before the call count as well. */
    public async peakAsync(ms: number): Promise<number> {
        const end = this._context.currentTime + ms / 1_000;
        let peak = 0;
        while (this._context.currentTime < end) {
            await new Promise((resolve) => setTimeout(resolve, 40));
            for (const analyser of [this._left, this._right]) {
                analyser.getFloatTimeDomainData(this._samples);
                peak = this._samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), peak);
            }
        }
        return peak;
    }

    /**
     * Median of a level over some milliseconds. A gap in another voice disturbs all frequencies, but only in one or two windows, so the median stays
     * the same.
     * @param share - quantile to return, 0 to 1. Default: 0.5, the median.
     */
    public async usualAsync(wish: Pick<ILevelWish, "ear" | "hz">, ms: number, share = 0.5): Promise<number> {
        const levels: number[] = [];
        for (const end = performance.now() + ms; performance.now() < end;) {
            levels.push(this._level(wish));
            await new Promise((resolve) => setTimeout(resolve, 10));
        }
        return levels.sort((a, b) => a - b)[Math.floor(levels.length * share)] ?? NaN;
    }

    /** Waits until there is sound at either ear. Returns the time, from `performance.now()`. */
    public async onsetAsync(): Promise<number> {
        return await onsetAsync(this._left, this._right);
    }

    /**
     * Steady amplitude of a tone at each ear: measures until two consecutive windows agree within 1 %.
     * @param within - bounds for the left ear. A steady level outside them is skipped: it is the level before the sender's change arrived.
     */
    public async steadyToneAsync(hz: number, within: Pick<ILevelWish, "above" | "below"> = {}, timeoutMs = 5_000): Promise<IEars> {
        const { above = -Infinity, below = Infinity } = within;
        const begin = performance.now();
        let before = this.tone(hz);
        for (;;) {
            await this._windowAsync();
            const now = this.tone(hz);
            const floor = 1e-4;
            const same = (a: number, b: number): boolean => Math.abs(a - b) <= floor + 0.01 * Math.max(a, b);
            const steady = same(now.left, before.left) && same(now.right, before.right) && Math.max(now.left, now.right) > floor;
            if (steady && now.left > above && now.left < below) {
                return now;
            }
            if (performance.now() - begin > timeoutMs) {
                throw new Error(`${hz} Hz is not steady within the bounds: ${JSON.stringify({ before, now, within })}`);
            }
            before = now;
        }
    }

    private _level({ ear, hz }: ILevelWish): number {
        const { left, right } =
            hz === undefined ? this.rms() : { left: this._tone(this._left, hz, 2_048), right: this._tone(this._right, hz, 2_048) };
        return ear === "left" ? left : ear === "right" ? right : Math.max(left, right);
    }

    private async _windowAsync(): Promise<void> {
        const end = this._context.currentTime + longWindow / this._context.sampleRate;
        while (this._context.currentTime < end) {
            await new Promise((resolve) => setTimeout(resolve, 10));
        }
    }

    private _rms(analyser: AnalyserNode, length: number): number {
        analyser.getFloatTimeDomainData(this._samples);
        let sum = 0;
        for (let i = longWindow - length; i < longWindow; i++) {
            sum += (this._samples[i] ?? 0) ** 2;
        }
        return Math.sqrt(sum / length);
    }

    /** One bin of a Fourier transform with a Hann window, as an amplitude. */
    private _tone(analyser: AnalyserNode, hz: number, length: number): number {
        analyser.getFloatTimeDomainData(this._samples);
        const step = (2 * Math.PI * hz) / this._context.sampleRate;
        let real = 0;
        let imaginary = 0;
        for (let i = 0; i < length; i++) {
            const sample = (this._samples[longWindow - length + i] ?? 0) * (1 - Math.cos((2 * Math.PI * i) / length));
            real += sample * Math.cos(step * i);
            imaginary += sample * Math.sin(step * i);
        }
        return (2 * Math.hypot(real, imaginary)) / length;
    }
}
