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
 * Poll interval for detecting an unplugged device, in milliseconds. Chromium on Linux learns what PulseAudio has lost only by being asked,
 * while the system already lets it hear another one.
 */
const listPeriodMs = 4_000;

/** The input as its watch sees it. */
export interface IWatchedInput {
    readonly context: {
        readonly media: IMediaPort;
        readonly host: Observable<AudioHost>;
        wanted(): IChosenDevice | null;
        /** True while the local member is muted, so that silence is no fault of the device. */
        isMuted(): boolean;
    };
    readonly state: MicrophoneState;
    readonly state$: Observable<MicrophoneState>;
    /** Emits when the live track has ended. */
    readonly lost$: Observable<unknown>;
    /** True once its track has ended while nobody watched it. */
    readonly isAbandoned: boolean;
    /** The device that the live track was asked of. */
    readonly opened: IChosenDevice | null;
    /** True for the app's own stream, which is no device. */
    readonly isGiven: boolean;
    startAsync(): Promise<void>;
    swapAsync(device: IChosenDevice | null): Promise<void>;
    checkLost(): void;
    fail(error: RtcError): void;
}

/** Fault of the live track: its device is gone, or it gives nothing at all. */
interface ITrouble {
    readonly type: "gone" | "silent";
    readonly track: MediaStreamTrack;
}

/**
 * Watches the live microphone while subscribed. When its device is gone, the system's choice takes over.
 * @param input - the microphone's device
 * @param started$ - emits the track with which the microphone has started
 * @returns what the local member should know of. Never errors.
 */
export function inputFaults$(input: IWatchedInput, started$: Observable<MediaStreamTrack>): Observable<RtcError> {
    return merge(
        troubles$(input).pipe(
            mergeMap(async ({ type, track }) =>
                type === "gone"
                    ? await fallBackAsync(input, track)
                    : new RtcError(
                          "microphoneSilent",
                          "Your microphone gives no sound at all. See whether its own switch is off, or choose another one.",
                      ),
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
        // Without a permission they are listed without ids.
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

/** The device is gone: another one takes over, if there is any. Never rejects. */
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

/** The device went away before anybody watched it: another one takes over, if there is any. Never rejects. */
async function restartAsync(input: IWatchedInput): Promise<RtcError | null> {
    await input.startAsync();
    // Of a chosen device that is not there any more is told when the other one has settled.
    return input.state.state === "live" && !input.context.wanted() ? replacedError() : null;
}

function replacedError(): RtcError {
    return new RtcError(
        "deviceUnplugged",
        "Your microphone is gone; the system's is used now. Choose another one if they do not hear you.",
    );
}

/** Mends what could not be known before the microphone was allowed: which devices there are. Never rejects. */
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
        return new RtcError("deviceNotFound", "The microphone that you chose is not there; the system's is used.");
    }
    try {
        await input.swapAsync(device);
        return null;
    } catch (error) {
        const failure = microphoneError(error);
        if (failure.code !== "aborted") {
            // The exchange that it took the turn from may have ended the track.
            input.checkLost();
        }
        return failure;
    }
}

function isLive({ state }: IWatchedInput, track: MediaStreamTrack): boolean {
    return state.state === "live" && state.track === track;
}
