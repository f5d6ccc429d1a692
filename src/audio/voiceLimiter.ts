/** From here on it holds back, in dBFS: with 3 dB in hand two tones at 400 % stay at −1 dBFS (Chromium 156). */
const thresholdDb = -3;

/** The steepest that a compressor of the browser has: 20 dB more in are 1 dB more out. */
const ratio = 20;

/** In seconds: fast enough for syllables, slow enough for the waves of a deep voice. */
const attackSeconds = 0.003;
const releaseSeconds = 0.25;

/** Length of changing over, in seconds: between the ways there are 6 ms, so neither a click nor an echo is heard. */
const fadeSeconds = 0.01;

/** By then the compressor gives out what goes in now, in seconds. */
const fillSeconds = 0.01;

/** Time after which the change is certainly done, in milliseconds. */
const fadeDoneMs = 150;

/** The way through the compressor. */
interface ILimitedWay {
    readonly nodes: readonly AudioNode[];
    /** Fades it in and out. */
    readonly gain: GainNode;
}

/**
 * Keeps the sum of voices within 0 dBFS. While not active sound passes as it is, without delay. While active it goes through the browser's
 * compressor, which takes 6 ms and leaves alone what is below the threshold (measured: within 0.001 dB), and what that lets through of
 * the first waves of a sudden sound is cut at 0 dBFS.
 */
export class VoiceLimiter {
    /** Input. */
    public readonly input: GainNode;
    /** Output. */
    public readonly output: GainNode;

    private readonly _context: BaseAudioContext;
    private readonly _direct: GainNode;
    /** The way through the compressor, while there is one. */
    private _limited: ILimitedWay | null = null;
    private _active = false;
    private _fadeFrom = 0;
    private _fadeTo = 0;
    private _fadeStart = -1;
    private _timer: ReturnType<typeof setTimeout> | undefined;

    /** @param context - where the graph is built */
    public constructor(context: BaseAudioContext) {
        this._context = context;
        this.input = new GainNode(context);
        this.output = new GainNode(context);
        this._direct = new GainNode(context);
        this.input.connect(this._direct).connect(this.output);
    }

    /** True while it limits. Default: false. */
    public get active(): boolean {
        return this._active;
    }
    public set active(active: boolean) {
        if (active === this._active) {
            return;
        }
        this._active = active;
        clearTimeout(this._timer);
        if (active) {
            this._limited ??= this._connect();
        } else {
            this._timer = setTimeout(() => this._disconnect(), fadeDoneMs);
        }
        this._fade(active ? 1 : 0, active ? fillSeconds : 0);
    }

    /** In so many seconds it will have changed over; until then more than full scale may pass. */
    public get delay(): number {
        return Math.max(0, this._fadeStart + fadeSeconds - this._context.currentTime);
    }

    /** Takes it out of the graph. */
    public dispose(): void {
        clearTimeout(this._timer);
        this._disconnect();
        this.input.disconnect();
        this._direct.disconnect();
        this.output.disconnect();
    }

    /** Changes over: 1 = all of it goes through the compressor. */
    private _fade(to: number, delay: number): void {
        const now = this._context.currentTime;
        // Computed, since not every browser tells the value of a parameter while it changes.
        const part = Math.min(1, Math.max(0, (now - this._fadeStart) / fadeSeconds));
        const from = this._fadeFrom + (this._fadeTo - this._fadeFrom) * part;
        const start = now + delay;
        this._fadeFrom = from;
        this._fadeTo = to;
        this._fadeStart = start;
        ramp(this._direct.gain, 1 - from, 1 - to, now, start);
        if (this._limited) {
            ramp(this._limited.gain.gain, from, to, now, start);
        }
    }

    private _connect(): ILimitedWay {
        const compressor = new DynamicsCompressorNode(this._context, {
            threshold: thresholdDb,
            knee: 0,
            ratio,
            attack: attackSeconds,
            release: releaseSeconds,
        });
        // WebAudio makes up for what it would take from a full-scale sound, to the power of 0.6; that is taken back.
        const fullScaleDb = thresholdDb - thresholdDb / ratio;
        const trim = new GainNode(this._context, { gain: Math.pow(10, (0.6 * fullScaleDb) / 20) });
        const clip = new WaveShaperNode(this._context, { curve: new Float32Array([-1, 0, 1]) });
        const gain = new GainNode(this._context, { gain: 0 });
        this.input.connect(compressor).connect(trim).connect(clip).connect(gain).connect(this.output);
        return { nodes: [compressor, trim, clip, gain], gain };
    }

    private _disconnect(): void {
        const [first] = this._limited?.nodes ?? [];
        if (first) {
            this.input.disconnect(first);
        }
        this._limited?.nodes.forEach((node) => node.disconnect());
        this._limited = null;
    }
}

function ramp(gain: AudioParam, from: number, to: number, now: number, start: number): void {
    gain.cancelScheduledValues(0);
    gain.setValueAtTime(from, now);
    gain.setValueAtTime(from, start);
    gain.linearRampToValueAtTime(to, start + fadeSeconds);
}
