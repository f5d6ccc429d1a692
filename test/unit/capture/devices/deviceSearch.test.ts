import { audioDevices } from "../../../../src/capture/devices/deviceList.js";
import { headsetInput } from "../../../../src/capture/devices/deviceSearch.js";
import { deviceInfo } from "../../../fakes/fakeMicrophone.js";

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
