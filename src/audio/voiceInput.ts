import type { AudioHost } from "./audioHost.js";
import type { ITrackSource } from "./trackSource.js";

/** Sound of a track, for several nodes. Another track can take its place while it plays. */
export class VoiceInput {
    private readonly _host: AudioHost;
    private readonly _outputs = new Set<AudioNode>();
    private _source: ITrackSource;

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
     * Plays another track. The present one goes on until the browser plays that: Chromium takes some milliseconds, and delivers silence meanwhile.
     * @param track - stays the caller's and is never stopped here
     */
    public change(track: MediaStreamTrack): void {
        const before = this._source;
        this._source = this._host.openTrack(this._host.context, track);
        this._outputs.forEach((output) => this._source.node.connect(output));
        void this._source.playingAsync.then(() => before.dispose());
    }

    /** Lets go of every track and node. Harmless if called twice. */
    public dispose(): void {
        // A source that is not played yet will not be, and so lets go of the one before it.
        this._source.dispose();
    }
}
