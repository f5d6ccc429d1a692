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
import { RtcError } from "../../errors/rtcError.js";
import { microphoneError } from "../microphoneError.js";
import type { IChosenDevice } from "./deviceStorage.js";
import { deviceForm } from "./audioDevice.js";
import type { IAudioDevice } from "./audioDevice.js";
import type { MicrophoneState } from "../microphoneState.js";
import { deviceFault, deviceOf } from "./deviceEvents.js";
import type { DeviceEvent } from "./deviceEvents.js";
import type { IMediaPort } from "./mediaPort.js";

/** Chromium lists, beside the devices, these names for one of them. */
const aliases: readonly string[] = ["default", "communications"];

const listedKinds = [
    ["audioinput", "input"],
    ["audiooutput", "output"],
] as const;

/**
 * Makes one list of what browsers list differently: each device once, the default one marked.
 * @param infos - what `enumerateDevices` gave
 * @returns inputs, then outputs, in the browser's order
 */
export function audioDevices(infos: readonly Pick<MediaDeviceInfo, "deviceId" | "groupId" | "kind" | "label">[]): IAudioDevice[] {
    return listedKinds.flatMap(([browserKind, kind]) => {
        const ofKind = infos.filter((info) => info.kind === browserKind);
        // Firefox makes the id of the name: devices of one name cannot be told apart, and choosing any of them chooses the first.
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

/** Difference between two device lists; devices without a name yet count as neither. */
export interface IDeviceChanges {
    readonly added: readonly IAudioDevice[];
    readonly removed: readonly IAudioDevice[];
}

/**
 * @param before - the list that was
 * @param after - the list that is
 * @returns the difference; none where one of them was made before the microphone was allowed
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
 * @param kind - what it is for
 * @param deviceId - of a device of `devices$`; null = the system's choice
 * @returns a promise of the device; null for null. Rejects with `invalidArgument`, `deviceNotFound`, or why devices cannot be listed.
 */
export async function findDeviceAsync(
    media: IMediaPort,
    kind: IAudioDevice["kind"],
    deviceId: string | null,
): Promise<IChosenDevice | null> {
    if (deviceId === null) {
        return null;
    }
    if (typeof deviceId !== "string" || deviceId === "") {
        throw new RtcError("invalidArgument", "A device's id is one of `microphone.devices$`; allow the microphone to learn them.");
    }
    let list: IAudioDevice[];
    try {
        list = audioDevices(await media.listAsync());
    } catch (error) {
        throw microphoneError(error);
    }
    const found = list.find((device) => device.kind === kind && device.id === deviceId);
    if (!found) {
        throw new RtcError("deviceNotFound", "There is no such device; it may have been unplugged. Choose another one.");
    }
    return { id: found.id, label: found.label };
}
