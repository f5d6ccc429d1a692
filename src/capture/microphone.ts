import { BehaviorSubject, distinctUntilChanged, map, of, share, switchMap } from "rxjs";
import type { Observable } from "rxjs";
import { level$ } from "../audio/levelMeter.js";
import type { AudioHost } from "../audio/audioHost.js";
import { RtcError } from "../rtcError.js";
import { microphoneError } from "./microphoneError.js";

/** What has become of the microphone. */
export type MicrophoneState =
    | { readonly state: "off" }
    /** The browser asks its user. */
    | { readonly state: "asking" }
    | { readonly state: "live"; readonly track: MediaStreamTrack }
    /** Nobody hears us; `error` says why and what to do. */
    | { readonly state: "failed"; readonly error: RtcError };

/** Opens a microphone; a port, so that tests need no browser. */
export type MicrophoneOpener = (constraints: MediaTrackConstraints) => Promise<MediaStream>;

/** Without these, a person on loudspeakers sends everybody's voice back to them. */
const defaultConstraints: MediaTrackConstraints = {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    channelCount: 1,
};

const off: MicrophoneState = { state: "off" };

/** The browser's own microphone. */
const openBrowserMicrophone: MicrophoneOpener = async (constraints) => {
    // Absent on pages that are neither https: nor localhost, whatever the type says.
    const devices = (navigator as Partial<Navigator>).mediaDevices;
    if (!devices) {
        throw new RtcError(
            "unsupported",
            "Browsers give the microphone to secure pages only: serve this page from https: or from localhost.",
        );
    }
    return devices.getUserMedia({ audio: constraints });
};

/** The local member's microphone, from asking for it to letting go of it. */
export class Microphone {
    /** Replays the present state. Never errors. */
    public readonly state$: Observable<MicrophoneState>;
    /** The live track, or null. Replays. Owned by the microphone. */
    public readonly track$: Observable<MediaStreamTrack | null>;
    /** How loud it is, root mean square 0 to 1, ten times a second. Cold: nothing is measured while nobody listens; 0 while off. */
    public readonly level$: Observable<number>;

    private readonly _state = new BehaviorSubject<MicrophoneState>(off);
    private readonly _source: MediaTrackConstraints | MediaStream | undefined;
    private readonly _open: MicrophoneOpener;
    private _starting: Promise<void> | null = null;
    /** Grows with every start and stop; an opening that finds another number has been overtaken. */
    private _attempt = 0;
    private _enabled = true;

    /**
     * @param source - constraints that add to ours (echo cancellation, noise suppression, gain control: on), or a stream of the app's
     * own, of which a copy is sent: the app's stays as it is
     * @param host - where levels are measured, once there is one
     * @param open - how a microphone is opened. Default: the browser's way.
     */
    public constructor(
        source: MediaTrackConstraints | MediaStream | undefined,
        host: Observable<AudioHost>,
        open: MicrophoneOpener = openBrowserMicrophone,
    ) {
        this._source = source;
        this._open = open;
        this.state$ = this._state.pipe(distinctUntilChanged());
        this.track$ = this._state.pipe(
            map((state) => (state.state === "live" ? state.track : null)),
            distinctUntilChanged(),
        );
        this.level$ = host.pipe(
            switchMap((audio) => this.track$.pipe(switchMap((track) => (track ? levelOf(audio, track) : of(0))))),
            share(),
        );
    }

    /** The present state. */
    public get state(): MicrophoneState {
        return this._state.value;
    }

    /** Whether what it hears is sent; false = real silence. Default: true. */
    public get enabled(): boolean {
        return this._enabled;
    }
    public set enabled(enabled: boolean) {
        this._enabled = enabled;
        if (this._state.value.state === "live") {
            this._state.value.track.enabled = enabled;
        }
    }

    /**
     * Asks for the microphone; call it from a click. Harmless while it is live; after a failure it asks again.
     * @returns a promise that resolves when the user has decided, whatever the outcome: see `state$`. Never rejects.
     */
    public async startAsync(): Promise<void> {
        if (this._state.value.state !== "live") {
            this._starting ??= this._startAsync(++this._attempt);
            await this._starting;
        }
    }

    /** Lets go of the microphone. Harmless while it is off. */
    public stop(): void {
        this._attempt++;
        this._starting = null;
        if (this._state.value.state === "live") {
            this._state.value.track.stop();
        }
        this._state.next(off);
    }

    private async _startAsync(attempt: number): Promise<void> {
        this._state.next({ state: "asking" });
        try {
            const track = await this._openTrackAsync();
            if (attempt !== this._attempt) {
                track.stop();
                return;
            }
            track.enabled = this._enabled;
            track.addEventListener("ended", () => this._onEnded(track), { once: true });
            this._state.next({ state: "live", track });
        } catch (error) {
            if (attempt === this._attempt) {
                this._state.next({ state: "failed", error: microphoneError(error) });
            }
        } finally {
            if (attempt === this._attempt) {
                this._starting = null;
            }
        }
    }

    private _onEnded(track: MediaStreamTrack): void {
        if (this._state.value.state === "live" && this._state.value.track === track) {
            const message = "The microphone is gone, so nobody hears you. Plug it in, then start it again.";
            this._state.next({ state: "failed", error: new RtcError("microphoneMissing", message) });
        }
    }

    private async _openTrackAsync(): Promise<MediaStreamTrack> {
        const given = typeof MediaStream !== "undefined" && this._source instanceof MediaStream ? this._source : null;
        const stream = given ?? (await this._open({ ...defaultConstraints, ...(this._source as MediaTrackConstraints | undefined) }));
        const [track, ...rest] = stream.getAudioTracks();
        if (!track) {
            throw new RtcError("microphoneMissing", "The given stream has no audio track, so nobody hears you.");
        }
        if (given) {
            return track.clone();
        }
        rest.forEach((other) => other.stop());
        return track;
    }
}

function levelOf(host: AudioHost, track: MediaStreamTrack): Observable<number> {
    return level$(host, (analyser) => {
        const source = host.openTrack(host.context, track);
        source.node.connect(analyser);
        return () => source.dispose();
    });
}
