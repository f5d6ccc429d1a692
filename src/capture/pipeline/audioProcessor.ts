/** Part of an audio graph that processes audio from `input` to `output`. */
export interface IAudioProcessor {
    readonly input: AudioNode;
    readonly output: AudioNode;
    /** Latency of the processor, in seconds, 0 to 10. The crossfade to the processor is delayed by this time, to avoid a gap. Default: 0. */
    readonly delaySeconds?: number;
    /** Releases the processor's resources. Called when the processor is no longer used, after its nodes were disconnected. */
    dispose?(): void;
}

/**
 * Creates an audio processor or a noise suppressor. Called each time the microphone is opened, or when set on a live one.
 * @param context - audio context to which the processor's nodes must belong
 */
export type AudioProcessorFactory = (context: AudioContext) => IAudioProcessor | Promise<IAudioProcessor>;

/**
 * Changes one frame in place.
 * @param channels - 128 samples per channel, −1 to 1
 * @param sampleRate - sample rate of the audio context, in hertz
 * @param state - object for data that is kept between frames; initially empty
 */
export type FrameFunction = (channels: Float32Array[], sampleRate: number, state: Record<string, unknown>) => void;
