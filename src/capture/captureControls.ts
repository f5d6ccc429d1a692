import { BehaviorSubject, Subject, combineLatest, distinctUntilChanged, firstValueFrom, map, of, share, switchMap } from "rxjs";
import type { Observable, Subscription } from "rxjs";
import { level$ } from "../audio/levelMeter.js";
import type { AudioHost } from "../audio/audioHost.js";
import { RtcError } from "../rtcError.js";
import type { AudioProcessorFactory } from "./audioProcessor.js";
import { CaptureChain } from "./captureChain.js";
import { checkWayToTalk, defaultTalkOptions, resolveTalkOptions } from "./wayToTalk.js";
import type { ITalkOptions, WayToTalk } from "./wayToTalk.js";

/** What has become of the microphone. */
export type MicrophoneState =
    | { readonly state: "off" }
    /** The browser asks its user. */
    | { readonly state: "asking" }
    | { readonly state: "live"; readonly track: MediaStreamTrack }
    /** Nobody hears us; `error` says why and what to do. */
    | { readonly state: "failed"; readonly error: RtcError };

/** What becomes of the captured sound before it is sent: how loud, through what, and when. */
export abstract class CaptureControls {
    /** What is sent: the live track, or what volume, processor and way to talk make of it; null while there is nothing to send. Replays. Owned by the microphone. */
    public readonly track$: Observable<MediaStreamTrack | null>;
    /** What goes wrong while the microphone is live: a processor, gate or ear monitor that could not be made, a device that is gone or silent. Hot. */
    public readonly error$: Observable<RtcError>;
    /** How loud what is sent is, root mean square 0 to 1, ten times a second. Cold: nothing is measured while nobody listens; 0 while off. */
    public readonly level$: Observable<number>;
    /** Whether the way to talk lets the microphone through at the moment; false while it is off. Replays. */
    public readonly open$: Observable<boolean>;

    protected readonly _state = new BehaviorSubject<MicrophoneState>({ state: "off" });
    protected readonly _errors = new Subject<RtcError>();
    protected readonly _host: Observable<AudioHost>;
    private readonly _chain = new BehaviorSubject<CaptureChain | null>(null);
    /** Grows with every try to put a chain in; one that finds another number has been overtaken. */
    private _engagement = 0;
    private _enabled = true;
    private _volume = 1;
    private _monitorVolume = 0;
    private readonly _processor = new BehaviorSubject<AudioProcessorFactory | null>(null);
    private readonly _way = new BehaviorSubject<WayToTalk>("open");
    private _talkOptions = defaultTalkOptions;
    private _talking = false;

    protected constructor(host: Observable<AudioHost>) {
        this._host = host;
        this.error$ = this._errors.asObservable();
        this.track$ = combineLatest([this._state, this._chain, this._way, this._processor]).pipe(
            map(([state, chain, way, processor]) =>
                state.state !== "live" ? null : (chain?.track ?? (processor || way !== "open" ? null : state.track)),
            ),
            distinctUntilChanged(),
        );
        this.level$ = host.pipe(
            switchMap((audio) => this.track$.pipe(switchMap((track) => (track ? trackLevel$(audio, track) : of(0))))),
            share(),
        );
        this.open$ = combineLatest([this.track$, this._chain]).pipe(
            switchMap(([track, chain]) => (track ? (chain?.open$ ?? of(true)) : of(false))),
            distinctUntilChanged(),
        );
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
     * When the microphone is sent. It can change while talking, without a click. Outside of `open` nothing is sent until the gate stands;
     * where it cannot stand `error$` tells so, and the way stays as it was. Throws `invalidArgument`. Default: `open`.
     */
    public get mode(): WayToTalk {
        return this._way.value;
    }
    public set mode(way: WayToTalk) {
        this._setWay(checkWayToTalk(way), this._talkOptions);
    }

    /** How the ways to talk begin and end. Setting some leaves the others as they are. Throws `invalidArgument`, and then nothing changes. */
    public get talkOptions(): ITalkOptions {
        return this._talkOptions;
    }
    public set talkOptions(options: Partial<ITalkOptions>) {
        this._setWay(this._way.value, resolveTalkOptions(options, this._talkOptions));
    }

    /** Whether the button is held: `pushToTalk` sends while it is, `pushToMute` while it is not; the other ways ignore it. Default: false. */
    public get talking(): boolean {
        return this._talking;
    }
    public set talking(talking: boolean) {
        this._talking = talking;
        this._chain.value?.setHeld(talking);
    }

    /**
     * Lets a button drive `talking`: a key, a gamepad's or an XR controller's button, a control on screen; see `keyHeld$` and its like.
     * @param held$ - whether the button is held
     * @returns the subscription, which the caller ends; the button counts as released then
     */
    public talkWhile(held$: Observable<boolean>): Subscription {
        const subscription = held$.subscribe((held) => {
            this.talking = held;
        });
        subscription.add(() => {
            this.talking = false;
        });
        return subscription;
    }

    /**
     * Leads the microphone through a processor of the app's own, now and each time that it is opened: a voice changer, a filter. It can
     * change while talking, without a click. Until a processor stands nothing is sent, so that a disguised voice is never heard undisguised.
     * @param make - makes it; see `frameProcessor` for a function over frames. null = none.
     * @returns a promise that resolves when what is sent goes that way (at once while the microphone is off); rejects with an
     * `RtcError` if the processor cannot be made, and then the one before stays
     */
    public async setProcessorAsync(make: AudioProcessorFactory | null): Promise<void> {
        const before = this._processor.value;
        this._processor.next(make);
        const chain = this._chain.value;
        try {
            if (chain) {
                await chain.setProcessorAsync(make);
            } else {
                await this._reengageAsync();
            }
        } catch (error) {
            if (this._processor.value === make) {
                this._processor.next(before);
            }
            throw RtcError.From(error, "unknown", "The microphone's processor could not be made.");
        }
    }

    /** Sends another track from now on, its owner having just opened it. */
    protected _setLive(track: MediaStreamTrack): void {
        track.enabled = this._enabled;
        this._chain.value?.setInput(track);
        this._state.next({ state: "live", track });
        if (!this._chain.value && this._needsChain()) {
            this._engage();
        }
    }

    /** Takes the chain out; the microphone is about to be let go of. */
    protected _disengage(): void {
        this._engagement++;
        this._chain.value?.dispose();
        this._chain.next(null);
    }

    private _needsChain(): boolean {
        return this._volume !== 1 || this._monitorVolume > 0 || this._processor.value !== null || this._way.value !== "open";
    }

    private _setWay(way: WayToTalk, options: ITalkOptions): void {
        const before = { way: this._way.value, options: this._talkOptions };
        const chain = this._chain.value;
        const revert = (): void => {
            if (this._way.value === way) {
                this._talkOptions = before.options;
                this._way.next(before.way);
            }
        };
        this._talkOptions = options;
        this._way.next(way);
        if (chain) {
            chain.setWayToTalkAsync(way, options).catch((error: unknown) => {
                revert();
                this._errors.next(RtcError.From(error, "unknown", "This way to talk could not be set."));
            });
        } else {
            this._reengageAsync().catch(revert);
        }
    }

    private _engage(): void {
        // What fails is told by `error$`.
        this._engageAsync().catch(() => undefined);
    }

    /** Builds the chain as it shall be now; one that is being built already is overtaken. */
    private async _reengageAsync(): Promise<void> {
        if (this._needsChain()) {
            await this._engageAsync();
        } else {
            this._engagement++;
        }
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
        chain.setHeld(this._talking);
        try {
            await Promise.all([
                chain.setProcessorAsync(this._processor.value),
                chain.setWayToTalkAsync(this._way.value, this._talkOptions),
            ]);
        } catch (error) {
            chain.dispose();
            const failure = RtcError.From(error, "unknown", "The microphone's processor could not be made, so nothing is sent.");
            this._errors.next(failure);
            throw failure;
        }
        const now = this._state.value;
        if (!this._isLatest(engagement) || now.state !== "live") {
            chain.dispose();
            return;
        }
        if (now.track !== state.track) {
            chain.setInput(now.track);
        }
        chain.setVolume(this._volume);
        chain.setHeld(this._talking);
        chain.track.enabled = this._enabled;
        this._monitor(chain);
        this._chain.next(chain);
    }

    private _isLatest(engagement: number): boolean {
        return engagement === this._engagement;
    }

    private _monitor(chain: CaptureChain): void {
        chain
            .setMonitorAsync(this._monitorVolume)
            .catch((error: unknown) => this._errors.next(RtcError.From(error, "unknown", "The ear monitor could not be made.")));
    }
}

function checkVolume(value: number): number {
    if (typeof value !== "number" || !(value >= 0 && value <= 4)) {
        throw new RtcError("invalidArgument", `A microphone's volume is a number from 0 to 4; it was ${String(value)}.`);
    }
    return value;
}

/**
 * @param host - where it is measured
 * @param track - a live track
 * @param periodMs - time between two figures, in milliseconds. Default: 100.
 * @returns how loud the track is, root mean square 0 to 1. Cold.
 */
export function trackLevel$(host: AudioHost, track: MediaStreamTrack, periodMs?: number): Observable<number> {
    return level$(
        host,
        (analyser) => {
            const source = host.openTrack(host.context, track);
            source.node.connect(analyser);
            return () => source.dispose();
        },
        periodMs,
    );
}
