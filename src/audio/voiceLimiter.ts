/** Threshold of the compressor, in dBFS. With 3 dB of headroom, two tones at 400 % stay at −1 dBFS (Chromium 156). */
const thresholdDb = -3;

/** Maximum ratio of the browser's compressor: 20 dB more input gives 1 dB more output. */
const ratio = 20;

/** Attack and release time, in seconds: fast enough for syllables, slow enough for the waveform of a deep voice. */
const attackSeconds = 0.003;
const releaseSeconds = 0.25;

/** Duration of the crossfade between the two paths, in seconds. Their latencies differ by only 6 ms, so neither a click nor an echo is heard. */
const fadeSeconds = 0.01;

/** Delay of the crossfade to the compressor, in seconds. After this time, a newly connected compressor outputs audio. */
const fillSeconds = 0.01;

/** Time after which the compressor is no longer heard and can be disconnected, in milliseconds. */
const fadeDoneMs = 150;

/** Audio path through the compressor. */
interface ILimitedWay {
    readonly nodes: readonly AudioNode[];
    /** Fades the path in and out. */
    readonly gain: GainNode;
}

/**
 * Limiter that keeps the sum of the voices within 0 dBFS while it is active. While inactive, audio passes unchanged and without delay. While
 * active, audio passes through the browser's compressor, which adds 6 ms of latency and does not change levels below the threshold (measured:
 * within 0.001 dB). Peaks at the start of a sudden sound, which the compressor lets through, are clipped at 0 dBFS.
 */
export class VoiceLimiter {
    /** Input node. */
    public readonly input: GainNode;
    /** Output node. */
    public readonly output: GainNode;

    private readonly _context: BaseAudioContext;
    private readonly _direct: GainNode;
    /** Path through the compressor; null while there is none. */
    private _limited: ILimitedWay | null = null;
    private _active = false;
    private _fadeFrom = 0;
    private _fadeTo = 0;
    private _fadeStart = -1;
    private _timer: ReturnType<typeof setTimeout> | undefined;

    /** @param context - audio context of the graph */
    public constructor(context: BaseAudioContext) {
        this._context = context;
        this.input = new GainNode(context);
        this.output = new GainNode(context);
        this._direct = new GainNode(context);
        this.input.connect(this._direct).connect(this.output);
    }

    /** True while the limiter is active. Default: false. */
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

    /** Time until the crossfade is complete, in seconds. Until then, levels above full scale may pass. */
    public get delay(): number {
        return Math.max(0, this._fadeStart + fadeSeconds - this._context.currentTime);
    }

    /** Disconnects all nodes. */
    public dispose(): void {
        clearTimeout(this._timer);
        this._disconnect();
        this.input.disconnect();
        this._direct.disconnect();
        this.output.disconnect();
    }

    /** Crossfades between the paths: 1 = all audio passes through the compressor. */
    private _fade(to: number, delay: number): void {
        const now = this._context.currentTime;
        // Computed, since not every browser reports the value of a parameter during a ramp.
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
        // WebAudio's compressor has a make-up gain: the inverse of its gain at full scale, to the power of 0.6. The trim node removes it.
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
