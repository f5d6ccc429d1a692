let made = 0;

/** An audio track without audio. As in a browser, stopping it says nothing, while a device that goes away says `ended`. */
export class FakeTrack extends EventTarget implements MediaStreamTrack {
    public readonly kind = "audio";
    public readonly id = `track-${++made}`;
    public readonly label: string;
    public contentHint = "";
    public enabled = true;
    public muted = false;
    public readyState: MediaStreamTrackState = "live";
    public onended = null;
    public onmute = null;
    public onunmute = null;
    /** Clones that were made of it, in order. */
    public readonly clones: FakeTrack[] = [];

    private readonly _settings: MediaTrackSettings;

    /**
     * @param label - of the device. Default: none.
     * @param settings - what `getSettings` tells. Default: nothing.
     */
    public constructor(label = "", settings: MediaTrackSettings = {}) {
        super();
        this.label = label;
        this._settings = settings;
    }

    /** Ends it. */
    public stop(): void {
        this.readyState = "ended";
    }

    /** Its device is gone, or its user has taken the permission back: it says `ended`. */
    public unplug(): void {
        this.readyState = "ended";
        this.dispatchEvent(new Event("ended"));
    }

    /** @returns a track of its own, which is kept in `clones` */
    public clone(): FakeTrack {
        const clone = new FakeTrack(this.label, this._settings);
        clone.enabled = this.enabled;
        clone.readyState = this.readyState;
        this.clones.push(clone);
        return clone;
    }

    /** @returns a promise that resolves; nothing is applied */
    public applyConstraints(): Promise<void> {
        return Promise.resolve();
    }

    /** @returns nothing that could be set */
    public getCapabilities(): MediaTrackCapabilities {
        return {};
    }

    /** @returns no constraints */
    public getConstraints(): MediaTrackConstraints {
        return {};
    }

    /** @returns the settings that it was made with */
    public getSettings(): MediaTrackSettings {
        return this._settings;
    }
}
