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

/** Without these, a person on loudspeakers sends everybody's voice back to them. */
const defaultConstraints: MediaTrackConstraints = { ...constraintsOf(defaultProcessing), channelCount: 1 };

const off: MicrophoneState = { state: "off" };

/** Dependencies of an input device. */
export interface IInputContext {
    /** The devices. */
    readonly media: IMediaPort;
    /** Audio host that measures levels, once there is one. */
    readonly host: Observable<AudioHost>;
    /** The device to open; null = the app's stream if there is one, otherwise the system's choice. */
    wanted(): IChosenDevice | null;
    /** True while the local member is muted. */
    isMuted(): boolean;
    /** Constraints beyond those of the source. */
    asked(): MediaTrackConstraints;
    /**
     * Fades out what is sent, since the track is about to end; resolves when it is silent.
     * @param isOvertaken - asked then: whether the track shall live on after all, and is faded in again
     */
    hushAsync(isOvertaken: () => boolean): Promise<void>;
}

/** Loads what watches devices: with the first start of the microphone, not with the page. */
export function deviceWatchAsync(): Promise<typeof DeviceWatch> {
    return onDemandAsync(() => import("./deviceWatch.js"));
}

/** The device behind the microphone: asked for, opened, exchanged for another one, let go of. It owns the microphone's state. */
export class InputDevice implements IWatchedInput {
    /** Replays the present state. Never errors. */
    public readonly state$: Observable<MicrophoneState>;
    /** Emits when the live track has ended. Hot. */
    public readonly lost$: Observable<unknown>;
    /** Processing that is asked of the browser at first. */
    public readonly processing: ICaptureProcessing;
    public readonly context: IInputContext;

    private readonly _state = new BehaviorSubject(off);
    private readonly _lost = new Subject<void>();
    /** The failure of a track that ended unwatched. */
    private _abandoned: MicrophoneState | null = null;
    private readonly _given: MediaStream | null;
    private readonly _constraints: MediaTrackConstraints;
    private _opened: IChosenDevice | null = null;
    /** The latest start. Never rejects. */
    private _starting = Promise.resolve();
    /** Grows with every start, stop and exchange of devices; an opening that finds another number has been overtaken. */
    private _turn = 0;

    /**
     * @param source - constraints that add to ours, or a stream of the app's own, of which a copy is sent
     * @param context - what it depends on
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

    /** The present state. */
    public get state(): MicrophoneState {
        return this._state.value;
    }

    /** The device that the live track was asked of; null = the app's stream, or the system's choice. */
    public get opened(): IChosenDevice | null {
        return this.state.state === "live" ? this._opened : this.context.wanted();
    }

    /** True for the app's own stream. */
    public get isGiven(): boolean {
        return this._given !== null && this.opened === null;
    }

    /** True once its track has ended while nobody watched it. */
    public get isAbandoned(): boolean {
        return this.state === this._abandoned;
    }

    /** Opens what is wanted, unless it is live or being opened. Resolves when the user has decided. Never rejects. */
    public async startAsync(): Promise<void> {
        const { state } = this.state;
        if (state === "off" || state === "failed") {
            this._starting = this._startAsync();
        }
        await this._starting;
    }

    /** Lets go of the device. Harmless while it is off. */
    public stop(): void {
        this._turn++;
        this._become(off);
    }

    /** Gives the device up, since it is gone and nothing takes its place. */
    public fail(error: RtcError): void {
        this._become({ state: "failed", error });
    }

    /**
     * Hears through another device, and lets go of the present one only when that one gives sound. Does nothing while none is live.
     * @param device - the device; null = the app's stream, or the system's choice
     * @returns a promise that resolves when that one is heard; rejects if it cannot be opened, with `aborted` if it was overtaken
     */
    public async swapAsync(device: IChosenDevice | null): Promise<void> {
        await this._exchangeAsync(device, {});
    }

    /** Opens the present device anew, since what is asked of it has changed. Otherwise as `swapAsync`. */
    public async reopenAsync(): Promise<void> {
        await this._exchangeAsync(this._opened, this.context.asked());
    }

    /** Tells `lost$` if the live track has ended: an exchange that failed may have had to end it. While nobody watches it has failed then. */
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

    /** @param obeyed - what the new track must not ignore */
    private async _exchangeAsync(device: IChosenDevice | null, obeyed: MediaTrackConstraints): Promise<void> {
        const { state } = this;
        if (state.state !== "live") {
            return;
        }
        const turn = ++this._turn;
        const isOvertaken = (): boolean => turn !== this._turn;
        let track = await this._openAsync(device, "exact");
        if (!isOvertaken()) {
            if (!obeys(track, obeyed)) {
                // Chromium (156) gives a device that is open only as it is open already: it must be let go of first.
                track.stop();
                await this.context.hushAsync(isOvertaken);
                // The exchange that came between may have been refused already; then the present track stays.
                if (!isOvertaken()) {
                    state.track.stop();
                    track = await this._openAsync(device, "exact");
                }
            } else if (state.track.readyState === "live") {
                const watch = await deviceWatchAsync().catch(() => null);
                await watch?.untilAwakeAsync(this.context.host, track);
            }
        }
        if (isOvertaken()) {
            track.stop();
            throw new RtcError("aborted", "Another microphone was chosen meanwhile.");
        }
        this._opened = device;
        this._become({ state: "live", track });
        this.checkLost();
    }

    private _become(state: MicrophoneState): void {
        const before = this.state;
        this._state.next(state);
        if (before.state === "live") {
            // The replacement fades in first.
            merge(timer(2 * crossfadeDoneMs), this._state.pipe(filter((now) => now.state !== "live")))
                .pipe(take(1))
                .subscribe(() => before.track.stop());
        }
    }

    /** @returns a live track, which the caller stops */
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

/** @returns whether the app gave a stream of its own */
export function isStream(source: MediaTrackConstraints | MediaStream | undefined): source is MediaStream {
    return typeof MediaStream !== "undefined" && source instanceof MediaStream;
}

/**
 * @param media - the browser's devices
 * @param state$ - the microphone's state
 * @returns emits when a microphone that failed can be had: the permission that was denied is given, or something was plugged in
 */
export function healed$(media: IMediaPort, state$: Observable<MicrophoneState>): Observable<unknown> {
    return state$.pipe(
        switchMap((state) => {
            if (state.state !== "failed") {
                return EMPTY;
            }
            switch (state.error.code) {
                case "microphoneDenied":
                    // Not what is said at once: a system may deny what the browser allows.
                    return media.permission$.pipe(
                        skip(1),
                        filter((permission) => permission === "granted"),
                    );
                case "microphoneMissing":
                    // Asked at each change: one that comes while the first answer is under way counts, too.
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
