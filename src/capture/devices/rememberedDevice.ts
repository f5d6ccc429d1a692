import { audioDevices } from "./deviceList.js";
import type { IAudioDevice } from "./audioDevice.js";
import type { IChosenDevice } from "./deviceStorage.js";
import type { IMediaPort } from "./mediaPort.js";

/**
 * Finds a device that was chosen on an earlier page, by its id, or by its label if the browser has changed the id.
 * @param media - the browser's media devices
 * @param kind - input or output
 * @param chosen - the stored choice
 * @returns a promise of the device; null if it is missing. Never rejects.
 */
export async function rememberedDeviceAsync(
    media: IMediaPort,
    kind: IAudioDevice["kind"],
    { id, label }: IChosenDevice,
): Promise<IAudioDevice | null> {
    const list = audioDevices(await media.listAsync().catch(() => [])).filter((each) => each.kind === kind);
    return list.find((each) => each.id === id) ?? list.find((each) => each.label === label) ?? null;
}
