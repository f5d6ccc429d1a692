/** A microphone that hums, or hisses: a steady sine or white noise as a media stream, in an audio context of its own. */
export class ToneSource {
    public readonly stream: MediaStream;
    /** Held on to, so that a census of tracks finds it at any time: a stream makes its tracks' objects when they are asked for. */
    public readonly track: MediaStreamTrack | undefined;
    private readonly _context: AudioContext;
    private readonly _destination: MediaStreamAudioDestinationNode;
    private readonly _hz: number;
    /** When its first wave begins, in seconds of its context. */
    private readonly _begin: number;
    private readonly _gain: GainNode;
    private readonly _amplitude: number;
    private _speech: AudioBufferSourceNode | null = null;

    /**
     * @param hz - pitch; `noise` = white noise
     * @param amplitude - 0 to 1
     */
    public constructor(hz: number | "noise", amplitude = 0.5) {
        this._amplitude = amplitude;
        this._context = new AudioContext();
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

    /** 0 to 1, from now on. */
    public set amplitude(amplitude: number) {
        this._gain.gain.value = amplitude;
    }

    /**
     * Says something over and over from now on, in place of the tone.
     * @param wav - in base 64; null = the tone again
     * @returns how long it lasts once, in seconds
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
     * Becomes louder or softer from one sample to the next, where its wave is highest: no change clicks louder.
     * @param amplitude - 0 to 1
     */
    public cut(amplitude: number): void {
        const soon = this._context.currentTime + 0.05;
        const waves = Math.max(0, Math.ceil((soon - this._begin) * this._hz));
        this._gain.gain.setValueAtTime(amplitude, this._begin + (waves + 0.25) / this._hz);
    }

    /**
     * Becomes louder or softer, without a click.
     * @param amplitude - 0 to 1
     * @param seconds - how long it takes
     */
    public fade(amplitude: number, seconds: number): void {
        const { gain } = this._gain;
        const now = this._context.currentTime;
        gain.cancelScheduledValues(now);
        gain.setValueAtTime(gain.value, now);
        gain.linearRampToValueAtTime(amplitude, now + seconds);
    }

    /**
     * Hums for a moment, from silence to silence: drawn beforehand, so that nothing of it is lost where the audio thread is ahead of this one.
     * @param amplitude - 0 to 1
     * @param ms - how long
     * @param first - what is hummed in the first `first.ms`, at `first.hz`
     */
    public burst(amplitude: number, ms: number, first: { readonly hz: number; readonly ms: number }): void {
        const { sampleRate } = this._context;
        const hz = this._hz;
        // 2 ms, or the burst itself would click.
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

/** Four seconds of white noise, over and over. */
function hissing(context: AudioContext): AudioScheduledSourceNode {
    const { sampleRate } = context;
    const buffer = new AudioBuffer({ length: 4 * sampleRate, sampleRate });
    buffer.copyToChannel(
        Float32Array.from({ length: buffer.length }, () => 2 * Math.random() - 1),
        0,
    );
    return new AudioBufferSourceNode(context, { buffer, loop: true });
}
