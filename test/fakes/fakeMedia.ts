let ids = 0;

/** An audio track without audio. As in a browser, stopping it says nothing, while a device that goes away says `ended`. */
export class FakeTrack extends EventTarget implements MediaStreamTrack {
    public readonly kind = "audio";
    public readonly id = `track-${++ids}`;
    public readonly label: string;
    public contentHint = "";
    public enabled = true;
    public muted = false;
    public readyState: MediaStreamTrackState = "live";
    public onended = null;
    public onmute = null;
    public onunmute = null;
    public readonly clones: FakeTrack[] = [];

    private readonly _settings: MediaTrackSettings;

    constructor(label = "", settings: MediaTrackSettings = {}) {
        super();
        this.label = label;
        this._settings = settings;
    }

    stop(): void {
        this.readyState = "ended";
    }

    /** The device has gone, or its user has taken the permission back. */
    unplug(): void {
        this.readyState = "ended";
        this.dispatchEvent(new Event("ended"));
    }

    clone(): FakeTrack {
        const clone = new FakeTrack(this.label, this._settings);
        clone.enabled = this.enabled;
        clone.readyState = this.readyState;
        this.clones.push(clone);
        return clone;
    }

    applyConstraints(): Promise<void> {
        return Promise.resolve();
    }

    getCapabilities(): MediaTrackCapabilities {
        return {};
    }

    getConstraints(): MediaTrackConstraints {
        return {};
    }

    getSettings(): MediaTrackSettings {
        return this._settings;
    }
}

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
