import {
    EMPTY,
    catchError,
    concatMap,
    distinctUntilChanged,
    filter,
    from,
    map,
    merge,
    of,
    pairwise,
    shareReplay,
    skip,
    startWith,
    switchMap,
    take,
} from "rxjs";
import type { Observable } from "rxjs";
import { audioDevices, deviceChanges } from "./audioDevice.js";
import type { IAudioDevice } from "./audioDevice.js";
import type { MicrophoneState } from "../microphoneState.js";
import { deviceFault, deviceOf } from "./deviceEvents.js";
import type { DeviceEvent } from "./deviceEvents.js";
import type { IMediaPort } from "./mediaPort.js";

/**
 * @param media - the browser's devices
 * @param state$ - the microphone's state: names are told only once it was live
 * @returns what there is, and again whenever that changes; an empty list where the browser does not tell. Followed while somebody listens.
 */
export function devices$(media: IMediaPort, state$: Observable<MicrophoneState>): Observable<readonly IAudioDevice[]> {
    const live$ = state$.pipe(filter(({ state }) => state === "live"));
    return merge(media.changes$, media.permission$, live$).pipe(
        startWith(null),
        switchMap(() => from(media.listAsync()).pipe(catchError(() => of([])))),
        map(audioDevices),
        distinctUntilChanged((a, b) => JSON.stringify(a) === JSON.stringify(b)),
        shareReplay({ bufferSize: 1, refCount: true }),
    );
}

/** @returns what was plugged in and out. Followed while somebody listens. */
export function plugged$(list$: Observable<readonly IAudioDevice[]>): Observable<DeviceEvent> {
    return list$.pipe(
        pairwise(),
        concatMap(([before, after]) => {
            const { added, removed } = deviceChanges(before, after);
            return [
                ...removed.map((device): DeviceEvent => ({ type: "removed", device })),
                ...added.map((device): DeviceEvent => ({ type: "added", device })),
            ];
        }),
    );
}

/** @returns when microphones begin and cease to be heard, and why they fail */
export function captured$(state$: Observable<MicrophoneState>): Observable<DeviceEvent> {
    return state$.pipe(
        pairwise(),
        concatMap(([before, after]) => [
            ...(before.state === "live" ? [{ type: "stopped", device: deviceOf(before.track) } as const] : []),
            ...(after.state === "live" ? [{ type: "started", device: deviceOf(after.track) } as const] : []),
            ...(after.state === "failed" ? [deviceFault("input", after.error)] : []),
        ]),
    );
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
