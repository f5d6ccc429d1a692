export { FakeTrack } from "../../src/testing/fakeTrack.js";

/** As much of a `MediaStream` as holds tracks together. */
export class FakeMediaStream extends EventTarget {
    private readonly _tracks: readonly MediaStreamTrack[];

    constructor(tracks: readonly MediaStreamTrack[] = []) {
        super();
        this._tracks = tracks;
    }

    getTracks(): MediaStreamTrack[] {
        return [...this._tracks];
    }

    getAudioTracks(): MediaStreamTrack[] {
        return this._tracks.filter(({ kind }) => kind === "audio");
    }
}

/** A stream of these tracks, as the browser's own type. */
export function fakeStream(...tracks: MediaStreamTrack[]): MediaStream {
    return new FakeMediaStream(tracks) as unknown as MediaStream;
}

/** Puts `MediaStream` where a browser has it; Node has none. */
export function installFakeMedia(): void {
    globalThis.MediaStream = FakeMediaStream as unknown as typeof MediaStream;
}
