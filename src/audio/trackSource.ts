/** A media track as the beginning of an audio graph. */
export interface ITrackSource {
    /** Delivers the track's sound, however many channels it has. */
    readonly node: AudioNode;
    /** Resolves when the browser plays the track, or will not. Never rejects. */
    readonly playingAsync: Promise<void>;
    /** Lets go of the track without stopping it. */
    dispose(): void;
}

/** Opens a track; a port, so that tests without media tracks can stand a tone in its place. */
export type TrackOpener = (context: AudioContext, track: MediaStreamTrack) => ITrackSource;

/**
 * Opens a track as the browser does it, with a muted media element beside it: Chromium delivers nothing but silence from a remote
 * WebRTC track unless some media element plays it too (https://crbug.com/40094084). Babylon brings that element only where the node
 * that it is given is the source node itself, and ours has a mono node in front.
 * @param context - where the graph is built
 * @param track - an audio track; it stays the caller's and is never stopped here
 * @returns the source, to be disposed by the caller
 */
export function openMediaStreamTrack(context: AudioContext, track: MediaStreamTrack): ITrackSource {
    const stream = new MediaStream([track]);
    const node = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
    const sink = new Audio();
    sink.muted = true;
    sink.srcObject = stream;
    return {
        node,
        // Muted media may always play; where it still fails the browser has no such fault, or the voice stays silent until a gesture.
        playingAsync: sink.play().catch(() => undefined),
        dispose: () => {
            node.disconnect();
            sink.pause();
            sink.srcObject = null;
        },
    };
}
