import { audioDevices, deviceChanges } from "../../../../src/capture/devices/deviceList.js";
import { deviceInfo } from "../../../fakes/fakeMicrophone.js";

describe("audioDevices", () => {
    it("lists each device once, inputs before outputs, and finds Chromium's default device by its group", () => {
        const list = audioDevices([
            deviceInfo("audiooutput", "speakers"),
            deviceInfo("videoinput", "camera"),
            deviceInfo("audioinput", "default", "Default - usb", "g2"),
            deviceInfo("audioinput", "communications", "Communications - usb", "g2"),
            deviceInfo("audioinput", "built in", "built in", "g1"),
            deviceInfo("audioinput", "usb", "usb", "g2"),
        ]);
        expect(list.map(({ id, kind, isDefault }) => [id, kind, isDefault])).toEqual([
            ["built in", "input", false],
            ["usb", "input", true],
            ["speakers", "output", true],
        ]);
    });

    it("treats the first device as the default if the browser names no default", () => {
        const list = audioDevices([deviceInfo("audioinput", "a"), deviceInfo("audioinput", "b")]);
        expect(list.map(({ isDefault }) => isDefault)).toEqual([true, false]);
    });

    it("distinguishes two devices of one group by their names", () => {
        const list = audioDevices([
            deviceInfo("audioinput", "default", "Default - line", "card"),
            deviceInfo("audioinput", "1", "mic", "card"),
            deviceInfo("audioinput", "2", "line", "card"),
        ]);
        expect(list.find(({ isDefault }) => isDefault)?.id).toBe("2");
    });

    it("keeps the default entry if it matches no other device", () => {
        const list = audioDevices([deviceInfo("audioinput", "default", "Default", "x"), deviceInfo("audioinput", "a")]);
        expect(list.map(({ id, isDefault }) => [id, isDefault])).toEqual([
            ["default", true],
            ["a", false],
        ]);
    });

    it("lists a device once if Firefox lists it several times with one id, inputs and outputs alike", () => {
        const list = audioDevices([
            deviceInfo("audioinput", "desk", "desk"),
            deviceInfo("audioinput", "monitor", "Monitor of Null Output"),
            deviceInfo("audioinput", "monitor", "Monitor of Null Output"),
            deviceInfo("audiooutput", "null", "Null Output"),
            deviceInfo("audiooutput", "null", "Null Output"),
            deviceInfo("audiooutput", "null", "Null Output"),
            deviceInfo("audiooutput", "null", "Null Output"),
            deviceInfo("audiooutput", "desk", "desk"),
        ]);
        expect(list.map(({ id, kind, isDefault }) => [id, kind, isDefault])).toEqual([
            ["desk", "input", true],
            ["monitor", "input", false],
            ["null", "output", true],
            ["desk", "output", false],
        ]);
    });

    it("lists devices without names before the microphone is allowed", () => {
        expect(audioDevices([deviceInfo("audioinput", "")])).toEqual([
            { id: "", label: "", kind: "input", isDefault: true, form: "unknown" },
        ]);
    });
});

describe("deviceChanges", () => {
    const a = audioDevices([deviceInfo("audioinput", "a")]);
    const ab = audioDevices([deviceInfo("audioinput", "a"), deviceInfo("audioinput", "b")]);

    it("devices: added, removed", () => {
        expect(deviceChanges(a, ab)).toMatchObject({ added: [{ id: "b" }], removed: [] });
        expect(deviceChanges(ab, a)).toMatchObject({ added: [], removed: [{ id: "b" }] });
    });

    it("reports no change when device names become known", () => {
        const nameless = audioDevices([deviceInfo("audioinput", "")]);
        expect(deviceChanges(nameless, ab)).toEqual({ added: [], removed: [] });
    });
});
