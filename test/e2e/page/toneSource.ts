/** A microphone that hums: a steady sine as a media stream, in an audio context of its own. */
export class ToneSource {
    public readonly stream: MediaStream;
    /** Held on to, so that a census of tracks finds it at any time: a stream makes its tracks' objects when they are asked for. */
    public readonly track: MediaStreamTrack | undefined;
    private readonly _context: AudioContext;
    private readonly _oscillator: OscillatorNode;
    private readonly _gain: GainNode;

    /**
     * @param hz - pitch
     * @param amplitude - 0 to 1
     */
    public constructor(hz: number, amplitude = 0.5) {
        this._context = new AudioContext();
        const destination = new MediaStreamAudioDestinationNode(this._context, { channelCount: 1, channelCountMode: "explicit" });
        this._oscillator = new OscillatorNode(this._context, { frequency: hz });
        this._gain = new GainNode(this._context, { gain: amplitude });
        this._oscillator.connect(this._gain).connect(destination);
        this._oscillator.start();
        this.stream = destination.stream;
        this.track = this.stream.getAudioTracks()[0];
    }

    /** 0 to 1, from now on. */
    public set amplitude(amplitude: number) {
        this._gain.gain.value = amplitude;
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
     * Hums for a moment, from silence to silence.
     * @param amplitude - 0 to 1
     * @param ms - how long
     * @param first - what is hummed in the first `first.ms`, at `first.hz`
     */
    public burst(amplitude: number, ms: number, first: { readonly hz: number; readonly ms: number }): void {
        const { gain } = this._gain;
        const { frequency } = this._oscillator;
        const hz = frequency.value;
        const now = this._context.currentTime + 0.005;
        frequency.setValueAtTime(first.hz, now);
        frequency.setValueAtTime(hz, now + first.ms / 1_000);
        gain.setValueAtTime(0, now);
        // 2 ms, or the burst itself would click.
        gain.linearRampToValueAtTime(amplitude, now + 0.002);
        gain.setValueAtTime(amplitude, now + ms / 1_000 - 0.002);
        gain.linearRampToValueAtTime(0, now + ms / 1_000);
    }

    public async disposeAsync(): Promise<void> {
        this.track?.stop();
        await this._context.close();
    }
}
