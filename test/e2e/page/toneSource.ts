/** A microphone that hums: a steady sine as a media stream, in an audio context of its own. */
export class ToneSource {
    public readonly stream: MediaStream;
    /** Held on to, so that a census of tracks finds it at any time: a stream makes its tracks' objects when they are asked for. */
    public readonly track: MediaStreamTrack | undefined;
    private readonly _context: AudioContext;
    private readonly _gain: GainNode;

    /**
     * @param hz - pitch
     * @param amplitude - 0 to 1
     */
    public constructor(hz: number, amplitude = 0.5) {
        this._context = new AudioContext();
        const destination = new MediaStreamAudioDestinationNode(this._context, { channelCount: 1, channelCountMode: "explicit" });
        const oscillator = new OscillatorNode(this._context, { frequency: hz });
        this._gain = new GainNode(this._context, { gain: amplitude });
        oscillator.connect(this._gain).connect(destination);
        oscillator.start();
        this.stream = destination.stream;
        this.track = this.stream.getAudioTracks()[0];
    }

    /** 0 to 1, from now on. */
    public set amplitude(amplitude: number) {
        this._gain.gain.value = amplitude;
    }

    public async disposeAsync(): Promise<void> {
        this.track?.stop();
        await this._context.close();
    }
}
