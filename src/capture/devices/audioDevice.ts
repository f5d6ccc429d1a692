/** What a device is, as far as its name tells. */
export type DeviceForm = "headset" | "earpiece" | "speakerphone" | "bluetooth" | "usb" | "unknown";

/** Something to speak into or to hear with. */
export interface IAudioDevice {
    /** What `selectInputAsync` and `selectOutputAsync` take; "" until the microphone is allowed. Browsers give each site its own. */
    readonly id: string;
    /** Its name, for people; "" until the microphone is allowed. */
    readonly label: string;
    readonly kind: "input" | "output";
    /** Whether it is what the system uses unless told otherwise. */
    readonly isDefault: boolean;
    readonly form: DeviceForm;
}

const forms: readonly (readonly [DeviceForm, RegExp])[] = [
    ["earpiece", /earpiece/i],
    ["speakerphone", /speakerphone/i],
    ["bluetooth", /bluetooth|airpods|hands.?free/i],
    ["headset", /head(set|phone)|ear(phone|bud)|oculus|quest/i],
    ["usb", /\busb\b|\([0-9a-f]{4}:[0-9a-f]{4}\)/i],
];

/** @returns what a device of that name is */
export function deviceForm(label: string): DeviceForm {
    return forms.find(([, pattern]) => pattern.test(label))?.[0] ?? "unknown";
}

/** Microphones that are worn with a pair of XR glasses, by the names that their drivers give them. */
const xrNames =
    /oculus|meta quest|\bquest\b|\bpico\b|\bvive\b|valve|\bindex\b|hololens|\brift\b|\breverb\b|varjo|pimax|magic leap|virtual desktop|steam streaming/i;

/**
 * @param devices - what there is
 * @returns the microphone of an XR headset; null if there is none, or none that tells by its name
 */
export function headsetInput(devices: readonly IAudioDevice[]): IAudioDevice | null {
    return devices.find(({ kind, label }) => kind === "input" && xrNames.test(label)) ?? null;
}

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
        const all = infos.filter((info) => info.kind === browserKind);
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

/** What has come and what has gone from one list to the next; devices without a name yet count as neither. */
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
