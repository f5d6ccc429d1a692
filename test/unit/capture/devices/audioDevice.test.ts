import { deviceForm } from "../../../../src/capture/devices/audioDevice.js";

describe("deviceForm", () => {
    it.each([
        ["Headset earpiece", "earpiece"],
        ["Speakerphone", "speakerphone"],
        ["Bluetooth headset", "bluetooth"],
        ["AirPods Pro", "bluetooth"],
        ["Wired headset", "headset"],
        ["Headphones (Realtek)", "headset"],
        ["USB Audio (0d8c:0014)", "usb"],
        ["Built-in Audio", "unknown"],
    ])("playback: output device: recognizes %s by its name as %s", (label, form) => {
        expect(deviceForm(label)).toBe(form);
    });
});
