import { RtcError } from "../../errors/rtcError.js";
import type { AudioProcessorFactory, IAudioProcessor } from "./audioProcessor.js";
import { Crossfader } from "./crossfader.js";

/** The most that a processor may delay sound, in seconds. */
const maxDelaySeconds = 10;

/** A place on the way of the sound where one processor stands at a time, or none; a change of processors fades. */
export class CaptureStage {
    /** Input of the stage, with any number of channels. */
    public readonly input: GainNode;
    private readonly _context: AudioContext;
    private readonly _onError: (error: RtcError) => void;
    private readonly _ways: Crossfader;
    private _delaySeconds = 0;
    private _change = 0;
    private _disposed = false;

    /**
     * Until a processor, or none, has been set it leads nowhere.
     * @param context - where it is built
     * @param output - where sound goes on; stays the caller's
     * @param onError - hears of a processor that cannot be released
     */
    public constructor(context: AudioContext, output: AudioNode, onError: (error: RtcError) => void) {
        this._onError = onError;
        this._context = context;
        this.input = new GainNode(context);
        this._ways = new Crossfader(context, output);
    }

    /** Latency of the stage, in seconds. */
    public get delaySeconds(): number {
        return this._delaySeconds;
    }

    /**
     * Leads the sound through a processor from now on, or straight.
     * @param make - makes the processor; null = none
     * @returns a promise that resolves when the new way sounds; rejects as `make` does, and then everything stays as it was
     */
    public async setAsync(make: AudioProcessorFactory | null): Promise<void> {
        const change = ++this._change;
        const processor = make ? this._checked(await make(this._context)) : null;
        if (this._disposed || change !== this._change) {
            this._disposeOf(processor);
            return;
        }
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

    /** An invalid processor must not pass sound through: a disguised voice is never heard undisguised. */
    private _checked(processor: unknown): IAudioProcessor {
        const { input, output, delaySeconds = 0 } = (processor ?? {}) as Partial<IAudioProcessor>;
        const isOurs = [input, output].every((node) => node?.context === this._context && typeof node.connect === "function");
        if (!isOurs || !(delaySeconds >= 0 && delaySeconds <= maxDelaySeconds)) {
            throw new RtcError(
                "invalidArgument",
                "An AudioProcessorFactory must give { input, output } of nodes of the context that it gets, and delaySeconds from 0 to 10 if it has any.",
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

    /** An app's processor that cannot be released must not keep others from being so. */
    private _disposeOf(processor: IAudioProcessor | null): void {
        try {
            processor?.dispose?.();
        } catch (cause) {
            this._onError(
                new RtcError("invalidArgument", "`dispose` of an audio processor threw, so something of it may be left.", { cause }),
            );
        }
    }
}
