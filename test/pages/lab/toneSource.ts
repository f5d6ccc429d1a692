/** Options of an audio context that saves CPU in Chromium: no output device, hence no stream to the audio process, and no resampling in WebRTC. */
export const frugalContext: AudioContextOptions & { readonly sinkId: { readonly type: "none" } } = {
    sampleRate: 48_000,
    sinkId: { type: "none" },
};

/** A fake microphone: a steady sine or white noise as a media stream, in a separate audio context. */
export class ToneSource {
    public readonly stream: MediaStream;
    /** The stream's track. Kept referenced, so that a test that counts tracks always finds it: a stream creates its track objects on demand. */
    public readonly track: MediaStreamTrack | undefined;
    private readonly _context: AudioContext;
    private readonly _destination: MediaStreamAudioDestinationNode;
    private readonly _hz: number;
    /** Start of the first wave, as audio context time in seconds. */
    private readonly _begin: number;
    private readonly _gain: GainNode;
    private readonly _amplitude: number;
    private _speech: AudioBufferSourceNode | null = null;

    /**
     * @param hz - frequency in Hz; `noise`: white noise
     * @param amplitude - 0 to 1
     * @param options - options of the audio context
     */
    public constructor(hz: number | "noise", amplitude = 0.5, options: AudioContextOptions = {}) {
        this._amplitude = amplitude;
        this._context = new AudioContext(options);
        this._destination = new MediaStreamAudioDestinationNode(this._context, { channelCount: 1, channelCountMode: "explicit" });
        this._hz = hz === "noise" ? 0 : hz;
        this._gain = new GainNode(this._context, { gain: amplitude });
        const source = hz === "noise" ? hissing(this._context) : new OscillatorNode(this._context, { frequency: hz });
        source.connect(this._gain).connect(this._destination);
        this._begin = this._context.currentTime + 0.05;
        source.start(this._begin);
        this.stream = this._destination.stream;
        this.track = this.stream.getAudioTracks()[0];
    }

    /** Sets the amplitude, 0 to 1. */
    public set amplitude(amplitude: number) {
        this._gain.gain.value = amplitude;
    }

    /**
     * Plays speech in a loop instead of the tone.
     * @param wav - WAV file in base64; null restores the tone
     * @returns duration of the speech, in seconds
     */
    public async speakAsync(wav: string | null): Promise<number> {
        const bytes = wav === null ? null : Uint8Array.from(atob(wav), (character) => character.charCodeAt(0));
        const buffer = bytes && (await this._context.decodeAudioData(bytes.buffer));
        this._speech?.disconnect();
        this._speech = buffer && new AudioBufferSourceNode(this._context, { buffer, loop: true });
        this._speech?.connect(this._destination);
        this._speech?.start();
        this.amplitude = buffer ? 0 : this._amplitude;
        return buffer?.duration ?? 0;
    }

    /**
     * Changes the amplitude from one sample to the next at a wave's peak, which makes the loudest possible click. Not for noise.
     * @param amplitude - 0 to 1
     */
    public cut(amplitude: number): void {
        const soon = this._context.currentTime + 0.05;
        const waves = Math.max(0, Math.ceil((soon - this._begin) * this._hz));
        this._gain.gain.setValueAtTime(amplitude, this._begin + (waves + 0.25) / this._hz);
    }

    /**
     * Changes the amplitude gradually, without a click.
     * @param amplitude - 0 to 1
     * @param seconds - duration of the ramp
     */
    public fade(amplitude: number, seconds: number): void {
        const { gain } = this._gain;
        const now = this._context.currentTime;
        gain.cancelScheduledValues(now);
        gain.setValueAtTime(gain.value, now);
        gain.linearRampToValueAtTime(amplitude, now + seconds);
    }

    /**
     * Plays a short tone. It is rendered to a buffer beforehand, so that no part is lost if the audio thread is ahead of the main thread.
     * @param amplitude - 0 to 1
     * @param ms - duration in milliseconds
     * @param first - frequency and duration of the beginning; the rest of the burst has the source's own frequency, so not for noise
     */
    public burst(amplitude: number, ms: number, first: { readonly hz: number; readonly ms: number }): void {
        const { sampleRate } = this._context;
        const hz = this._hz;
        // Ramp of 2 ms, so that the burst does not click.
        const ramp = 0.002 * sampleRate;
        const samples = new Float32Array(Math.round((ms * sampleRate) / 1_000));
        let turns = 0;
        samples.forEach((_, i) => {
            samples[i] = amplitude * Math.min(1, i / ramp, (samples.length - i) / ramp) * Math.sin(2 * Math.PI * turns);
            turns += (i < (first.ms * sampleRate) / 1_000 ? first.hz : hz) / sampleRate;
        });
        const buffer = new AudioBuffer({ length: samples.length, sampleRate });
        buffer.copyToChannel(samples, 0);
        const source = new AudioBufferSourceNode(this._context, { buffer });
        source.connect(this._destination);
        source.onended = () => source.disconnect();
        source.start();
    }

    public async disposeAsync(): Promise<void> {
        this.track?.stop();
        await this._context.close();
    }
}

/** Four seconds of white noise in a loop. */
function hissing(context: AudioContext): AudioScheduledSourceNode {
    const { sampleRate } = context;
    const buffer = new AudioBuffer({ length: 4 * sampleRate, sampleRate });
    buffer.copyToChannel(
        Float32Array.from({ length: buffer.length }, () => 2 * Math.random() - 1),
        0,
    );
    return new AudioBufferSourceNode(context, { buffer, loop: true });
}
