import type { AbstractSoundSource } from "@babylonjs/core/AudioV2/abstractAudio/abstractSoundSource.js";
import type { AudioBus } from "@babylonjs/core/AudioV2/abstractAudio/audioBus.js";
import type { AudioHost } from "../audio/audioHost.js";
import type { VoiceInput } from "../audio/voiceInput.js";
import { VoiceBus } from "../audio/voiceBus.js";
import type { IVoiceBusHold } from "../audio/voiceBus.js";

/** Duration of a fade, in seconds: slow enough to avoid a click, fast enough to go unnoticed. */
const fadeSeconds = 0.05;

/** Time after which a fade is complete, in milliseconds. Includes a margin, since the audio thread runs some blocks behind. */
const fadeDoneMs = 140;

/** Delay of a fade-in, in seconds. Babylon takes 10 ms to move a sound to a new position, and this move must not be heard. */
const fadeInDelaySeconds = 0.01;

/**
 * Output path of a voice: input → mono gain → Babylon sound source → the bus of all voices. While the gain is 0, the path is disconnected at
 * both ends, so that the audio thread does not process it.
 */
export class VoiceOutput {
    /** Resolves once the output can play, or has been disposed. Rejects if the sound source could not be created. */
    public readonly readyAsync: Promise<void>;

    private readonly _host: AudioHost;
    private readonly _input: VoiceInput;
    private readonly _mono: GainNode;
    private readonly _hold: IVoiceBusHold;
    private _bus: AudioBus | null = null;
    private _source: AbstractSoundSource | null = null;
    private _gain = 0;
    private _fadeFrom = 0;
    private _fadeTo = 0;
    private _fadeStart = 0;
    /** Disconnects the input; null while it is not connected. */
    private _release: (() => void) | null = null;
    private _retiring = false;
    private _disposed = false;
    private _fadeTimer: ReturnType<typeof setTimeout> | undefined;

    /**
     * @param host - host of the audio engine
     * @param input - input of the voice; owned by the caller
     * @param createAsync - creates the Babylon sound source that plays a node; the source is then owned by this output
     */
    public constructor(host: AudioHost, input: VoiceInput, createAsync: (node: AudioNode) => Promise<AbstractSoundSource>) {
        this._host = host;
        this._input = input;
        // A remote track has two channels even when its sender has one, and a panner pans two channels differently.
        this._mono = new GainNode(host.context, { gain: 0, channelCount: 1, channelCountMode: "explicit" });
        this._hold = VoiceBus.Hold(host);
        this.readyAsync = this._createAsync(createAsync);
    }

    /** The Babylon sound source; null until it is ready. */
    public get source(): AbstractSoundSource | null {
        return this._source;
    }

    /** Gain; 0 = disconnected. Every change is a short fade. */
    public get gain(): number {
        return this._gain;
    }

    public set gain(value: number) {
        if (value === this._gain || this._disposed || this._retiring) {
            return;
        }
        this._gain = value;
        this._apply();
    }

    /** Fades the output out, then disposes it. Idempotent. */
    public retire(): void {
        if (this._retiring) {
            return;
        }
        this.gain = 0;
        this._retiring = true;
        if (!this._release) {
            this.dispose();
        }
    }

    /** Stops playback immediately and releases all resources. */
    public dispose(): void {
        if (this._disposed) {
            return;
        }
        this._disposed = true;
        clearTimeout(this._fadeTimer);
        this._disconnect();
        this._mono.disconnect();
        const source = this._source;
        this._source = null;
        source?.dispose();
        this._hold.release();
    }

    private _isGone(): boolean {
        return this._disposed;
    }

    private async _createAsync(createAsync: (node: AudioNode) => Promise<AbstractSoundSource>): Promise<void> {
        // Creates the bus first: an engine disposes its objects in the order of creation, and a source without its bus can still be disposed.
        const bus = await this._hold.inputAsync;
        if (this._isGone() || !bus) {
            return;
        }
        const source = await createAsync(this._mono);
        source.outBus = null;
        if (this._isGone()) {
            source.dispose();
            return;
        }
        this._bus = bus;
        this._source = source;
        // Disposing the audio engine also disposes its sources.
        source.onDisposeObservable.addOnce(() => this.dispose());
        this._apply();
    }

    private _apply(): void {
        const source = this._source;
        if (!source || (this._gain === 0 && !this._release)) {
            return;
        }
        const { gain } = this._mono;
        const now = this._host.context.currentTime;
        const from = this._faded(now);
        let start = now + this._hold.setGain(Math.max(from, this._gain));
        if (!this._release) {
            this._release = this._input.connect(this._mono);
            source.outBus = this._bus;
            start = Math.max(start, now + fadeInDelaySeconds);
        }
        this._fadeFrom = from;
        this._fadeTo = this._gain;
        this._fadeStart = start;
        gain.cancelScheduledValues(0);
        gain.setValueAtTime(from, now);
        gain.setValueAtTime(from, start);
        gain.linearRampToValueAtTime(this._gain, start + fadeSeconds);
        clearTimeout(this._fadeTimer);
        this._fadeTimer = setTimeout(this._onFadeDone, fadeDoneMs);
    }

    private readonly _onFadeDone = (): void => {
        this._fadeFrom = this._fadeTo;
        this._hold.setGain(this._gain);
        if (this._gain > 0) {
            return;
        }
        this._disconnect();
        if (this._retiring) {
            this.dispose();
        }
    };

    /** Current gain during a fade. Computed, since not every browser reports the value of a parameter during a ramp. */
    private _faded(now: number): number {
        const part = Math.min(1, Math.max(0, (now - this._fadeStart) / fadeSeconds));
        return this._fadeFrom + (this._fadeTo - this._fadeFrom) * part;
    }

    private _disconnect(): void {
        this._release?.();
        this._release = null;
        if (this._source) {
            this._source.outBus = null;
        }
    }
}
