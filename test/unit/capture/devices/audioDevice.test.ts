import { deviceForm, headsetInput } from "../../../../src/capture/devices/audioDevice.js";
import { audioDevices } from "../../../../src/capture/devices/deviceList.js";
import { deviceInfo } from "../../../fakes/fakeMicrophone.js";

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

describe("headsetInput", () => {
    const inputs = (...labels: string[]) => audioDevices(labels.map((label) => deviceInfo("audioinput", label)));

    it.each([
        "Headset Microphone (Oculus Virtual Audio Device)",
        "Meta Quest 3",
        "Microphone (PICO 4)",
        "HTC VIVE Pro Multimedia Audio",
        "Valve Index Microphone",
        "Microphone (Virtual Desktop Audio)",
    ])("recognizes %s as the input of an XR headset", (label) => {
        expect(headsetInput(inputs("Built-in Audio", label))?.label).toBe(label);
    });

    it.each(["Built-in Audio", "Bluetooth headset", "Webcam C920 Analog Stereo", "Rifter Indexed Viveza"])("ignores %s", (label) => {
        expect(headsetInput(inputs(label))).toBeNull();
    });

    it("ignores outputs", () => {
        expect(headsetInput(audioDevices([deviceInfo("audiooutput", "Meta Quest 3")]))).toBeNull();
    });
});
