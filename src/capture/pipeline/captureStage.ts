import { RtcError } from "../../errors/rtcError.js";
import type { AudioProcessorFactory, IAudioProcessor } from "./audioProcessor.js";
import { Crossfader } from "./crossfader.js";

/** Maximum latency of a processor, in seconds. */
const maxDelaySeconds = 10;

/** Stage of the capture chain that holds one processor or none. A change of processor is crossfaded. */
export class CaptureStage {
    /** Input of the stage, with any number of channels. */
    public readonly input: GainNode;
    private readonly _context: AudioContext;
    private readonly _onError: (error: RtcError) => void;
    private readonly _ways: Crossfader;
    /** undefined = not set yet. */
    private _make: AudioProcessorFactory | null | undefined;
    private _delaySeconds = 0;
    private _change = 0;
    private _disposed = false;

    /**
     * Creates a stage that has no output until `setAsync` is called.
     * @param context - audio context of the stage
     * @param output - node that receives the stage's output; owned by the caller
     * @param onError - called if a processor cannot be released
     */
    public constructor(context: AudioContext, output: AudioNode, onError: (error: RtcError) => void) {
        this._onError = onError;
        this._context = context;
        this.input = new GainNode(context);
        this._ways = new Crossfader(context, output);
    }

    /** Factory of the processor in effect; null = none. */
    public get make(): AudioProcessorFactory | null {
        return this._make ?? null;
    }

    /** Latency of the stage, in seconds. */
    public get delaySeconds(): number {
        return this._delaySeconds;
    }

    /**
     * Sets or removes the processor.
     * @param make - creates the processor; null = none
     * @returns a promise that resolves when the change is in effect; rejects with the error of `make`, or with `invalidArgument` for an invalid
     * processor, and then nothing changes
     */
    public async setAsync(make: AudioProcessorFactory | null): Promise<void> {
        const change = ++this._change;
        if (make === null && this._make === null) {
            // Only supersedes a pending change.
            return;
        }
        const processor = make ? this._checked(await make(this._context)) : null;
        if (this._disposed || change !== this._change) {
            this._disposeOf(processor);
            return;
        }
        this._make = make;
        this._delaySeconds = processor?.delaySeconds ?? 0;
        this._ways.change((fade) => {
            const input = processor?.input ?? fade;
            this.input.connect(input);
            processor?.output.connect(fade);
            return () => {
                this.input.disconnect(input);
                processor?.output.disconnect(fade);
                this._disposeOf(processor);
            };
        }, this._delaySeconds);
    }

    /** Throws for an invalid processor. Passing the audio unprocessed instead would reveal a voice that should be disguised. */
    private _checked(processor: unknown): IAudioProcessor {
        const { input, output, delaySeconds = 0 } = (processor ?? {}) as Partial<IAudioProcessor>;
        const isOurs = [input, output].every((node) => node?.context === this._context && typeof node.connect === "function");
        if (!isOurs || !(delaySeconds >= 0 && delaySeconds <= maxDelaySeconds)) {
            throw new RtcError(
                "invalidArgument",
                "An AudioProcessorFactory must return { input, output }, nodes of the given context, and optionally delaySeconds from 0 to 10.",
            );
        }
        return processor as IAudioProcessor;
    }

    /** Releases the processor. */
    public dispose(): void {
        this._disposed = true;
        this._ways.dispose();
        this.input.disconnect();
    }

    /** Releases a processor. An error of its `dispose` is reported and does not keep other processors from being released. */
    private _disposeOf(processor: IAudioProcessor | null): void {
        try {
            processor?.dispose?.();
        } catch (cause) {
            this._onError(new RtcError("invalidArgument", "`dispose` of an audio processor threw, so resources may leak.", { cause }));
        }
    }
}
