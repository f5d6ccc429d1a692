import { Subject, distinctUntilChanged, merge } from "rxjs";
import type { Observable } from "rxjs";
import type { AudioHost } from "../../audio/audioHost.js";
import { RtcError } from "../../errors/rtcError.js";
import { audioDevices } from "./audioDevice.js";
import type { IAudioDevice } from "./audioDevice.js";
import { CaptureControls } from "../captureControls.js";
import type { MicrophoneState } from "../microphoneState.js";
import { deviceFault } from "./deviceEvents.js";
import type { DeviceEvent } from "./deviceEvents.js";
import { browserDeviceStorage, loadChoice, saveChoice } from "./deviceStorage.js";
import type { IChosenDevice, IDeviceChoice, IDeviceStorage } from "./deviceStorage.js";
import { captured$, devices$, plugged$ } from "./deviceStreams.js";
import { browserMedia } from "./mediaPort.js";
import type { IMediaPort, MicrophonePermission } from "./mediaPort.js";
import { microphoneError } from "../microphoneError.js";
import { OutputDevice } from "./outputDevice.js";

/** What a microphone stands on. */
export interface IMicrophoneOptions {
    /** The devices. Default: the browser's. */
    readonly media?: IMediaPort;
    /** Where chosen devices are kept from page to page; null = nowhere. Default: `localStorage`. */
    readonly storage?: IDeviceStorage | null | undefined;
}

/** What there is to speak into and to hear with, what happens to it, and what was chosen. */
export abstract class DeviceControls extends CaptureControls {
    /** Replays the present state. Never errors. */
    public readonly state$: Observable<MicrophoneState>;
    /** Whether the page may use the microphone, before it asks, and every change that the browser tells. Never errors. */
    public readonly permission$: Observable<MicrophonePermission>;
    /** Inputs, then outputs; nameless until the microphone is allowed. Replays while somebody listens. Never errors. */
    public readonly devices$: Observable<readonly IAudioDevice[]>;
    /** What happens to devices. Hot; what is plugged in and out is followed while somebody listens. Never errors. */
    public readonly deviceEvents$: Observable<DeviceEvent>;
    /** Where sound comes out; null while the browser does not tell. Replays while somebody listens. Never errors. */
    public readonly output$: Observable<IAudioDevice | null>;

    protected readonly _media: IMediaPort;
    protected readonly _faults = new Subject<DeviceEvent>();
    protected readonly _output: OutputDevice;
    protected _choice: IDeviceChoice;
    private readonly _storage: IDeviceStorage | null;

    protected constructor(
        host: Observable<AudioHost>,
        hasOwnInput: boolean,
        { media = browserMedia, storage = browserDeviceStorage }: IMicrophoneOptions,
    ) {
        super(host);
        this._media = media;
        this._storage = storage;
        const choice = loadChoice(storage);
        this._choice = hasOwnInput ? { ...choice, input: null } : choice;
        this.state$ = this._state.pipe(distinctUntilChanged());
        this.permission$ = media.permission$;
        this.devices$ = devices$(media, this.state$);
        this._output = new OutputDevice(host, this.devices$);
        this.output$ = this._output.device$;
        this.deviceEvents$ = merge(this._faults, captured$(this.state$), plugged$(this.devices$), this._output.events$);
    }

    /** The present state. */
    public get state(): MicrophoneState {
        return this._state.value;
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
        const output = await this._findAsync("output", deviceId);
        await this._output.selectAsync(output?.id ?? null);
        this._choose({ ...this._choice, output });
    }

    /** Gives back the output that was chosen in an earlier page, now that devices have names. Never rejects. */
    protected async _restoreOutputAsync(): Promise<void> {
        const { output } = this._choice;
        if (!output || this._output.id !== null) {
            return;
        }
        const found = await this._lookUpAsync("output", output);
        if (!found) {
            this._tell("output", "deviceNotFound", "What you chose to hear with is not there; the system's choice is used.");
            return;
        }
        await this._output.selectAsync(found.id).catch((error: unknown) => {
            this._fault("output", RtcError.From(error, "unknown", "The sound cannot come out where you chose."));
        });
    }

    /** Finds a chosen device by its id, or by its name where the browser gives it another id; null if it is not there. Never rejects. */
    protected async _lookUpAsync(kind: IAudioDevice["kind"], { id, label }: IChosenDevice): Promise<IAudioDevice | null> {
        const list = audioDevices(await this._media.listAsync().catch(() => [])).filter((each) => each.kind === kind);
        return list.find((each) => each.id === id) ?? list.find((each) => each.label === label) ?? null;
    }

    protected _tell(kind: IAudioDevice["kind"], code: "deviceNotFound" | "deviceUnplugged" | "microphoneSilent", message: string): void {
        this._fault(kind, new RtcError(code, message));
    }

    protected _fault(kind: IAudioDevice["kind"], error: RtcError): void {
        if (error.code !== "aborted") {
            this._faults.next(deviceFault(kind, error));
            this._errors.next(error);
        }
    }

    protected _choose(choice: IDeviceChoice): void {
        this._choice = choice;
        saveChoice(this._storage, choice);
    }

    protected async _findAsync(kind: IAudioDevice["kind"], deviceId: string | null): Promise<IChosenDevice | null> {
        if (deviceId === null) {
            return null;
        }
        if (typeof deviceId !== "string" || deviceId === "") {
            throw new RtcError("invalidArgument", "A device's id is one of `microphone.devices$`; allow the microphone to learn them.");
        }
        let list: IAudioDevice[];
        try {
            list = audioDevices(await this._media.listAsync());
        } catch (error) {
            throw microphoneError(error);
        }
        const found = list.find((device) => device.kind === kind && device.id === deviceId);
        if (!found) {
            throw new RtcError("deviceNotFound", "There is no such device; it may have been unplugged. Choose another one.");
        }
        return { id: found.id, label: found.label };
    }
}
