import { BehaviorSubject, Subject, combineLatest, distinctUntilChanged, firstValueFrom, map, of, share, switchMap } from "rxjs";
import type { Observable } from "rxjs";
import { level$ } from "../audio/levelMeter.js";
import type { AudioHost } from "../audio/audioHost.js";
import { RtcError } from "../rtcError.js";
import type { AudioProcessorFactory } from "./audioProcessor.js";
import { CaptureChain } from "./captureChain.js";
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
    /** What is sent: the live track, or what volume and processor make of it; null while there is nothing to send. Replays. Owned by the microphone. */
    public readonly track$: Observable<MediaStreamTrack | null>;
    /** A processor or ear monitor that could not be made. Hot. */
    public readonly error$: Observable<RtcError>;
    /** How loud what is sent is, root mean square 0 to 1, ten times a second. Cold: nothing is measured while nobody listens; 0 while off. */
    public readonly level$: Observable<number>;

    private readonly _state = new BehaviorSubject<MicrophoneState>(off);
    private readonly _source: MediaTrackConstraints | MediaStream | undefined;
    private readonly _open: MicrophoneOpener;
    private _starting: Promise<void> | null = null;
    /** Grows with every start and stop; an opening that finds another number has been overtaken. */
    private _attempt = 0;
    private _enabled = true;
    private readonly _errors = new Subject<RtcError>();
    private readonly _host: Observable<AudioHost>;
    private readonly _chain = new BehaviorSubject<CaptureChain | null>(null);
    /** Grows with every try to put a chain in; one that finds another number has been overtaken. */
    private _engagement = 0;
    private _volume = 1;
    private _monitorVolume = 0;
    private _processor: AudioProcessorFactory | null = null;

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
        this._host = host;
        this.error$ = this._errors.asObservable();
        this.state$ = this._state.pipe(distinctUntilChanged());
        this.track$ = combineLatest([this._state, this._chain]).pipe(
            map(([state, chain]) => (state.state !== "live" ? null : (chain?.track ?? (this._processor ? null : state.track)))),
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
        if (this._chain.value) {
            // A processor could make sounds of its own out of silence.
            this._chain.value.track.enabled = enabled;
        }
    }

    /** How loud the microphone is sent, 0 to 4; 1 = as captured. Throws `invalidArgument` for anything else. Default: 1. */
    public get volume(): number {
        return this._volume;
    }
    public set volume(volume: number) {
        this._volume = checkVolume(volume);
        if (this._chain.value) {
            this._chain.value.setVolume(volume);
        } else if (volume !== 1) {
            this._engage();
        }
    }

    /**
     * How loud the local member hears what is sent (ear monitor), 0 to 4; 0 = not at all. Throws `invalidArgument` for anything else.
     * For headphones: over loudspeakers it howls. Default: 0.
     */
    public get monitorVolume(): number {
        return this._monitorVolume;
    }
    public set monitorVolume(volume: number) {
        this._monitorVolume = checkVolume(volume);
        if (this._chain.value) {
            this._monitor(this._chain.value);
        } else if (volume > 0) {
            this._engage();
        }
    }

    /**
     * Leads the microphone through a processor of the app's own, now and each time that it is opened: a voice changer, a filter. It can
     * change while talking, without a click. Until a processor stands nothing is sent, so that a disguised voice is never heard undisguised.
     * @param make - makes it; see `frameProcessor` for a function over frames. null = none.
     * @returns a promise that resolves when what is sent goes that way (at once while the microphone is off); rejects with an
     * `RtcError` if the processor cannot be made, and then the one before stays
     */
    public async setProcessorAsync(make: AudioProcessorFactory | null): Promise<void> {
        const before = this._processor;
        this._processor = make;
        const chain = this._chain.value;
        try {
            if (chain) {
                await chain.setProcessorAsync(make);
            } else if (make) {
                await this._engageAsync();
            }
        } catch (error) {
            if (this._processor === make) {
                this._processor = before;
            }
            throw RtcError.From(error, "unknown", "The microphone's processor could not be made.");
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
        this._disengage();
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
            if (this._volume !== 1 || this._monitorVolume > 0 || this._processor) {
                this._engage();
            }
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
            this._disengage();
            const message = "The microphone is gone, so nobody hears you. Plug it in, then start it again.";
            this._state.next({ state: "failed", error: new RtcError("microphoneMissing", message) });
        }
    }

    private _engage(): void {
        // What fails is told by `error$`.
        this._engageAsync().catch(() => undefined);
    }

    /** Puts the chain between the live microphone and what is sent, once; without it nothing is computed. */
    private async _engageAsync(): Promise<void> {
        const engagement = ++this._engagement;
        const host = await firstValueFrom(this._host, { defaultValue: null });
        const { value: state } = this._state;
        if (!host || engagement !== this._engagement || state.state !== "live") {
            return;
        }
        const chain = new CaptureChain(host, state.track, this._volume);
        try {
            await chain.setProcessorAsync(this._processor);
        } catch (error) {
            chain.dispose();
            const failure = RtcError.From(error, "unknown", "The microphone's processor could not be made, so nothing is sent.");
            this._errors.next(failure);
            throw failure;
        }
        if (!this._isLatest(engagement)) {
            chain.dispose();
            return;
        }
        chain.setVolume(this._volume);
        chain.track.enabled = this._enabled;
        this._monitor(chain);
        this._chain.next(chain);
    }

    private _isLatest(engagement: number): boolean {
        return engagement === this._engagement;
    }

    private _disengage(): void {
        this._engagement++;
        this._chain.value?.dispose();
        this._chain.next(null);
    }

    private _monitor(chain: CaptureChain): void {
        chain
            .setMonitorAsync(this._monitorVolume)
            .catch((error: unknown) => this._errors.next(RtcError.From(error, "unknown", "The ear monitor could not be made.")));
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

function checkVolume(value: number): number {
    if (typeof value !== "number" || !(value >= 0 && value <= 4)) {
        throw new RtcError("invalidArgument", `A microphone's volume is a number from 0 to 4; it was ${String(value)}.`);
    }
    return value;
}

function levelOf(host: AudioHost, track: MediaStreamTrack): Observable<number> {
    return level$(host, (analyser) => {
        const source = host.openTrack(host.context, track);
        source.node.connect(analyser);
        return () => source.dispose();
    });
}
