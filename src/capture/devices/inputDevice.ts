import { BehaviorSubject, EMPTY, Subject, distinctUntilChanged, filter, fromEvent, merge, skip, switchMap, take, timer } from "rxjs";
import type { Observable } from "rxjs";
import type { AudioHost } from "../../audio/audioHost.js";
import { RtcError } from "../../errors/rtcError.js";
import { onDemandAsync } from "../../interop/onDemand.js";
import { goneError, microphoneError } from "../microphoneError.js";
import type { MicrophoneState } from "../microphoneState.js";
import { crossfadeDoneMs } from "../pipeline/crossfadeTimes.js";
import { constraintsOf, defaultProcessing, obeys, processingOf } from "../pipeline/processing.js";
import type { ICaptureProcessing } from "../pipeline/processing.js";
import type { IChosenDevice } from "./deviceStorage.js";
import type * as DeviceWatch from "./deviceWatch.js";
import type { IWatchedInput } from "./inputWatch.js";
import type { IMediaPort } from "./mediaPort.js";

/** Default constraints. Without them, a user with loudspeakers sends the voices of the other members back. */
const defaultConstraints: MediaTrackConstraints = { ...constraintsOf(defaultProcessing), channelCount: 1 };

const off: MicrophoneState = { state: "off" };

/** Dependencies of an input device. */
export interface IInputContext {
    /** Media devices. */
    readonly media: IMediaPort;
    /** Audio host that measures levels, once there is one. */
    readonly host: Observable<AudioHost>;
    /** The device to open; null = the app's stream if there is one, otherwise the system's default device. */
    wanted(): IChosenDevice | null;
    /** True while the local member is muted. */
    isMuted(): boolean;
    /** Constraints that are added to those of the source, or override them. */
    asked(): MediaTrackConstraints;
    /**
     * Fades the sent audio out before its track is stopped; resolves when it is silent.
     * @param isOvertaken - called after the fade-out; true if the track stays in use after all, and must be faded in again
     */
    hushAsync(isOvertaken: () => boolean): Promise<void>;
}

/** Loads the code that watches and finds devices on demand, so that the page loads faster. Rejects with `serverUnreachable`. */
export function deviceWatchAsync(): Promise<typeof DeviceWatch> {
    return onDemandAsync(() => import("./deviceWatch.js"));
}

/** Input device of the microphone: requests, opens, replaces and releases the device. Owns the microphone's state. */
export class InputDevice implements IWatchedInput {
    /** State of the microphone. Replays the current value. Never errors. */
    public readonly state$: Observable<MicrophoneState>;
    /** Emits when the live track has ended. Hot. */
    public readonly lost$: Observable<unknown>;
    /** Processing that is initially requested from the browser. */
    public readonly processing: ICaptureProcessing;
    public readonly context: IInputContext;

    private readonly _state = new BehaviorSubject(off);
    private readonly _lost = new Subject<void>();
    /** Failed state of a track that ended while `lost$` had no subscriber. */
    private _abandoned: MicrophoneState | null = null;
    private readonly _given: MediaStream | null;
    private readonly _constraints: MediaTrackConstraints;
    private _opened: IChosenDevice | null = null;
    /** Promise of the latest start. Never rejects. */
    private _starting = Promise.resolve();
    /** Incremented by every start, stop and exchange of devices. A pending operation that finds a different number has been superseded. */
    private _turn = 0;

    /**
     * @param source - constraints added to the defaults, or the app's own stream, of which a clone is sent
     * @param context - dependencies
     */
    public constructor(source: MediaTrackConstraints | MediaStream | undefined, context: IInputContext) {
        this._given = isStream(source) ? source : null;
        this._constraints = isStream(source) ? defaultConstraints : { ...defaultConstraints, ...source };
        this.processing = processingOf(this._constraints);
        this.context = context;
        this.state$ = this._state.pipe(distinctUntilChanged());
        this.lost$ = this._lost.asObservable();
        this.state$
            .pipe(switchMap((state) => (state.state === "live" ? fromEvent(state.track, "ended") : EMPTY)))
            .subscribe(() => this.checkLost());
    }

    /** Current state. */
    public get state(): MicrophoneState {
        return this._state.value;
    }

    /** The requested device of the live track, or the wanted device while none is live; null = the app's stream, or the system's default device. */
    public get opened(): IChosenDevice | null {
        return this.state.state === "live" ? this._opened : this.context.wanted();
    }

    /** True if the source is the app's own stream. */
    public get isGiven(): boolean {
        return this._given !== null && this.opened === null;
    }

    /** True if the state is `failed` because the track ended while `lost$` had no subscriber. */
    public get isAbandoned(): boolean {
        return this.state === this._abandoned;
    }

    /** Opens the wanted device, unless one is live or being opened. Resolves when the request has ended. Never rejects. */
    public async startAsync(): Promise<void> {
        const { state } = this.state;
        if (state === "off" || state === "failed") {
            this._starting = this._startAsync();
        }
        await this._starting;
    }

    /** Releases the device. A no-op while it is off. */
    public stop(): void {
        this._turn++;
        this._become(off);
    }

    /** Releases the device and sets the state to `failed`. */
    public fail(error: RtcError): void {
        this._become({ state: "failed", error });
    }

    /**
     * Switches to another device. The current device is released only after the new one delivers audio. A no-op while no device is live.
     * @param device - the device; null = the app's stream, or the system's default device
     * @returns a promise that resolves when the new device is in use. Rejects if the device cannot be opened, or with `aborted` if another
     * operation superseded the switch.
     */
    public async swapAsync(device: IChosenDevice | null): Promise<void> {
        await this._exchangeAsync(device, {});
    }

    /** Reopens the current device with changed constraints. Like `swapAsync`, but releases the device first if the browser requires it. */
    public async reopenAsync(): Promise<void> {
        // Includes unchanged settings: a noise suppressor of the app may have replaced the browser's.
        await this._exchangeAsync(this._opened, { ...this.processing, ...this.context.asked() });
    }

    /**
     * Notifies `lost$` if the live track has ended, for example because a failed exchange stopped it. If `lost$` has no subscriber, sets the state
     * to `failed`.
     */
    public checkLost(): void {
        if (this.state.state !== "live" || this.state.track.readyState !== "ended") {
            return;
        }
        if (this._lost.observed) {
            this._lost.next();
        } else {
            this._abandoned = { state: "failed", error: goneError() };
            this._become(this._abandoned);
        }
    }

    private async _startAsync(): Promise<void> {
        const turn = ++this._turn;
        this._become({ state: "asking" });
        try {
            const wanted = this.context.wanted();
            const track = await this._openAsync(wanted, "ideal");
            if (turn !== this._turn) {
                track.stop();
                return;
            }
            this._opened = wanted;
            this._become({ state: "live", track });
            this.checkLost();
        } catch (error) {
            if (turn === this._turn) {
                this.fail(microphoneError(error));
            }
        }
    }

    /** @param obeyed - constraints that the new track must satisfy */
    private async _exchangeAsync(device: IChosenDevice | null, obeyed: MediaTrackConstraints): Promise<void> {
        const { state } = this;
        if (state.state !== "live") {
            return;
        }
        const turn = ++this._turn;
        const isOvertaken = (): boolean => turn !== this._turn;
        const aborted = new RtcError("aborted", "Another microphone was chosen meanwhile.");
        const openAsync = (): Promise<MediaStreamTrack> =>
            this._openAsync(device, "exact").catch((error: unknown) => {
                throw isOvertaken() ? aborted : error;
            });
        let track = await openAsync();
        if (!isOvertaken()) {
            if (!obeys(track, obeyed)) {
                // While a device is open, Chromium (156) opens it again only with its present settings. The device must be released first.
                track.stop();
                await this.context.hushAsync(isOvertaken);
                // If a newer exchange has superseded this one, the current track is not stopped here: it stays in use if that exchange fails.
                if (!isOvertaken()) {
                    state.track.stop();
                    track = await openAsync();
                }
            } else if (state.track.readyState === "live") {
                const watch = await deviceWatchAsync().catch(() => null);
                await watch?.untilAwakeAsync(this.context.host, track);
            }
        }
        if (isOvertaken()) {
            track.stop();
            throw aborted;
        }
        this._opened = device;
        this._become({ state: "live", track });
        this.checkLost();
    }

    private _become(state: MicrophoneState): void {
        const before = this.state;
        this._state.next(state);
        if (before.state === "live") {
            // The old track is stopped after the replacement has faded in, or at once if the microphone stops.
            merge(timer(2 * crossfadeDoneMs), this._state.pipe(filter((now) => now.state !== "live")))
                .pipe(take(1))
                .subscribe(() => before.track.stop());
        }
    }

    /** @returns a live track, owned by the caller */
    private async _openAsync(device: IChosenDevice | null, how: "exact" | "ideal"): Promise<MediaStreamTrack> {
        const given = device ? null : this._given;
        const stream =
            given ??
            (await this.context.media.openAsync({
                ...this._constraints,
                ...this.context.asked(),
                ...(device ? { deviceId: { [how]: device.id } } : {}),
            }));
        const [track, ...rest] = stream.getAudioTracks();
        if (!track || (given && track.readyState === "ended")) {
            throw new RtcError("microphoneMissing", "The given stream has no live audio track, so nobody hears you.");
        }
        if (given) {
            return track.clone();
        }
        rest.forEach((other) => other.stop());
        return track;
    }
}

/** @returns true if the source is the app's own stream */
export function isStream(source: MediaTrackConstraints | MediaStream | undefined): source is MediaStream {
    return typeof MediaStream !== "undefined" && source instanceof MediaStream;
}

/**
 * Detects that a failed microphone may be available again.
 * @param media - the browser's media devices
 * @param state$ - state of the microphone
 * @returns emits when a denied permission is granted. If the microphone is missing, emits when the device list changes while permission is granted.
 */
export function healed$(media: IMediaPort, state$: Observable<MicrophoneState>): Observable<unknown> {
    return state$.pipe(
        switchMap((state) => {
            if (state.state !== "failed") {
                return EMPTY;
            }
            switch (state.error.code) {
                case "microphoneDenied":
                    // Skips the current value: the operating system may deny what the browser allows.
                    return media.permission$.pipe(
                        skip(1),
                        filter((permission) => permission === "granted"),
                    );
                case "microphoneMissing":
                    // Queries the permission at each change, including a change during a pending query.
                    return media.changes$.pipe(
                        switchMap(() => media.permission$.pipe(take(1))),
                        filter((permission) => permission === "granted"),
                    );
                default:
                    return EMPTY;
            }
        }),
    );
}
