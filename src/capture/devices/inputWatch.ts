import { EMPTY, filter, from, interval, map, merge, mergeMap, switchMap } from "rxjs";
import type { Observable } from "rxjs";
import type { AudioHost } from "../../audio/audioHost.js";
import { errorRow } from "../../errors/errorTable.js";
import { RtcError } from "../../errors/rtcError.js";
import { goneError, microphoneError } from "../microphoneError.js";
import type { MicrophoneState } from "../microphoneState.js";
import { rememberedDeviceAsync } from "./rememberedDevice.js";
import type { IChosenDevice } from "./deviceStorage.js";
import type { IMediaPort } from "./mediaPort.js";
import { silentTrack$ } from "./silence.js";

/**
 * Poll interval for detecting an unplugged device, in milliseconds. Chromium on Linux detects a device that PulseAudio has lost only when
 * devices are listed. Until then, the system delivers audio of another device.
 */
const listPeriodMs = 4_000;

/** The part of the input device that the watch uses. */
export interface IWatchedInput {
    readonly context: {
        readonly media: IMediaPort;
        readonly host: Observable<AudioHost>;
        wanted(): IChosenDevice | null;
        /** True while the local member is muted. Silence is then not a fault of the device. */
        isMuted(): boolean;
    };
    readonly state: MicrophoneState;
    readonly state$: Observable<MicrophoneState>;
    /** Emits when the live track has ended. */
    readonly lost$: Observable<unknown>;
    /** True if the state is `failed` because the track ended while `lost$` had no subscriber. */
    readonly isAbandoned: boolean;
    /** The requested device of the live track, or the wanted device while none is live; null = the app's stream, or the system's default device. */
    readonly opened: IChosenDevice | null;
    /** True if the source is the app's own stream, not a device. */
    readonly isGiven: boolean;
    startAsync(): Promise<void>;
    swapAsync(device: IChosenDevice | null): Promise<void>;
    checkLost(): void;
    fail(error: RtcError): void;
}

/** Fault of the live track: its device is missing, or it is completely silent. */
interface ITrouble {
    readonly type: "gone" | "silent";
    readonly track: MediaStreamTrack;
}

/**
 * Watches the live microphone while subscribed. Replaces a missing device by the system's default device.
 * @param input - input device
 * @param started$ - emits the track of each start of the microphone
 * @returns errors to show to the user. Never errors.
 */
export function inputFaults$(input: IWatchedInput, started$: Observable<MediaStreamTrack>): Observable<RtcError> {
    return merge(
        troubles$(input).pipe(
            mergeMap(async ({ type, track }) =>
                type === "gone"
                    ? await fallBackAsync(input, track)
                    : new RtcError("microphoneSilent", "Your microphone delivers only silence. Check its switch, or choose another one."),
            ),
        ),
        started$.pipe(mergeMap((track) => settleAsync(input, track))),
        input.state$.pipe(
            filter(() => input.isAbandoned),
            mergeMap(() => restartAsync(input)),
        ),
    ).pipe(filter((error) => error !== null));
}

function troubles$(input: IWatchedInput): Observable<ITrouble> {
    const { media, host } = input.context;
    const isGoneAsync = async (track: MediaStreamTrack): Promise<boolean> => {
        const { deviceId } = track.getSettings();
        if (!deviceId || input.isGiven) {
            return false;
        }
        const list = await media.listAsync().catch(() => []);
        const ids = list.filter(({ kind }) => kind === "audioinput").map((device) => device.deviceId);
        // Without permission, devices are listed without ids.
        return ids.length > 0 && !ids.includes("") && !ids.includes(deviceId);
    };
    return input.state$.pipe(
        switchMap((state) => {
            if (state.state !== "live") {
                return EMPTY;
            }
            const { track } = state;
            const unlisted$ = merge(media.changes$, interval(listPeriodMs)).pipe(
                switchMap(() => from(isGoneAsync(track))),
                filter((gone) => gone),
            );
            const silent$ = silentTrack$(host, track, () => input.context.isMuted()).pipe(
                switchMap(() => from(isGoneAsync(track))),
                map((gone): ITrouble => ({ type: gone ? "gone" : "silent", track })),
            );
            return merge(merge(input.lost$, unlisted$).pipe(map((): ITrouble => ({ type: "gone", track }))), silent$);
        }),
    );
}

/** Replaces a missing device by the system's default device, if there is one. Never rejects. */
async function fallBackAsync(input: IWatchedInput, track: MediaStreamTrack): Promise<RtcError | null> {
    if (!isLive(input, track)) {
        return null;
    }
    try {
        await input.swapAsync(null);
        return replacedError();
    } catch (cause) {
        const failure = microphoneError(cause);
        if (isLive(input, track) && failure.code !== "aborted") {
            input.fail(errorRow(failure.code).device === "noPermission" ? failure : goneError(cause));
        }
        return null;
    }
}

/** Restarts the microphone after its device was lost before the watch was loaded. Never rejects. */
async function restartAsync(input: IWatchedInput): Promise<RtcError | null> {
    await input.startAsync();
    // If a chosen device is missing, `settleAsync` reports it.
    return input.state.state === "live" && !input.context.wanted() ? replacedError() : null;
}

function replacedError(): RtcError {
    return new RtcError("deviceUnplugged", "Your microphone was unplugged. The default one is used; choose another one if needed.");
}

/** Switches to the chosen device after a start. Until the microphone is allowed, the ids of the devices are unknown. Never rejects. */
async function settleAsync(input: IWatchedInput, track: MediaStreamTrack): Promise<RtcError | null> {
    const wanted = input.context.wanted();
    const { deviceId } = track.getSettings();
    const isOther = wanted && deviceId !== undefined && deviceId !== wanted.id;
    if (!isOther && wanted?.id === input.opened?.id) {
        return null;
    }
    const device = wanted && (await rememberedDeviceAsync(input.context.media, "input", wanted));
    if (!isLive(input, track)) {
        return null;
    }
    if (wanted && !device) {
        return new RtcError("deviceNotFound", "The chosen microphone was not found. The default one is used.");
    }
    try {
        await input.swapAsync(device);
        return null;
    } catch (error) {
        const failure = microphoneError(error);
        if (failure.code !== "aborted") {
            // An earlier exchange, which this one superseded, may have stopped the track.
            input.checkLost();
        }
        return failure;
    }
}

function isLive({ state }: IWatchedInput, track: MediaStreamTrack): boolean {
    return state.state === "live" && state.track === track;
}
