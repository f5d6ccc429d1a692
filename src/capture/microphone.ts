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
import type { IAudioDevice } from "./devices/audioDevice.js";
import { deviceFault } from "./devices/deviceEvents.js";
import type { DeviceEvent } from "./devices/deviceEvents.js";
import { captured$, devices$, plugged$ } from "./devices/deviceList.js";
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
import type { ICaptureProcessing } from "./pipeline/processing.js";
import { ProcessingSwitch } from "./pipeline/processingSwitch.js";
import { checkWayToTalk } from "./talk/talkMode.js";
import type { WayToTalk } from "./talk/talkMode.js";
import { resolveTalkOptions } from "./talk/talkOptions.js";
import type { ITalkOptions } from "./talk/talkOptions.js";

/** Delay before loading the device watch is retried, in milliseconds. */
const watchRetryMs = 5_000;

/** Options of a microphone. */
export interface IMicrophoneOptions {
    /** Media devices. Default: the browser's. */
    readonly media?: IMediaPort;
    /** Storage of the chosen devices across page loads; null = none. Default: `localStorage`. */
    readonly storage?: IDeviceStorage | null | undefined;
}

/** The local member's microphone: permission, capture, processing and talk mode. It also selects the input and output devices. */
export class Microphone {
    /** State of the microphone. Replays the current value. Never errors. */
    public readonly state$: Observable<MicrophoneState>;
    /**
     * Current permission to use the microphone, and every change that the browser reports. Available before the browser asks the user; `unknown`
     * in browsers that do not report the permission. Never errors.
     */
    public readonly permission$: Observable<MicrophonePermission>;
    /** Input devices, then output devices. Labels are empty until the microphone is allowed. Replays while there is a subscriber. Never errors. */
    public readonly devices$: Observable<readonly IAudioDevice[]>;
    /** Device changes and faults. Hot. Plugging and unplugging are detected only while there is a subscriber. Never errors. */
    public readonly deviceEvents$: Observable<DeviceEvent>;
    /** Output device; null while the browser does not report one. Replays while there is a subscriber. Never errors. */
    public readonly output$: Observable<IAudioDevice | null>;
    /**
     * The sent track: the captured one, or the output of volume, processors and talk mode; null if nothing is sent. Replays. Owned by the
     * microphone.
     */
    public readonly track$: Observable<MediaStreamTrack | null>;
    /**
     * Errors that no promise reports: a processor, gate or ear monitor that could not be created, a device that is missing or silent, or a failed
     * stream of `talkWhile`. A failure of `setProcessorAsync` or `setSuppressorAsync` may be reported here as well. Hot.
     */
    public readonly error$: Observable<RtcError>;
    /**
     * Level of the sent audio: root mean square, 0 to 1, ten times a second. 0 while off; nothing before there is an audio engine. Cold: nothing
     * is measured without a subscriber.
     */
    public readonly level$: Observable<number>;
    /**
     * Level at the input of the talk gate, before `volume`: root mean square, 0 to 1, ten times a second. 0 while off; nothing before there is an
     * audio engine. Cold. In the mode `voiceActivity`, the gate compares it with `talkOptions.thresholdDb`, but ignores frequencies below 150 Hz.
     */
    public readonly inputLevel$: Observable<number>;
    /** True while the talk mode passes the microphone's audio; false while the microphone is off. Replays. */
    public readonly open$: Observable<boolean>;
    /** Current value and changes of `volume`. Replays. */
    public readonly volume$: Observable<number>;
    /** Current value and changes of `monitorVolume`. Replays. */
    public readonly monitorVolume$: Observable<number>;
    /** Current value and changes of `mode`. Replays. */
    public readonly mode$: Observable<WayToTalk>;
    /** Current value and changes of `talkOptions`. Replays. */
    public readonly talkOptions$: Observable<ITalkOptions>;
    /** Current value and changes of `suppressor`. Replays. */
    public readonly suppressor$: Observable<AudioProcessorFactory | null>;
    /** Current value and changes of `processing`. Replays. */
    public readonly processing$: Observable<ICaptureProcessing>;

    private readonly _media: IMediaPort;
    private readonly _choice: KeptChoice;
    private readonly _input: InputDevice;
    private readonly _output: OutputDevice;
    private readonly _pipeline: CapturePipeline;
    private readonly _processing: ProcessingSwitch;
    /** Device faults. */
    private readonly _faults = new Subject<DeviceEvent>();
    /** Errors of device watching and of `talkWhile`. */
    private readonly _errors = new Subject<RtcError>();
    /** The XR headset's microphone while it overrides the chosen input device; otherwise null. */
    private _headset: IChosenDevice | null = null;

    /**
     * @param source - constraints added to the defaults (echo cancellation, noise suppression, gain control: on), or the app's own stream.
     * A clone of its track is sent, and the app's stream is not changed. The app's own stream takes precedence over a device
     * chosen on an earlier page.
     * @param host - audio host that measures levels and plays audio, once there is one
     * @param options - media devices and storage
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
            // The browser's noise suppression and a second suppressor degrade each other.
            asked: () => ({ ...this._processing.asked, ...(this.suppressor ? { noiseSuppression: false } : {}) }),
            hushAsync: (isOvertaken) => this._pipeline.hushAsync(isOvertaken),
        });
        this.state$ = this._input.state$;
        this._pipeline = new CapturePipeline(host, this.state$);
        this._processing = new ProcessingSwitch(this._input.processing, this.state$, {
            isFixed: () => this._input.isGiven,
            setHighPassAsync: (make) => this._pipeline.setStageAsync("highPass", make),
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

    /** Current state. */
    public get state(): MicrophoneState {
        return this._input.state;
    }

    /** False = digital silence is sent instead of the microphone's audio. Default: true. */
    public get enabled(): boolean {
        return this._pipeline.enabled;
    }
    public set enabled(enabled: boolean) {
        checkSwitch("enabled", enabled);
        this._pipeline.enabled = enabled;
    }

    /** Gain of the sent audio, 0 to 4; 1 = as captured. Throws `invalidArgument` for any other value. Default: 1. */
    public get volume(): number {
        return this._pipeline.plan.volume;
    }
    public set volume(volume: number) {
        this._pipeline.setLevels({ volume: checkVolume(volume, "microphone's ") });
    }

    /**
     * Gain of the ear monitor, which plays the sent audio to the local member, 0 to 4; 0 = off. Throws `invalidArgument` for any other value.
     * For headphones only: loudspeakers cause feedback. Default: 0.
     */
    public get monitorVolume(): number {
        return this._pipeline.plan.monitorVolume;
    }
    public set monitorVolume(volume: number) {
        this._pipeline.setLevels({ monitorVolume: checkVolume(volume, "microphone's ") });
    }

    /**
     * Talk mode: when the microphone is sent. The mode can be changed while talking, without a click. Until the gate of the new mode is ready,
     * nothing is sent. If the gate cannot be created, `error$` reports it. The previous mode then stays if the microphone was live when the mode
     * was set; otherwise nothing is sent. Throws `invalidArgument` for any other value. Default: `open`.
     */
    public get mode(): WayToTalk {
        return this._pipeline.plan.way;
    }
    public set mode(way: WayToTalk) {
        this._pipeline.setWay(checkWayToTalk(way), this.talkOptions);
    }

    /** Timing and threshold of the talk modes. Options that are not set keep their values. Throws `invalidArgument`, and then nothing changes. */
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
     * Binds `talking` to a button: a key, a gamepad or XR controller button, or a control on screen. See `keyHeld$` and similar functions.
     * @param held$ - whether the button is held
     * @returns the subscription. The caller unsubscribes, which sets `talking` to false.
     */
    public talkWhile(held$: Observable<boolean>): Subscription {
        checkOptions({ held$ }, "held$.subscribe!", "argument ");
        const subscription = held$.subscribe({
            next: (held) => (this._pipeline.held = held),
            error: (cause: unknown) => this._errors.next(RtcError.From(cause, "unknown", "The stream of talkWhile failed.")),
        });
        subscription.add(() => {
            this.talking = false;
        });
        return subscription;
    }

    /**
     * Sets the app's own audio processor, such as a voice changer or a filter, now and each time the microphone is opened. The processor can be
     * changed while talking, without a click. When the microphone opens, nothing is sent until the processor is ready. A live microphone may be
     * sent without the new processor until the promise resolves; mute it first if the voice must not be heard unprocessed.
     * @param make - creates the processor; see `frameProcessor` for a function over frames. null = none.
     * @returns a promise that resolves when the sent audio passes through the processor (at once while the microphone is off). Rejects with an
     * `RtcError` if the processor cannot be created; the previous processor then stays.
     */
    public async setProcessorAsync(make: AudioProcessorFactory | null): Promise<void> {
        await this._pipeline.setStageAsync("processor", make);
    }

    /** Noise suppressor that replaces the browser's; null = the browser's, as set in `processing`. Default: null. */
    public get suppressor(): AudioProcessorFactory | null {
        return this._pipeline.plan.suppressor;
    }

    /**
     * Sets a noise suppressor that runs before the app's processor, now and each time the microphone is opened; `neuralSuppressor` of
     * `babylon-rtc/suppression` creates one. The browser's noise suppression is not requested while a suppressor is set. The suppressor can be
     * changed while talking, without a click. Until it is ready, the microphone is sent without it. If it cannot be created when the microphone
     * opens, `error$` reports this, and `suppressor` becomes null.
     * @param make - creates the suppressor; null = none
     * @returns a promise that resolves when the sent audio passes through the suppressor (at once while the microphone is off). Rejects with an
     * `RtcError` if the suppressor cannot be created; the previous suppressor then stays.
     */
    public async setSuppressorAsync(make: AudioProcessorFactory | null): Promise<void> {
        await this._pipeline.setStageAsync("suppressor", make);
    }

    /** Processing of the microphone's audio before it is sent. */
    public get processing(): ICaptureProcessing {
        return this._processing.processing;
    }

    /**
     * Requests the microphone; call it from a click. A no-op while the microphone is live; after a failure it requests the microphone again.
     * If the user denied permission and grants it later, the microphone starts without another call, unless `stop` was called meanwhile.
     * @returns a promise that resolves when the request has ended; `state$` has the outcome. Never rejects.
     */
    public async startAsync(): Promise<void> {
        await this._input.startAsync();
    }

    /** Stops and releases the microphone. A no-op while it is off. */
    public stop(): void {
        this._input.stop();
    }

    /**
     * Switches to another input device, now and on later page loads. There is no gap: the new device is opened before the old one is released.
     * @param deviceId - id of a device in `devices$`; null = the system's default device, or the app's own stream
     * @returns a promise that resolves when the new device is in use (at once while the microphone is off). Rejects with `invalidArgument`,
     * `deviceNotFound`, `microphoneDenied`, `microphoneForbidden`, `microphoneMissing`, `microphoneBusy`, `unsupported` or `serverUnreachable` (a part
     * of the library cannot be loaded), and then nothing changes. Rejects with `aborted` if another switch, a change of `processing` or `stop` came meanwhile.
     */
    public async selectInputAsync(deviceId: string | null): Promise<void> {
        const input = await this._findAsync("input", deviceId);
        await this._swapAsync(input);
        this._headset = null;
        this._choice.keep({ input });
    }

    /**
     * Changes the processing of the microphone's audio, now and each time the microphone is opened. The browser must reopen the device to change
     * echo cancellation, noise suppression or gain control, since an open device does not accept the change. If the new track has the requested
     * processing, it is faded in before the old one is released. Otherwise (Chromium) the sent audio is faded out, and the device is closed and
     * opened again; nothing is sent for a moment.
     * @param changes - settings to change
     * @returns a promise that resolves when the change is in effect (at once while the microphone is off). Rejects with `invalidArgument`,
     * `unsupported` (with the app's own stream, only `highPassHz` can change), `serverUnreachable` (a part of the library cannot be loaded) or the
     * error of reopening the device; then the settings do not change. A device that was closed and cannot be opened again counts as unplugged.
     */
    public async setProcessingAsync(changes: Partial<ICaptureProcessing>): Promise<void> {
        await this._changeInputAsync(this._processing.setAsync(changes));
    }

    /**
     * Switches to the XR headset's microphone, if a device label identifies one; call it after XR has been entered. The stored device choice
     * does not change. After a failure, the previous microphone stays, and `deviceEvents$` emits the error.
     * @returns a promise that resolves to true when the headset's microphone is in use, or to false if there is none; rejects like `selectInputAsync`
     */
    public async enterXrAsync(): Promise<boolean> {
        const headset = await (await deviceWatchAsync()).findHeadsetAsync(this._media);
        if (!headset) {
            return false;
        }
        // Set before the switch, so that a start or an exit meanwhile takes it into account.
        this._headset = headset;
        try {
            await this._swapAsync(headset);
        } catch (error) {
            if (this._headset === headset && microphoneError(error).code !== "aborted") {
                this._headset = null;
            }
            throw error;
        }
        return true;
    }

    /**
     * Switches back to the microphone that was used before XR, unless another one was chosen since. A no-op outside of XR. After a failure, the
     * headset's microphone stays, and `deviceEvents$` emits the error.
     * @returns a promise that resolves when the previous microphone is in use; rejects like `selectInputAsync`
     */
    public async exitXrAsync(): Promise<void> {
        if (this._headset) {
            this._headset = null;
            await this._swapAsync(this._wanted);
        }
    }

    /**
     * Switches to another output device, now and on later page loads. This moves the whole audio engine, including the app's own sounds;
     * `deviceEvents$` emits `outputChanged`.
     * @param deviceId - id of a device in `devices$`; null = the system's default device
     * @returns a promise that resolves when the device plays (at once while there is no audio engine). Rejects with `invalidArgument`,
     * `deviceNotFound`, `microphoneDenied` (browsers may reveal outputs only with microphone permission), `unsupported` or
     * `serverUnreachable` (a part of the library cannot be loaded), and then nothing changes.
     */
    public async selectOutputAsync(deviceId: string | null): Promise<void> {
        const output = await this._findAsync("output", deviceId);
        await this._output.selectAsync(output?.id ?? null);
        this._choice.keep({ output });
    }

    private async _findAsync(kind: IAudioDevice["kind"], deviceId: string | null): Promise<IChosenDevice | null> {
        return deviceId === null ? null : await (await deviceWatchAsync()).findDeviceAsync(this._media, kind, deviceId);
    }

    private get _wanted(): IChosenDevice | null {
        return this._headset ?? this._choice.value.input;
    }

    /**
     * Work between start and stop: watches and replaces devices, restarts a failed microphone when possible, and reopens the device when a
     * suppressor is set or removed. Never errors.
     */
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
                    this._changeInputAsync(this._input.reopenAsync(), () => this._processing.revert()).catch((error: unknown) =>
                        this._fault("input", microphoneError(error)),
                    );
                }
            }),
        );
        return merge(healing$, watching$, suppressing$);
    }

    /** Switches the live device. On failure, `deviceEvents$` emits the error. */
    private async _swapAsync(input: IChosenDevice | null): Promise<void> {
        await this._changeInputAsync(this._input.swapAsync(input), (error) => {
            this._processing.revert();
            this._faults.next(deviceFault("input", error));
        });
    }

    /** Awaits a change of the live device. On failure, passes the error to `tell` and checks whether the previous device was lost. */
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
