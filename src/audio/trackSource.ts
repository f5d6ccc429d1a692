/** A media track as the source of an audio graph. */
export interface ITrackSource {
    /** Outputs the track's audio, with all its channels. */
    readonly node: AudioNode;
    /** Resolves when the browser plays the track, or when playing has failed. Never rejects. */
    readonly playingAsync: Promise<void>;
    /** Releases the track without stopping it. */
    dispose(): void;
}

/** Opens a track. In tests without media tracks, this function can be replaced by one that opens a tone. */
export type TrackOpener = (context: AudioContext, track: MediaStreamTrack) => ITrackSource;

/**
 * Opens a track with the browser's API, and plays it in a muted media element as well. Chromium delivers only silence from a remote
 * WebRTC track unless a media element also plays it (https://crbug.com/40094084). Babylon adds such an element only if it gets the track's
 * source node itself, but this library gives Babylon a mono node that follows the source node.
 * @param context - audio context of the graph
 * @param track - an audio track; owned by the caller and never stopped here
 * @returns the source, which the caller disposes
 */
export function openMediaStreamTrack(context: AudioContext, track: MediaStreamTrack): ITrackSource {
    const stream = new MediaStream([track]);
    const node = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
    const sink = new Audio();
    sink.muted = true;
    sink.srcObject = stream;
    return {
        node,
        // Browsers always allow muted media. If playing still fails, only a browser with this bug is affected: the voice may stay silent.
        playingAsync: sink.play().catch(() => undefined),
        dispose: () => {
            node.disconnect();
            sink.pause();
            sink.srcObject = null;
        },
    };
}
