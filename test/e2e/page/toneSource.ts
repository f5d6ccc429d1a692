/** A microphone that hums: a steady sine as a media stream, in an audio context of its own. */
export class ToneSource {
    public readonly stream: MediaStream;
    private readonly _context: AudioContext;

    /**
     * @param hz - pitch
     * @param amplitude - 0 to 1
     */
    public constructor(hz: number, amplitude = 0.5) {
        this._context = new AudioContext();
        const destination = new MediaStreamAudioDestinationNode(this._context, { channelCount: 1, channelCountMode: "explicit" });
        const oscillator = new OscillatorNode(this._context, { frequency: hz });
        oscillator.connect(new GainNode(this._context, { gain: amplitude })).connect(destination);
        oscillator.start();
        this.stream = destination.stream;
    }

    public async disposeAsync(): Promise<void> {
        this.stream.getTracks().forEach((track) => track.stop());
        await this._context.close();
    }
}
