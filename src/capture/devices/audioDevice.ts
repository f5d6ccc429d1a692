/** Form of a device, guessed from its label. */
export type DeviceForm = "headset" | "earpiece" | "speakerphone" | "bluetooth" | "usb" | "unknown";

/** An audio input or output device. */
export interface IAudioDevice {
    /** Id for `selectInputAsync` and `selectOutputAsync`; "" until the microphone is allowed. Browsers use different ids for each site. */
    readonly id: string;
    /** Name to show to the user; "" until the microphone is allowed. */
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

/** @returns the form of a device with this label */
export function deviceForm(label: string): DeviceForm {
    return forms.find(([, pattern]) => pattern.test(label))?.[0] ?? "unknown";
}
