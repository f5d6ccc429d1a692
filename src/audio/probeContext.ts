import { RtcError } from "../errors/rtcError.js";
import { waitAsync } from "../interop/abortable.js";

/** Pause between two looks, in milliseconds. */
const lookMs = 20;

/** A WebAudio context of its own for a short test of sound, beside whatever the app plays. Nothing of it is heard. */
export class ProbeContext {
    private readonly _context: AudioContext;
    private readonly _tracks: MediaStreamTrack[] = [];

    /** Throws `unsupported` where there is no WebAudio. The caller closes it. */
    public constructor() {
        if (typeof AudioContext === "undefined") {
            throw new RtcError("unsupported", "This browser has no WebAudio, which voices are played by. Use a current browser.");
        }
        this._context = new AudioContext();
    }

    /** True while the context runs. */
    public get isRunning(): boolean {
        return this._context.state === "running";
    }

    /** Rate of its samples, in hertz. */
    public get sampleRate(): number {
        return this._context.sampleRate;
    }

    /**
     * Asks for sound, as a room does that is entered.
     * @param timeoutMs - the longest wait, in milliseconds: a browser that wants a click first never answers
     * @param signal - cancels; rejects with `aborted`
     * @returns whether sound runs
     */
    public async startAsync(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
        // Its promise may stay pending for ever.
        this._context.resume().catch(() => undefined);
        return await this._untilAsync(() => this.isRunning, timeoutMs, signal);
    }

    /**
     * Looks whether an output takes the sound.
     * @param timeoutMs - the longest wait, in milliseconds
     * @param signal - cancels; rejects with `aborted`
     * @returns whether time goes by in the context
     */
    public async playsAsync(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
        const begin = this._context.currentTime;
        return await this._untilAsync(() => this._context.currentTime > begin, timeoutMs, signal);
    }

    /**
     * Listens to a track.
     * @param track - a live audio track; stays the caller's
     * @param level - root mean square, 0 to 1
     * @param timeoutMs - the longest wait, in milliseconds
     * @param signal - cancels; rejects with `aborted`
     * @returns whether it has been that loud
     */
    public async hearsAsync(track: MediaStreamTrack, level: number, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
        const source = new MediaStreamAudioSourceNode(this._context, { mediaStream: new MediaStream([track]) });
        const analyser = new AnalyserNode(this._context, { fftSize: 2048 });
        source.connect(analyser);
        const window = new Float32Array(analyser.fftSize);
        try {
            const isLoud = (): boolean => {
                analyser.getFloatTimeDomainData(window);
                return Math.sqrt(window.reduce((sum, sample) => sum + sample * sample, 0) / window.length) >= level;
            };
            return await this._untilAsync(isLoud, timeoutMs, signal);
        } finally {
            source.disconnect();
        }
    }

    /**
     * @param level - amplitude of the tone in it, 0 to 1; 0 = silence
     * @returns a live track, which `closeAsync` stops; it is silent while no sound runs
     */
    public createTrack(level: number): MediaStreamTrack {
        const destination = new MediaStreamAudioDestinationNode(this._context, { channelCount: 1, channelCountMode: "explicit" });
        const [track] = destination.stream.getAudioTracks();
        if (!track) {
            throw new RtcError("unsupported", "This browser makes no audio track from WebAudio. Use a current browser.");
        }
        const tone = new OscillatorNode(this._context, { frequency: 440 });
        tone.connect(new GainNode(this._context, { gain: level })).connect(destination);
        tone.start();
        this._tracks.push(track);
        return track;
    }

    /** Stops all tracks and closes the context. Never rejects. */
    public async closeAsync(): Promise<void> {
        this._tracks.forEach((track) => track.stop());
        await this._context.close().catch(() => undefined);
    }

    private async _untilAsync(isSo: () => boolean, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
        const end = performance.now() + timeoutMs;
        while (!isSo()) {
            if (performance.now() >= end) {
                return false;
            }
            await waitAsync(lookMs, signal);
        }
        return true;
    }
}
