import { Subscription, defer, distinctUntilChanged, finalize, map, retry, skip, switchMap, timer } from "rxjs";
import type { Observable } from "rxjs";
import type { AudioHost } from "../audio/audioHost.js";
import { onDemandAsync } from "../interop/onDemand.js";
import { RtcError } from "../errors/rtcError.js";
import { audioDevices, headsetInput } from "./devices/audioDevice.js";
import type { MicrophoneState } from "./microphoneState.js";
import { crossfadeDoneMs } from "./pipeline/crossfadeTimes.js";
import { DeviceControls } from "./devices/deviceControls.js";
import type { IMicrophoneOptions } from "./devices/deviceControls.js";
import { deviceFault } from "./devices/deviceEvents.js";
import type { IChosenDevice } from "./devices/deviceStorage.js";
import { healed$ } from "./devices/deviceStreams.js";
import { InputOpener, isStream } from "./devices/inputOpener.js";
import { microphoneError } from "./microphoneError.js";
import { highPass, obeys } from "./pipeline/processing.js";
import type { ICaptureProcessing } from "./pipeline/processing.js";
import { ProcessingSwitch } from "./pipeline/processingSwitch.js";

/** If what watches the microphone cannot be loaded, it is tried again after so long, in milliseconds. */
const watchRetryMs = 5_000;

/** Loaded when the microphone is started, not with the page. */
const watchAsync = () => onDemandAsync(() => import("./devices/inputWatch.js"));

const off: MicrophoneState = { state: "off" };

/** The local member's microphone, from asking for it to letting go of it, and the devices that it and the sound of the others can use. */
export class Microphone extends DeviceControls {
    /** `processing`, and every change. Replays. */
    public readonly processing$: Observable<ICaptureProcessing>;

    private readonly _opener: InputOpener;
    private readonly _processing: ProcessingSwitch;
    /** The headset's microphone, while it goes before what was chosen. */
    private _headset: IChosenDevice | null = null;
    private _starting: Promise<void> | null = null;
    /** Grows with every start and stop; an opening that finds another number has been overtaken. */
    private _attempt = 0;
    /** Grows with every change of devices, likewise. */
    private _swap = 0;
    /** What is followed from start to stop. */
    private _life: Subscription | null = null;

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
        super(host, isStream(source), options);
        this._opener = new InputOpener(this._media, source);
        this._processing = new ProcessingSwitch(this._opener.processing, {
            isFixed: () => this._opener.isGiven(this._wanted),
            setHighPassAsync: (hz) => this._chain.setStageAsync("highPass", hz > 0 ? highPass(hz) : null),
            reopenAsync: () => this._reopenAsync(),
        });
        this.processing$ = this._processing.processing$;
    }

    /** What is done to the microphone's sound before anybody hears it. */
    public get processing(): ICaptureProcessing {
        return this._processing.processing;
    }

    /**
     * Asks for the microphone; call it from a click. Harmless while it is live; after a failure it asks again. If it was denied, it starts
     * by itself as soon as the browser's user allows it, unless it is stopped before.
     * @returns a promise that resolves when the user has decided, whatever the outcome: see `state$`. Never rejects.
     */
    public async startAsync(): Promise<void> {
        if (this._state.value.state !== "live") {
            this._life ??= this._follow();
            this._starting ??= this._startAsync(++this._attempt);
            await this._starting;
        }
    }

    /** Lets go of the microphone. Harmless while it is off. */
    public stop(): void {
        this._attempt++;
        this._starting = null;
        this._life?.unsubscribe();
        this._life = null;
        this._chain.disengage();
        if (this._state.value.state === "live") {
            this._state.value.track.stop();
        }
        this._state.next(off);
    }

    /**
     * Hears through another microphone, now without a gap and in pages to come: the new one is opened before the old one is let go of.
     * @param deviceId - of a device of `devices$`; null = the system's choice, or the stream that the app gave
     * @returns a promise that resolves when that one is heard (at once while the microphone is off); rejects with `invalidArgument`,
     * `deviceNotFound`, `microphoneDenied`, `microphoneBusy` or `unsupported`, and then everything stays as it was; with `aborted` if
     * something else was chosen meanwhile
     */
    public async selectInputAsync(deviceId: string | null): Promise<void> {
        const input = await this._findAsync("input", deviceId);
        try {
            if (this._state.value.state === "live") {
                await this._swapAsync(input);
            }
        } catch (error) {
            const failure = microphoneError(error);
            if (failure.code !== "aborted") {
                this._faults.next(deviceFault("input", failure));
                this._reopenIfEnded();
            }
            throw failure;
        }
        this._headset = null;
        this._choose({ ...this._choice, input });
    }

    /**
     * Changes what is done to the microphone's sound, now and each time that it is opened. For echo, noise and loudness the browser must open
     * the device anew (it takes no such change while it is open): the new way is faded in before the old one is let go of.
     * @param changes - what shall be otherwise
     * @returns a promise that resolves when it sounds so (at once while the microphone is off); rejects with `invalidArgument`, `unsupported`
     * (the app gave a stream of its own: only `highPassHz` can change) or why the device could not be opened anew, and then everything stays
     */
    public async setProcessingAsync(changes: Partial<ICaptureProcessing>): Promise<void> {
        try {
            await this._processing.setAsync(changes);
        } catch (error) {
            this._reopenIfEnded();
            throw error;
        }
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
        await this._useWantedAsync();
        return true;
    }

    /**
     * Gives the microphone back that was used before XR was entered, unless another one was chosen since. Harmless outside of XR.
     * @returns a promise that resolves when that one is heard; rejects as `selectInputAsync` does
     */
    public async exitXrAsync(): Promise<void> {
        if (this._headset) {
            this._headset = null;
            await this._useWantedAsync();
        }
    }

    private get _wanted(): IChosenDevice | null {
        return this._headset ?? this._choice.input;
    }

    private async _useWantedAsync(): Promise<void> {
        if (this._state.value.state === "live") {
            try {
                await this._swapAsync(this._wanted);
            } catch (error) {
                throw microphoneError(error);
            }
        }
    }

    private async _startAsync(attempt: number): Promise<void> {
        this._state.next({ state: "asking" });
        try {
            const wanted = this._wanted;
            const track = await this._openTrackAsync(wanted, "ideal");
            if (attempt !== this._attempt) {
                track.stop();
                return;
            }
            this._adopt(track);
            void this._settleAsync(track, wanted);
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

    /** Mends what could not be known before the microphone was allowed: which devices there are. Never rejects. */
    private async _settleAsync(track: MediaStreamTrack, opened: IChosenDevice | null): Promise<void> {
        const { _wanted: wanted } = this;
        const { deviceId } = track.getSettings();
        const isOther = wanted && deviceId !== undefined && deviceId !== wanted.id;
        if (isOther || wanted?.id !== opened?.id) {
            const device = wanted && (await this._lookUpAsync("input", wanted));
            if (!this._isCurrent(track)) {
                return;
            }
            if (wanted && !device) {
                this._tell("input", "deviceNotFound", "The microphone that you chose is not there; the system's is used.");
            } else {
                await this._swapAsync(device).catch((error: unknown) => this._fault("input", microphoneError(error)));
            }
        }
        await this._restoreOutputAsync();
    }

    /** Opens another device, and lets go of the present one only when that one gives sound. */
    private async _swapAsync(wanted: IChosenDevice | null): Promise<void> {
        const swap = ++this._swap;
        const attempt = this._attempt;
        const track = await this._openTrackAsync(wanted, "exact");
        if (this._state.value.state === "live" && this._state.value.track.readyState === "live") {
            await this._untilAwakeAsync(track);
        }
        this._takeOver(track, swap === this._swap && attempt === this._attempt);
    }

    /** Opens the device anew, since what is asked of it has changed. */
    private async _reopenAsync(): Promise<void> {
        const { value: state } = this._state;
        if (state.state !== "live") {
            return;
        }
        const swap = ++this._swap;
        const attempt = this._attempt;
        const isLatest = (): boolean => swap === this._swap && attempt === this._attempt;
        const asked = this._asked;
        let track = await this._openTrackAsync(this._wanted, "exact");
        if (isLatest() && !obeys(track, asked)) {
            // Chromium (156) gives a device that is open only as it is open already: it must be let go of first.
            track.stop();
            await this._chain.hushAsync();
            state.track.stop();
            track = await this._openTrackAsync(this._wanted, "exact");
        } else if (isLatest()) {
            await this._untilAwakeAsync(track);
        }
        this._takeOver(track, isLatest());
    }

    /** Hears the new track from now on, if nothing has overtaken it; the old one lives on until that has faded in. */
    private _takeOver(track: MediaStreamTrack, isLatest: boolean): void {
        if (!isLatest) {
            track.stop();
            throw new RtcError("aborted", "Another microphone was chosen meanwhile.");
        }
        const { value: before } = this._state;
        this._adopt(track);
        if (before.state === "live") {
            this._life?.add(
                timer(2 * crossfadeDoneMs)
                    .pipe(finalize(() => before.track.stop()))
                    .subscribe(),
            );
        }
    }

    /** Never rejects. */
    private async _untilAwakeAsync(track: MediaStreamTrack): Promise<void> {
        const watch = await watchAsync().catch(() => null);
        await watch?.untilAwakeAsync(this._host, track);
    }

    private _adopt(track: MediaStreamTrack): void {
        track.addEventListener("ended", () => void this._onEndedAsync(track), { once: true });
        this._setLive(track);
    }

    /** The device is gone: another one takes over, if there is any. Never rejects. */
    private async _onEndedAsync(track: MediaStreamTrack): Promise<void> {
        if (!this._isCurrent(track)) {
            return;
        }
        try {
            await this._swapAsync(null);
            this._tell(
                "input",
                "deviceUnplugged",
                "Your microphone is gone; the system's is used now. Choose another one if they do not hear you.",
            );
        } catch (cause) {
            const failure = microphoneError(cause);
            if (this._isCurrent(track) && failure.code !== "aborted") {
                this._chain.disengage();
                const message = "The microphone is gone, so nobody hears you. Plug it in, then start it again.";
                const error = failure.code === "microphoneDenied" ? failure : new RtcError("microphoneMissing", message, { cause });
                this._state.next({ state: "failed", error });
            }
        }
    }

    private _reopenIfEnded(): void {
        const { value: state } = this._state;
        if (state.state === "live" && state.track.readyState === "ended") {
            void this._onEndedAsync(state.track);
        }
    }

    private _isCurrent(track: MediaStreamTrack): boolean {
        return this._state.value.state === "live" && this._state.value.track === track;
    }

    private _follow(): Subscription {
        const life = new Subscription();
        life.add(healed$(this._media, this.state$).subscribe(() => void this.startAsync()));
        const faults$ = defer(watchAsync).pipe(
            retry({ delay: () => timer(watchRetryMs) }),
            switchMap(({ inputFaults$ }) =>
                inputFaults$({
                    media: this._media,
                    state$: this.state$,
                    host: this._host,
                    isMuted: () => !this.enabled,
                    isGiven: () => this._opener.isGiven(this._wanted),
                }),
            ),
        );
        life.add(
            faults$.subscribe(({ type, track }) => {
                if (type === "gone") {
                    void this._onEndedAsync(track);
                } else {
                    const message = "Your microphone gives no sound at all. See whether its own switch is off, or choose another one.";
                    this._tell("input", "microphoneSilent", message);
                }
            }),
        );
        const suppressed$ = this.suppressor$.pipe(
            map((suppressor) => suppressor !== null),
            distinctUntilChanged(),
            skip(1),
        );
        life.add(
            // The browser's own suppression and another one make each other worse.
            suppressed$.subscribe(() => {
                if (this.processing.noiseSuppression && !this._opener.isGiven(this._wanted)) {
                    this._reopenAsync().catch((error: unknown) => {
                        this._fault("input", microphoneError(error));
                        this._reopenIfEnded();
                    });
                }
            }),
        );
        life.add(
            this._output.gone$.subscribe(() => {
                this._output.selectAsync(null).catch((error: unknown) => this._fault("output", microphoneError(error)));
                this._tell("output", "deviceUnplugged", "What you heard with is gone; the sound comes out of the system's choice now.");
            }),
        );
        return life;
    }

    private _openTrackAsync(wanted: IChosenDevice | null, how: "exact" | "ideal"): Promise<MediaStreamTrack> {
        return this._opener.openAsync(wanted, how, this._asked);
    }

    /** What is asked of the browser other than at first. */
    private get _asked(): MediaTrackConstraints {
        return { ...this._processing.asked, ...(this.suppressor ? { noiseSuppression: false } : {}) };
    }
}
