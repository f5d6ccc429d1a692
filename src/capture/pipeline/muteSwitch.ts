/** Maximum latency from an input track through WebAudio to an output track, in milliseconds. */
const throughMs = 40;

/** Tracks that the switch controls. */
export interface ISwitched {
    /** The device's track; null while it is not live. */
    readonly captured: MediaStreamTrack | null;
    /** Output track and latency of the chain; null without a chain. */
    readonly chain: { readonly track: MediaStreamTrack; readonly delaySeconds: number } | null;
}

/**
 * Mutes and unmutes the sent audio, without a click. A sender fades a track that is disabled or enabled (libwebrtc:
 * `AudioFrameOperations::Mute`, within 3 ms), but in WebAudio such a track stops and starts abruptly. Therefore the chain's output track is
 * disabled together with the captured track, and enabled only after the captured audio has passed through the chain.
 */
export class MuteSwitch {
    private readonly _tracks: () => ISwitched;
    private _isOn = true;
    private _timer: ReturnType<typeof setTimeout> | undefined;

    /** @param tracks - returns the current tracks */
    public constructor(tracks: () => ISwitched) {
        this._tracks = tracks;
    }

    /** True while audio is sent; false while muted. */
    public get isOn(): boolean {
        return this._isOn;
    }
    public set isOn(isOn: boolean) {
        this._isOn = isOn;
        this.apply();
    }

    /** Applies the current state to the current tracks. */
    public apply(): void {
        const { captured, chain } = this._tracks();
        const isOn = this._isOn;
        this.reset();
        if (captured) {
            captured.enabled = isOn;
        }
        if (chain && !isOn) {
            // A processor may produce sound from silence.
            chain.track.enabled = false;
        } else if (chain && !chain.track.enabled) {
            this._timer = setTimeout(() => (chain.track.enabled = true), throughMs + 1_000 * chain.delaySeconds);
        }
    }

    /** Cancels a pending enabling of the chain's track. */
    public reset(): void {
        clearTimeout(this._timer);
    }
}
