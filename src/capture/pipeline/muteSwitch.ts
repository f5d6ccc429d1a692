/** Longest latency from a track through WebAudio to a track, in milliseconds. */
const throughMs = 40;

/** Target of the switch. */
export interface ISwitched {
    /** The device's track, while it is live. */
    readonly captured: MediaStreamTrack | null;
    /** The chain and what it makes of it, while there is one. */
    readonly chain: { readonly track: MediaStreamTrack; readonly delaySeconds: number } | null;
}

/**
 * Switches what is sent on and off, without a click. A sender fades a track that is disabled or enabled (libwebrtc:
 * `AudioFrameOperations::Mute`, within 3 ms), but WebAudio hears such a track break off and begin: so what the chain makes of it is off first, and
 * on last.
 */
export class MuteSwitch {
    private readonly _tracks: () => ISwitched;
    private _isOn = true;
    private _timer: ReturnType<typeof setTimeout> | undefined;

    /** @param tracks - those at present */
    public constructor(tracks: () => ISwitched) {
        this._tracks = tracks;
    }

    /** True while something is sent. */
    public get isOn(): boolean {
        return this._isOn;
    }
    public set isOn(isOn: boolean) {
        this._isOn = isOn;
        this.apply();
    }

    /** Brings tracks that have just come into this state. */
    public apply(): void {
        const { captured, chain } = this._tracks();
        const isOn = this._isOn;
        this.reset();
        if (captured) {
            captured.enabled = isOn;
        }
        if (chain && !isOn) {
            // A processor could make sounds of its own out of silence.
            chain.track.enabled = false;
        } else if (chain && !chain.track.enabled) {
            this._timer = setTimeout(() => (chain.track.enabled = true), throughMs + 1_000 * chain.delaySeconds);
        }
    }

    /** Forgets what was about to be switched; the tracks are about to go. */
    public reset(): void {
        clearTimeout(this._timer);
    }
}
