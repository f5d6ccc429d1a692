import {
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
    startWith,
    switchMap,
} from "rxjs";
import type { Observable } from "rxjs";
import { deviceForm } from "./audioDevice.js";
import type { IAudioDevice } from "./audioDevice.js";
import type { MicrophoneState } from "../microphoneState.js";
import { deviceFault, deviceOf } from "./deviceEvents.js";
import type { DeviceEvent } from "./deviceEvents.js";
import type { IMediaPort } from "./mediaPort.js";

/** Ids of the additional entries in Chromium's list. Each is an alias of one of the devices. */
const aliases: readonly string[] = ["default", "communications"];

const listedKinds = [
    ["audioinput", "input"],
    ["audiooutput", "output"],
] as const;

/**
 * Normalizes the device lists of different browsers: each device once, the default one marked.
 * @param infos - result of `enumerateDevices`
 * @returns inputs, then outputs, in the browser's order
 */
export function audioDevices(infos: readonly Pick<MediaDeviceInfo, "deviceId" | "groupId" | "kind" | "label">[]): IAudioDevice[] {
    return listedKinds.flatMap(([browserKind, kind]) => {
        const ofKind = infos.filter((info) => info.kind === browserKind);
        // Firefox derives the id from the label: devices with the same label have the same id, and choosing any of them selects the first.
        const all = ofKind.filter(({ deviceId: id }, i) => id === "" || ofKind.findIndex(({ deviceId }) => deviceId === id) === i);
        const alias = all.find(({ deviceId }) => deviceId === "default");
        const real = all.filter(({ deviceId }) => !aliases.includes(deviceId));
        const inGroup = alias ? real.filter(({ groupId }) => groupId === alias.groupId) : real.slice(0, 1);
        const meant = inGroup.find(({ label }) => alias?.label.endsWith(label)) ?? inGroup[0];
        const listed = alias && !meant ? [alias, ...real] : real;
        return listed.map((info) => ({
            id: info.deviceId,
            label: info.label,
            kind,
            isDefault: info === (meant ?? alias),
            form: deviceForm(info.label),
        }));
    });
}

/** Difference between two device lists. */
export interface IDeviceChanges {
    readonly added: readonly IAudioDevice[];
    readonly removed: readonly IAudioDevice[];
}

/**
 * Compares two device lists.
 * @param before - previous list
 * @param after - current list
 * @returns the difference; empty if one of the lists is from before the microphone was allowed
 */
export function deviceChanges(before: readonly IAudioDevice[], after: readonly IAudioDevice[]): IDeviceChanges {
    if (![...before, ...after].every(({ id }) => id !== "")) {
        return { added: [], removed: [] };
    }
    const missingIn = (list: readonly IAudioDevice[]) => (device: IAudioDevice) =>
        !list.some(({ id, kind }) => id === device.id && kind === device.kind);
    return { added: after.filter(missingIn(before)), removed: before.filter(missingIn(after)) };
}

/**
 * Observes the device list.
 * @param media - the browser's media devices
 * @param state$ - state of the microphone; browsers reveal labels only after the microphone was live
 * @returns the current list and every change; an empty list if the browser cannot list devices. Active while there is a subscriber.
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

/** @returns events of devices that are plugged in or unplugged. Active while there is a subscriber. */
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

/** @returns events of microphones that start, stop or fail */
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
