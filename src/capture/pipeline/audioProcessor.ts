/** A piece of an audio graph: what comes in at `input` goes out, changed, at `output`. */
export interface IAudioProcessor {
    readonly input: AudioNode;
    readonly output: AudioNode;
    /** Latency of the processor, in seconds: a change to it waits that long, so that nothing is missing in between. Default: 0. */
    readonly delaySeconds?: number;
    /** Called when it is no longer used, to release what it holds. Its nodes are disconnected already. */
    dispose?(): void;
}

/**
 * Makes a processor of the app's own. Called once for each time that the microphone is opened.
 * @param context - the audio context that its nodes must belong to
 */
export type AudioProcessorFactory = (context: AudioContext) => IAudioProcessor | Promise<IAudioProcessor>;

/**
 * Changes one frame in place.
 * @param channels - 128 samples, −1 to 1, for each channel
 * @param sampleRate - of the frame, in hertz: the audio context's
 * @param state - one object, empty at first, for whatever must be kept from frame to frame
 */
export type FrameFunction = (channels: Float32Array[], sampleRate: number, state: Record<string, unknown>) => void;
