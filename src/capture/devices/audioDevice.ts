/** Kind of a device, as far as its name tells. */
export type DeviceForm = "headset" | "earpiece" | "speakerphone" | "bluetooth" | "usb" | "unknown";

/** Something to speak into or to hear with. */
export interface IAudioDevice {
    /** Id for `selectInputAsync` and `selectOutputAsync`; "" until the microphone is allowed. Browsers give each site its own. */
    readonly id: string;
    /** Its name, for people; "" until the microphone is allowed. */
    readonly label: string;
    readonly kind: "input" | "output";
    /** True for the system's default device. */
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
