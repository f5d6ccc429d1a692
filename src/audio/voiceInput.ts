import type { AudioHost } from "./audioHost.js";
import type { ITrackSource } from "./trackSource.js";

/** Audio of a track, for several nodes. The track can be replaced while it plays. */
export class VoiceInput {
    private readonly _host: AudioHost;
    private readonly _outputs = new Set<AudioNode>();
    private _source: ITrackSource;

    /**
     * @param host - host of the audio engine
     * @param track - audio track; owned by the caller and never stopped here
     */
    public constructor(host: AudioHost, track: MediaStreamTrack) {
        this._host = host;
        this._source = host.openTrack(host.context, track);
    }

    /**
     * Connects another node.
     * @param output - the node; owned by the caller
     * @returns a function that disconnects the node; call it once, before the input is disposed
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
     * Replaces the track. The current track plays until the browser plays the new one: in Chromium, a new track is silent for some milliseconds.
     * @param track - audio track; owned by the caller and never stopped here
     */
    public change(track: MediaStreamTrack): void {
        const before = this._source;
        this._source = this._host.openTrack(this._host.context, track);
        this._outputs.forEach((output) => this._source.node.connect(output));
        void this._source.playingAsync.then(() => before.dispose());
    }

    /** Releases all tracks and nodes. Idempotent. */
    public dispose(): void {
        // If the source does not play yet, this settles its `playingAsync`, which disposes the previous source.
        this._source.dispose();
    }
}
