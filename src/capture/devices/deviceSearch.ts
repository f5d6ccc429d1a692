import { RtcError } from "../../errors/rtcError.js";
import { microphoneError } from "../microphoneError.js";
import type { IAudioDevice } from "./audioDevice.js";
import { audioDevices } from "./deviceList.js";
import type { IChosenDevice } from "./deviceStorage.js";
import type { IMediaPort } from "./mediaPort.js";

/**
 * Finds a device by its id.
 * @param media - the browser's media devices
 * @param kind - input or output
 * @param deviceId - id of a device in `devices$`
 * @returns a promise of the device; rejects with `invalidArgument`, `deviceNotFound`, or the error of listing the devices
 */
export async function findDeviceAsync(media: IMediaPort, kind: IAudioDevice["kind"], deviceId: string): Promise<IChosenDevice> {
    // Untyped code may pass anything.
    if (typeof (deviceId as unknown) !== "string" || deviceId === "") {
        throw new RtcError("invalidArgument", "Use an id from `microphone.devices$`, which needs the microphone permission.");
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

/** Labels of XR headset microphones, as set by their drivers. */
const xrNames =
    /oculus|meta quest|\bquest\b|\bpico\b|\bvive\b|valve|\bindex\b|hololens|\brift\b|\breverb\b|varjo|pimax|magic leap|virtual desktop|steam streaming/i;

/**
 * Finds the microphone of an XR headset among the present devices.
 * @param media - the browser's media devices
 * @returns a promise of the microphone; null if there is none. Never rejects.
 */
export async function findHeadsetAsync(media: IMediaPort): Promise<IAudioDevice | null> {
    return headsetInput(audioDevices(await media.listAsync().catch(() => [])));
}

/**
 * Finds the microphone of an XR headset by its label.
 * @param devices - available devices
 * @returns the microphone; null if no label matches
 */
export function headsetInput(devices: readonly IAudioDevice[]): IAudioDevice | null {
    return devices.find(({ kind, label }) => kind === "input" && xrNames.test(label)) ?? null;
}
