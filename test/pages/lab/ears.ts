import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";

/** The two ears. */
export interface IEars {
    readonly left: number;
    readonly right: number;
}

/** Something that is waited for. */
export interface ILevelWish {
    /** Which ear; `both` = the louder one. */
    readonly ear: "left" | "right" | "both";
    /** Amplitude of one tone in Hz; absent = root mean square of everything. */
    readonly hz?: number;
    readonly above?: number;
    readonly below?: number;
    /** In milliseconds. Default: 5,000. */
    readonly timeoutMs?: number;
}

/** 186 ms at 44.1 kHz: tones 10 Hz apart are told apart. */
const longWindow = 8_192;
/** 23 ms: how fast something happened. */
const shortWindow = 1_024;

/**
 * Watches until one of some analysers has anything louder than −40 dBFS in its window.
 * @param analysers - with windows of 8,192 samples: of a longer one it would see the oldest part alone
 * @returns when, on the page's clock (`performance.now()`)
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

/** Listens at the output of an audio engine, one ear at a time. */
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
        // A stereo gain in between: mono would otherwise reach the splitter's first output alone.
        const stereo = new GainNode(this._context, { channelCount: 2, channelCountMode: "explicit" });
        internals.mainOut._inNode.connect(stereo).connect(this._splitter);
        this._splitter.connect(this._left, 0);
        this._splitter.connect(this._right, 1);
    }

    /** Amplitude of a sine of this frequency at each ear, over the last 186 ms. */
    public tone(hz: number): IEars {
        return { left: this._tone(this._left, hz, longWindow), right: this._tone(this._right, hz, longWindow) };
    }

    /** Root mean square at each ear, over the last 23 ms. */
    public rms(): IEars {
        return { left: this._rms(this._left, shortWindow), right: this._rms(this._right, shortWindow) };
    }

    /**
     * Watches until a level is as wished.
     * @returns how long it took, in milliseconds; rejects with the last figures when it takes too long
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

    /** The greatest sample at either ear over a stretch of time, in milliseconds, without a gap. */
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
     * The median of a level over some milliseconds: a voice that goes on is in every window, while a gap in another one splashes over all pitches
     * for one or two.
     * @param share - 0 to 1: how much of the time the level is at most what is given, in place of the median's half
     */
    public async usualAsync(wish: Pick<ILevelWish, "ear" | "hz">, ms: number, share = 0.5): Promise<number> {
        const levels: number[] = [];
        for (const end = performance.now() + ms; performance.now() < end;) {
            levels.push(this._level(wish));
            await new Promise((resolve) => setTimeout(resolve, 10));
        }
        return levels.sort((a, b) => a - b)[Math.floor(levels.length * share)] ?? NaN;
    }

    /** Watches until anything sounds at either ear; gives when, on the page's clock. */
    public async onsetAsync(): Promise<number> {
        return await onsetAsync(this._left, this._right);
    }

    /**
     * The steady amplitude of a tone at each ear: measures until two windows in a row agree within 1 %.
     * @param within - bounds of the left ear: a change at the sender is heard later, and until then the level before it is steady
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

    /** One bin of a Fourier transform under a Hann window, as an amplitude. */
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
