import { audioDevices, deviceChanges } from "../../../../src/capture/devices/deviceList.js";
import { deviceInfo } from "../../../fakes/fakeMicrophone.js";

describe("audioDevices", () => {
    it("lists each device once, inputs before outputs, and knows Chromium's default one by its group", () => {
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

    it("takes the first one for the default where the browser has no name for it", () => {
        const list = audioDevices([deviceInfo("audioinput", "a"), deviceInfo("audioinput", "b")]);
        expect(list.map(({ isDefault }) => isDefault)).toEqual([true, false]);
    });

    it("tells two devices of one group apart by their names", () => {
        const list = audioDevices([
            deviceInfo("audioinput", "default", "Default - line", "card"),
            deviceInfo("audioinput", "1", "mic", "card"),
            deviceInfo("audioinput", "2", "line", "card"),
        ]);
        expect(list.find(({ isDefault }) => isDefault)?.id).toBe("2");
    });

    it("keeps the default one when it stands for none of the others", () => {
        const list = audioDevices([deviceInfo("audioinput", "default", "Default", "x"), deviceInfo("audioinput", "a")]);
        expect(list.map(({ id, isDefault }) => [id, isDefault])).toEqual([
            ["default", true],
            ["a", false],
        ]);
    });

    it("tells devices that Firefox lists several times with one id once, inputs and outputs alike", () => {
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

    it("gives nameless devices before the microphone is allowed", () => {
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

    it("takes names that the browser only now tells for no change", () => {
        const nameless = audioDevices([deviceInfo("audioinput", "")]);
        expect(deviceChanges(nameless, ab)).toEqual({ added: [], removed: [] });
    });
});
