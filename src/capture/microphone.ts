import {
    EMPTY,
    Subject,
    combineLatest,
    defer,
    distinctUntilChanged,
    map,
    merge,
    of,
    retry,
    share,
    skip,
    switchMap,
    tap,
    timer,
} from "rxjs";
import type { Observable, Subscription } from "rxjs";
import type { AudioHost } from "../audio/audioHost.js";
import { trackLevel$ } from "../audio/levelMeter.js";
import { checkVolume } from "../audio/volume.js";
import { checkOptions, checkSwitch } from "../errors/checkOptions.js";
import { RtcError } from "../errors/rtcError.js";
import { headsetInput } from "./devices/audioDevice.js";
import type { IAudioDevice } from "./devices/audioDevice.js";
import { deviceFault } from "./devices/deviceEvents.js";
import type { DeviceEvent } from "./devices/deviceEvents.js";
import { audioDevices, captured$, devices$, findDeviceAsync, plugged$ } from "./devices/deviceList.js";
import { KeptChoice, browserDeviceStorage } from "./devices/deviceStorage.js";
import type { IChosenDevice, IDeviceStorage } from "./devices/deviceStorage.js";
import { InputDevice, deviceWatchAsync, healed$, isStream } from "./devices/inputDevice.js";
import { browserMedia } from "./devices/mediaPort.js";
import type { IMediaPort, MicrophonePermission } from "./devices/mediaPort.js";
import { OutputDevice } from "./devices/outputDevice.js";
import { microphoneError } from "./microphoneError.js";
import type { MicrophoneState } from "./microphoneState.js";
import type { AudioProcessorFactory } from "./pipeline/audioProcessor.js";
import { CapturePipeline } from "./pipeline/capturePipeline.js";
import { highPass } from "./pipeline/processing.js";
import type { ICaptureProcessing } from "./pipeline/processing.js";
import { ProcessingSwitch } from "./pipeline/processingSwitch.js";
import { checkWayToTalk } from "./talk/talkMode.js";
import type { WayToTalk } from "./talk/talkMode.js";
import { resolveTalkOptions } from "./talk/talkOptions.js";
import type { ITalkOptions } from "./talk/talkOptions.js";

/** Time until loading what watches the devices is tried again, in milliseconds. */
const watchRetryMs = 5_000;

/** Options of a microphone. */
export interface IMicrophoneOptions {
    /** The devices. Default: the browser's. */
    readonly media?: IMediaPort;
    /** Storage of chosen devices across page loads; null = none. Default: `localStorage`. */
    readonly storage?: IDeviceStorage | null | undefined;
}

/** The local member's microphone, from asking for it to letting go of it, and the devices that it and the sound of the others can use. */
export class Microphone {
    /** Replays the present state. Never errors. */
    public readonly state$: Observable<MicrophoneState>;
    /** Permission to use the microphone, before the page asks, and every change that the browser tells. Never errors. */
    public readonly permission$: Observable<MicrophonePermission>;
    /** Inputs, then outputs; nameless until the microphone is allowed. Replays while somebody listens. Never errors. */
    public readonly devices$: Observable<readonly IAudioDevice[]>;
    /** Device changes and faults. Hot; devices that are plugged in and out are followed while somebody subscribes. Never errors. */
    public readonly deviceEvents$: Observable<DeviceEvent>;
    /** Output device; null while the browser does not tell. Replays while somebody subscribes. Never errors. */
    public readonly output$: Observable<IAudioDevice | null>;
    /** The sent track: the live one, or the result of volume, processors and talk mode; null while there is nothing to send. Replays. Owned by the microphone. */
    public readonly track$: Observable<MediaStreamTrack | null>;
    /** Errors while the microphone is live: a processor, gate or ear monitor that could not be made, a device that is gone or silent. Hot. */
    public readonly error$: Observable<RtcError>;
    /** Level of the sent sound, root mean square 0 to 1, ten times a second. Cold: nothing is measured without a subscriber; 0 while off. */
    public readonly level$: Observable<number>;
    /**
     * Level at the input of the talk gate, before `volume`: the one that `talkOptions.thresholdDb` is compared with,
     * though the gate ignores what lies below 150 Hz. Root mean square 0 to 1, ten times a second. Cold; 0 while off.
     */
    public readonly inputLevel$: Observable<number>;
    /** True while the talk mode lets the microphone through; false while it is off. Replays. */
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
    /** `processing`, and every change. Replays. */
    public readonly processing$: Observable<ICaptureProcessing>;

    private readonly _media: IMediaPort;
    private readonly _choice: KeptChoice;
    private readonly _input: InputDevice;
    private readonly _output: OutputDevice;
    private readonly _pipeline: CapturePipeline;
    private readonly _processing: ProcessingSwitch;
    /** Device faults. */
    private readonly _faults = new Subject<DeviceEvent>();
    /** The same, where no call has rejected with it. */
    private readonly _errors = new Subject<RtcError>();
    /** The headset's microphone, while it goes before what was chosen. */
    private _headset: IChosenDevice | null = null;

    /**
     * @param source - constraints that add to ours (echo cancellation, noise suppression, gain control: on), or a stream of the app's
     * own, of which a copy is sent: the app's stays as it is, and goes before a device that was chosen in an earlier page
     * @param host - where levels are measured and sound comes out, once there is one
     * @param options - what it stands on
     */
    public constructor(
        source: MediaTrackConstraints | MediaStream | undefined,
        host: Observable<AudioHost>,
        options: IMicrophoneOptions = {},
    ) {
        const { media = browserMedia, storage = browserDeviceStorage } = options;
        this._media = media;
        this._choice = new KeptChoice(storage, isStream(source) ? { input: null } : {});
        this._input = new InputDevice(source, {
            media,
            host,
            wanted: () => this._wanted,
            isMuted: () => !this._pipeline.enabled,
            // The browser's own suppression and another one make each other worse.
            asked: () => ({ ...this._processing.asked, ...(this.suppressor ? { noiseSuppression: false } : {}) }),
            hushAsync: (isOvertaken) => this._pipeline.hushAsync(isOvertaken),
        });
        this.state$ = this._input.state$;
        this._pipeline = new CapturePipeline(host, this.state$);
        this._processing = new ProcessingSwitch(this._input.processing, {
            isFixed: () => this._input.isGiven,
            setHighPassAsync: (hz) => this._pipeline.setStageAsync("highPass", hz > 0 ? highPass(hz) : null),
            reopenAsync: () => this._input.reopenAsync(),
        });
        this.permission$ = media.permission$;
        this.devices$ = devices$(media, this.state$);
        this._output = new OutputDevice(host, this.devices$);
        this.output$ = this._output.device$;
        this.deviceEvents$ = merge(this._faults, captured$(this.state$), plugged$(this.devices$), this._output.events$);
        this.error$ = merge(this._errors, this._pipeline.errors$);
        this.track$ = this._pipeline.track$;
        this.open$ = this._pipeline.open$;
        this.level$ = host.pipe(
            switchMap((audio) => this.track$.pipe(switchMap((track) => (track ? trackLevel$(audio, track) : of(0))))),
            share(),
        );
        this.inputLevel$ = host.pipe(
            switchMap((audio) =>
                combineLatest([this.state$, this._pipeline.chain$]).pipe(
                    switchMap(([state, chain]) =>
                        chain ? chain.inputLevel$ : state.state === "live" ? trackLevel$(audio, state.track) : of(0),
                    ),
                ),
            ),
            share(),
        );
        this.volume$ = this._pipeline.planned$("volume");
        this.monitorVolume$ = this._pipeline.planned$("monitorVolume");
        this.mode$ = this._pipeline.planned$("way");
        this.talkOptions$ = this._pipeline.planned$("talkOptions");
        this.suppressor$ = this._pipeline.planned$("suppressor");
        this.processing$ = this._processing.processing$;
        this.state$
            .pipe(
                map(({ state }) => state !== "off"),
                distinctUntilChanged(),
                switchMap((started) => (started ? this._followed$() : EMPTY)),
            )
            .subscribe();
    }

    /** The present state. */
    public get state(): MicrophoneState {
        return this._input.state;
    }

    /** False = real silence is sent in place of the microphone. Default: true. */
    public get enabled(): boolean {
        return this._pipeline.enabled;
    }
    public set enabled(enabled: boolean) {
        checkSwitch("enabled", enabled);
        this._pipeline.enabled = enabled;
    }

    /** Gain of the sent sound, 0 to 4; 1 = as captured. Throws `invalidArgument` for anything else. Default: 1. */
    public get volume(): number {
        return this._pipeline.plan.volume;
    }
    public set volume(volume: number) {
        this._pipeline.setLevels({ volume: checkVolume(volume, "microphone's ") });
    }

    /**
     * Gain of the ear monitor, by which the local member hears the sent sound, 0 to 4; 0 = off. Throws `invalidArgument` for anything else.
     * For headphones: over loudspeakers it howls. Default: 0.
     */
    public get monitorVolume(): number {
        return this._pipeline.plan.monitorVolume;
    }
    public set monitorVolume(volume: number) {
        this._pipeline.setLevels({ monitorVolume: checkVolume(volume, "microphone's ") });
    }

    /**
     * Talk mode: when the microphone is sent. It can change while talking, without a click. Outside of `open` nothing is sent until the gate stands;
     * where it cannot stand `error$` tells so, and the way stays as it was. Throws `invalidArgument`. Default: `open`.
     */
    public get mode(): WayToTalk {
        return this._pipeline.plan.way;
    }
    public set mode(way: WayToTalk) {
        this._pipeline.setWay(checkWayToTalk(way), this.talkOptions);
    }

    /** Timing and threshold of the talk modes. Setting some leaves the others as they are. Throws `invalidArgument`, and then nothing changes. */
    public get talkOptions(): ITalkOptions {
        return this._pipeline.plan.talkOptions;
    }
    public set talkOptions(options: Partial<ITalkOptions>) {
        this._pipeline.setWay(this.mode, resolveTalkOptions(options, this.talkOptions));
    }

    /** State of the talk button: `pushToTalk` sends while it is held, `pushToMute` while it is not; the other modes ignore it. Default: false. */
    public get talking(): boolean {
        return this._pipeline.held;
    }
    public set talking(talking: boolean) {
        checkSwitch("talking", talking);
        this._pipeline.held = talking;
    }

    /**
     * Lets a button drive `talking`: a key, a gamepad's or an XR controller's button, a control on screen; see `keyHeld$` and its like.
     * @param held$ - whether the button is held
     * @returns the subscription, which the caller ends; the button counts as released then
     */
    public talkWhile(held$: Observable<boolean>): Subscription {
        checkOptions({ held$ }, "held$.subscribe!", "argument ");
        const subscription = held$.subscribe({
            next: (held) => (this._pipeline.held = held),
            error: (cause: unknown) => this._errors.next(RtcError.From(cause, "unknown", "talkWhile: its stream has failed.")),
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
        await this._pipeline.setStageAsync("processor", make);
    }

    /** Noise suppressor in place of the browser's; null = the browser's, as `processing` says. Default: null. */
    public get suppressor(): AudioProcessorFactory | null {
        return this._pipeline.plan.suppressor;
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
        await this._pipeline.setStageAsync("suppressor", make);
    }

    /** Processing of the microphone's sound before it is sent. */
    public get processing(): ICaptureProcessing {
        return this._processing.processing;
    }

    /**
     * Asks for the microphone; call it from a click. Harmless while it is live; after a failure it asks again. If it was denied, it starts
     * by itself as soon as the browser's user allows it, unless it is stopped before.
     * @returns a promise that resolves when the user has decided, whatever the outcome: see `state$`. Never rejects.
     */
    public async startAsync(): Promise<void> {
        await this._input.startAsync();
    }

    /** Lets go of the microphone. Harmless while it is off. */
    public stop(): void {
        this._input.stop();
    }

    /**
     * Hears through another microphone, now without a gap and in pages to come: the new one is opened before the old one is let go of.
     * @param deviceId - of a device of `devices$`; null = the system's choice, or the stream that the app gave
     * @returns a promise that resolves when that one is heard (at once while the microphone is off); rejects with `invalidArgument`,
     * `deviceNotFound`, `microphoneDenied`, `microphoneBusy` or `unsupported`, and then everything stays as it was; with `aborted` if
     * something else was chosen meanwhile
     */
    public async selectInputAsync(deviceId: string | null): Promise<void> {
        const input = await findDeviceAsync(this._media, "input", deviceId);
        await this._changeInputAsync(this._input.swapAsync(input), (error) => this._faults.next(deviceFault("input", error)));
        this._headset = null;
        this._choice.keep({ input });
    }

    /**
     * Changes what is done to the microphone's sound, now and each time that it is opened. For echo, noise and loudness the browser must open
     * the device anew (it takes no such change while it is open): the new way is faded in before the old one is let go of.
     * @param changes - what shall be otherwise
     * @returns a promise that resolves when it sounds so (at once while the microphone is off); rejects with `invalidArgument`, `unsupported`
     * (the app gave a stream of its own: only `highPassHz` can change) or why the device could not be opened anew, and then everything stays
     */
    public async setProcessingAsync(changes: Partial<ICaptureProcessing>): Promise<void> {
        await this._changeInputAsync(this._processing.setAsync(changes));
    }

    /**
     * Hears through the XR headset's own microphone, if there is one that tells by its name; call it when XR has been entered. What was
     * chosen stays chosen.
     * @returns a promise of whether there is one; rejects as `selectInputAsync` does
     */
    public async enterXrAsync(): Promise<boolean> {
        const headset = headsetInput(audioDevices(await this._media.listAsync().catch(() => [])));
        if (!headset) {
            return false;
        }
        this._headset = { id: headset.id, label: headset.label };
        await this._changeInputAsync(this._input.swapAsync(this._wanted));
        return true;
    }

    /**
     * Gives the microphone back that was used before XR was entered, unless another one was chosen since. Harmless outside of XR.
     * @returns a promise that resolves when that one is heard; rejects as `selectInputAsync` does
     */
    public async exitXrAsync(): Promise<void> {
        if (this._headset) {
            this._headset = null;
            await this._changeInputAsync(this._input.swapAsync(this._wanted));
        }
    }

    /**
     * Lets the sound come out elsewhere, now and in pages to come. It moves the whole audio engine, the app's own sounds included;
     * `deviceEvents$` tells `outputChanged`.
     * @param deviceId - of a device of `devices$`; null = the system's choice
     * @returns a promise that resolves when sound comes out there (at once while there is no audio engine yet); rejects with
     * `invalidArgument`, `deviceNotFound`, `microphoneDenied` (browsers may name outputs only with the microphone) or `unsupported`, and
     * then everything stays as it was
     */
    public async selectOutputAsync(deviceId: string | null): Promise<void> {
        const output = await findDeviceAsync(this._media, "output", deviceId);
        await this._output.selectAsync(output?.id ?? null);
        this._choice.keep({ output });
    }

    private get _wanted(): IChosenDevice | null {
        return this._headset ?? this._choice.value.input;
    }

    /** Activity from start to stop: watches and replaces devices, starts the microphone again when it can. Never errors. */
    private _followed$(): Observable<unknown> {
        const healing$ = healed$(this._media, this.state$).pipe(tap(() => void this.startAsync()));
        const watching$ = defer(deviceWatchAsync).pipe(
            retry({ delay: () => timer(watchRetryMs) }),
            switchMap(({ deviceFaults$ }) => deviceFaults$(this._input, this._output, () => this._choice.value.output)),
            tap(([kind, error]) => this._fault(kind, error)),
        );
        const suppressing$ = this.suppressor$.pipe(
            map((suppressor) => suppressor !== null),
            distinctUntilChanged(),
            skip(1),
            tap(() => {
                if (this.processing.noiseSuppression && !this._input.isGiven) {
                    this._changeInputAsync(this._input.reopenAsync()).catch((error: unknown) =>
                        this._fault("input", microphoneError(error)),
                    );
                }
            }),
        );
        return merge(healing$, watching$, suppressing$);
    }

    /** Awaits a change of the live device. If it fails, that is told, and the device that was there may have been lost. */
    private async _changeInputAsync(change: Promise<void>, tell?: (error: RtcError) => void): Promise<void> {
        try {
            await change;
        } catch (error) {
            const failure = microphoneError(error);
            if (failure.code !== "aborted") {
                tell?.(failure);
                this._input.checkLost();
            }
            throw failure;
        }
    }

    private _fault(kind: IAudioDevice["kind"], error: RtcError): void {
        if (error.code !== "aborted") {
            this._faults.next(deviceFault(kind, error));
            this._errors.next(error);
        }
    }
}
