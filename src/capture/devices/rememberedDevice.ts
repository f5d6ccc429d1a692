import { audioDevices } from "./deviceList.js";
import type { IAudioDevice } from "./audioDevice.js";
import type { IChosenDevice } from "./deviceStorage.js";
import type { IMediaPort } from "./mediaPort.js";

/**
 * Finds a device that was chosen in an earlier page, by its id, or by its name where the browser gives it another id.
 * @param media - the browser's devices
 * @param kind - what it is
 * @param chosen - what was chosen
 * @returns a promise of the device; null if it is not there. Never rejects.
 */
export async function rememberedDeviceAsync(
    media: IMediaPort,
    kind: IAudioDevice["kind"],
    { id, label }: IChosenDevice,
): Promise<IAudioDevice | null> {
    const list = audioDevices(await media.listAsync().catch(() => [])).filter((each) => each.kind === kind);
    return list.find((each) => each.id === id) ?? list.find((each) => each.label === label) ?? null;
}
