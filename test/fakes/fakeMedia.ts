export { FakeTrack } from "../../src/testing/fakeTrack.js";

/** The part of `MediaStream` that lists tracks. */
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

/** A fake stream with the given tracks, typed as `MediaStream`. */
export function fakeStream(...tracks: MediaStreamTrack[]): MediaStream {
    return new FakeMediaStream(tracks) as unknown as MediaStream;
}

/** Installs a fake `MediaStream` global, which Node lacks. */
export function installFakeMedia(): void {
    globalThis.MediaStream = FakeMediaStream as unknown as typeof MediaStream;
}
