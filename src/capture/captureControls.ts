import { BehaviorSubject, Subject, combineLatest, distinctUntilChanged, map, of, share, switchMap } from "rxjs";
import type { Observable, Subscription } from "rxjs";
import type { AudioHost } from "../audio/audioHost.js";
import { trackLevel$ } from "../audio/levelMeter.js";
import { checkVolume } from "../audio/volume.js";
import type { RtcError } from "../errors/rtcError.js";
import type { AudioProcessorFactory } from "./pipeline/audioProcessor.js";
import { CapturePipeline } from "./pipeline/capturePipeline.js";
import type { ICapturePlan } from "./pipeline/capturePipeline.js";
import type { MicrophoneState } from "./microphoneState.js";
import { checkWayToTalk } from "./talk/talkMode.js";
import type { WayToTalk } from "./talk/talkMode.js";
import { resolveTalkOptions } from "./talk/talkOptions.js";
import type { ITalkOptions } from "./talk/talkOptions.js";

/** What becomes of the captured sound before it is sent: how loud, through what, and when. */
export abstract class CaptureControls {
    /** What is sent: the live track, or what volume, processors and way to talk make of it; null while there is nothing to send. Replays. Owned by the microphone. */
    public readonly track$: Observable<MediaStreamTrack | null>;
    /** What goes wrong while the microphone is live: a processor, gate or ear monitor that could not be made, a device that is gone or silent. Hot. */
    public readonly error$: Observable<RtcError>;
    /** How loud what is sent is, root mean square 0 to 1, ten times a second. Cold: nothing is measured while nobody listens; 0 while off. */
    public readonly level$: Observable<number>;
    /**
     * How loud what comes to the gate of the way to talk is, before it and before `volume`: what `talkOptions.thresholdDb` is held against,
     * though the gate ignores what lies below 150 Hz. Root mean square 0 to 1, ten times a second. Cold; 0 while off.
     */
    public readonly inputLevel$: Observable<number>;
    /** Whether the way to talk lets the microphone through at the moment; false while it is off. Replays. */
    public readonly open$: Observable<boolean>;
    /** `volume`, and every change. Replays. */
    public readonly volume$: Observable<number>;
    /** `monitorVolume`, and every change. Replays. */
    public readonly monitorVolume$: Observable<number>;
    /** `mode`, and every change. Replays. */
    public readonly mode$: Observable<WayToTalk>;
    /** `talkOptions`, and every change. Replays. */
    public readonly talkOptions$: Observable<ITalkOptions>;
    /** `suppressor`, and every change. Replays. */
    public readonly suppressor$: Observable<AudioProcessorFactory | null>;

    protected readonly _state = new BehaviorSubject<MicrophoneState>({ state: "off" });
    protected readonly _errors = new Subject<RtcError>();
    protected readonly _host: Observable<AudioHost>;
    protected readonly _chain: CapturePipeline;

    protected constructor(host: Observable<AudioHost>) {
        this._host = host;
        this._chain = new CapturePipeline(host, this._state, this._errors);
        this.error$ = this._errors.asObservable();
        this.track$ = this._chain.track$;
        this.open$ = this._chain.open$;
        this.level$ = host.pipe(
            switchMap((audio) => this.track$.pipe(switchMap((track) => (track ? trackLevel$(audio, track) : of(0))))),
            share(),
        );
        this.inputLevel$ = host.pipe(
            switchMap((audio) =>
                combineLatest([this._state, this._chain.chain$]).pipe(
                    switchMap(([state, chain]) =>
                        chain ? chain.inputLevel$ : state.state === "live" ? trackLevel$(audio, state.track) : of(0),
                    ),
                ),
            ),
            share(),
        );
        const planned$ = <Key extends keyof ICapturePlan>(key: Key): Observable<ICapturePlan[Key]> =>
            this._chain.plan$.pipe(
                map((plan) => plan[key]),
                distinctUntilChanged(),
            );
        this.volume$ = planned$("volume");
        this.monitorVolume$ = planned$("monitorVolume");
        this.mode$ = planned$("way");
        this.talkOptions$ = planned$("talkOptions");
        this.suppressor$ = planned$("suppressor");
    }

    /** Whether what it hears is sent; false = real silence. Default: true. */
    public get enabled(): boolean {
        return this._chain.enabled;
    }
    public set enabled(enabled: boolean) {
        this._chain.enabled = enabled;
    }

    /** How loud the microphone is sent, 0 to 4; 1 = as captured. Throws `invalidArgument` for anything else. Default: 1. */
    public get volume(): number {
        return this._chain.plan.volume;
    }
    public set volume(volume: number) {
        this._chain.setVolumes({ volume: checkVolume(volume, "A microphone") });
    }

    /**
     * How loud the local member hears what is sent (ear monitor), 0 to 4; 0 = not at all. Throws `invalidArgument` for anything else.
     * For headphones: over loudspeakers it howls. Default: 0.
     */
    public get monitorVolume(): number {
        return this._chain.plan.monitorVolume;
    }
    public set monitorVolume(volume: number) {
        this._chain.setVolumes({ monitorVolume: checkVolume(volume, "A microphone") });
    }

    /**
     * When the microphone is sent. It can change while talking, without a click. Outside of `open` nothing is sent until the gate stands;
     * where it cannot stand `error$` tells so, and the way stays as it was. Throws `invalidArgument`. Default: `open`.
     */
    public get mode(): WayToTalk {
        return this._chain.plan.way;
    }
    public set mode(way: WayToTalk) {
        this._chain.setWay(checkWayToTalk(way), this.talkOptions);
    }

    /** How the ways to talk begin and end. Setting some leaves the others as they are. Throws `invalidArgument`, and then nothing changes. */
    public get talkOptions(): ITalkOptions {
        return this._chain.plan.talkOptions;
    }
    public set talkOptions(options: Partial<ITalkOptions>) {
        this._chain.setWay(this.mode, resolveTalkOptions(options, this.talkOptions));
    }

    /** Whether the button is held: `pushToTalk` sends while it is, `pushToMute` while it is not; the other ways ignore it. Default: false. */
    public get talking(): boolean {
        return this._chain.held;
    }
    public set talking(talking: boolean) {
        this._chain.held = talking;
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
        await this._chain.setStageAsync("processor", make);
    }

    /** What takes noise away in place of the browser; null = the browser, as `processing` says. Default: null. */
    public get suppressor(): AudioProcessorFactory | null {
        return this._chain.plan.suppressor;
    }

    /**
     * Takes noise away by a suppressor of the page's own, in front of the app's processor, now and each time that the microphone is opened;
     * `neuralSuppressor` of `babylon-rtc/suppression` makes one. The browser's own noise suppression is not asked for while one stands. It can
     * change while talking, without a click. Until it stands the microphone is sent as it is.
     * @param make - makes it; null = none
     * @returns a promise that resolves when what is sent goes that way (at once while the microphone is off); rejects with an
     * `RtcError` if the suppressor cannot be made, and then the one before stays
     */
    public async setSuppressorAsync(make: AudioProcessorFactory | null): Promise<void> {
        await this._chain.setStageAsync("suppressor", make);
    }

    /** Sends another track from now on, its owner having just opened it. */
    protected _setLive(track: MediaStreamTrack): void {
        this._chain.take(track);
        this._state.next({ state: "live", track });
        this._chain.serve();
    }
}
