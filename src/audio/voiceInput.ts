import type { AudioHost } from "./audioHost.js";
import type { ITrackSource } from "./trackSource.js";

/** Sound of a track, for several nodes. Another track can take its place while it plays. */
export class VoiceInput {
    private readonly _host: AudioHost;
    private readonly _outputs = new Set<AudioNode>();
    private _source: ITrackSource;
    /** Source that the browser does not play yet. */
    private _next: ITrackSource | null = null;

    /**
     * @param host - the host of the engine that it plays on
     * @param track - stays the caller's and is never stopped here
     */
    public constructor(host: AudioHost, track: MediaStreamTrack) {
        this._host = host;
        this._source = host.openTrack(host.context, track);
    }

    /**
     * Plays into another node, too.
     * @param output - stays the caller's
     * @returns ends that; called once, before the input is disposed
     */
    public connect(output: AudioNode): () => void {
        this._outputs.add(output);
        this._source.node.connect(output);
        return () => {
            this._outputs.delete(output);
            this._source.node.disconnect(output);
        };
    }

    /**
     * Plays another track; the present one goes on until the browser plays that.
     * @param track - stays the caller's and is never stopped here
     */
    public change(track: MediaStreamTrack): void {
        const next = this._host.openTrack(this._host.context, track);
        this._next?.dispose();
        this._next = next;
        void next.playingAsync.then(() => {
            if (this._next === next) {
                this._next = null;
                this._source.dispose();
                this._source = next;
                this._outputs.forEach((output) => next.node.connect(output));
            }
        });
    }

    /** Lets go of every track and node. Harmless if called twice. */
    public dispose(): void {
        this._next?.dispose();
        this._next = null;
        this._source.dispose();
    }
}
