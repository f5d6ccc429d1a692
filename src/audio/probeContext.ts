import { RtcError } from "../errors/rtcError.js";
import { waitAsync } from "../interop/abortable.js";

/** Poll interval, in milliseconds. */
const lookMs = 20;

/** Separate WebAudio context for a short audio test, independent of what the app plays. It is not audible. */
export class ProbeContext {
    private readonly _context: AudioContext;
    private readonly _tracks: MediaStreamTrack[] = [];

    /** Creates the context; the caller closes it. Throws `unsupported` where there is no WebAudio. */
    public constructor() {
        if (typeof AudioContext === "undefined") {
            throw new RtcError("unsupported", "This browser has no WebAudio, which voices need. Use a current browser.");
        }
        this._context = new AudioContext();
    }

    /** True while the context runs. */
    public get isRunning(): boolean {
        return this._context.state === "running";
    }

    /** Sample rate of the context, in hertz. */
    public get sampleRate(): number {
        return this._context.sampleRate;
    }

    /**
     * Starts audio, as on entering a room.
     * @param timeoutMs - timeout, in milliseconds; `resume()` never settles in a browser that requires a click first
     * @param signal - cancels; rejects with `aborted`
     * @returns a promise that resolves to true when the context runs; to false after the timeout
     */
    public async startAsync(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
        // The promise may never settle.
        this._context.resume().catch(() => undefined);
        return await this._untilAsync(() => this.isRunning, timeoutMs, signal);
    }

    /**
     * Checks whether an output device consumes the audio.
     * @param timeoutMs - timeout, in milliseconds
     * @param signal - cancels; rejects with `aborted`
     * @returns a promise that resolves to true when the context's time has advanced; to false after the timeout
     */
    public async playsAsync(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
        const begin = this._context.currentTime;
        return await this._untilAsync(() => this._context.currentTime > begin, timeoutMs, signal);
    }

    /**
     * Waits until a track reaches a level.
     * @param track - a live audio track; owned by the caller
     * @param level - root mean square, 0 to 1
     * @param timeoutMs - timeout, in milliseconds
     * @param signal - cancels; rejects with `aborted`
     * @returns a promise that resolves to true when the track reaches the level; to false after the timeout
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
     * Creates a track with a test tone.
     * @param level - amplitude of the tone, 0 to 1; 0 = silence
     * @returns a live track, which `closeAsync` stops. It is silent while the context does not run. Throws `unsupported`.
     */
    public createTrack(level: number): MediaStreamTrack {
        const destination = new MediaStreamAudioDestinationNode(this._context, { channelCount: 1, channelCountMode: "explicit" });
        const [track] = destination.stream.getAudioTracks();
        if (!track) {
            throw new RtcError("unsupported", "This browser cannot send audio from WebAudio. Use a current browser.");
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
