let made = 0;

/** Audio track without audio. As in a browser, `stop` dispatches no event, while a lost device dispatches `ended`. */
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
    /** Clones of this track, in order of creation. */
    public readonly clones: FakeTrack[] = [];

    private readonly _settings: MediaTrackSettings;

    /**
     * @param label - label of the device. Default: "".
     * @param settings - result of `getSettings`. Default: empty.
     */
    public constructor(label = "", settings: MediaTrackSettings = {}) {
        super();
        this.label = label;
        this._settings = settings;
    }

    /** Ends the track without an event. */
    public stop(): void {
        this.readyState = "ended";
    }

    /** Ends the track and dispatches `ended`, as if the device was unplugged or the user revoked the permission. */
    public unplug(): void {
        this.readyState = "ended";
        this.dispatchEvent(new Event("ended"));
    }

    /** @returns a new track, which is also added to `clones` */
    public clone(): FakeTrack {
        const clone = new FakeTrack(this.label, this._settings);
        clone.enabled = this.enabled;
        clone.readyState = this.readyState;
        this.clones.push(clone);
        return clone;
    }

    /** @returns a resolved promise; no constraint is applied */
    public applyConstraints(): Promise<void> {
        return Promise.resolve();
    }

    /** @returns empty capabilities */
    public getCapabilities(): MediaTrackCapabilities {
        return {};
    }

    /** @returns empty constraints */
    public getConstraints(): MediaTrackConstraints {
        return {};
    }

    /** @returns the settings from the constructor */
    public getSettings(): MediaTrackSettings {
        return this._settings;
    }
}
