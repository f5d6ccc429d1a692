import type { AudioProcessorFactory } from "./audioProcessor.js";
import { Crossfader } from "./crossfader.js";

/** A place on the way of the sound where one processor stands at a time, or none; a change of processors fades. */
export class CaptureStage {
    /** Where sound comes in, with as many channels as there are. */
    public readonly input: GainNode;
    private readonly _context: AudioContext;
    private readonly _ways: Crossfader;
    private _delaySeconds = 0;
    private _change = 0;
    private _disposed = false;

    /**
     * Until a processor, or none, has been set it leads nowhere.
     * @param context - where it is built
     * @param output - where sound goes on; stays the caller's
     */
    public constructor(context: AudioContext, output: AudioNode) {
        this._context = context;
        this.input = new GainNode(context);
        this._ways = new Crossfader(context, output);
    }

    /** How much later sound comes out, in seconds. */
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
        const processor = make ? await make(this._context) : null;
        if (this._disposed || change !== this._change) {
            processor?.dispose?.();
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
                processor?.dispose?.();
            };
        }, this._delaySeconds);
    }

    /** Releases the processor. */
    public dispose(): void {
        this._disposed = true;
        this._ways.dispose();
        this.input.disconnect();
    }
}
