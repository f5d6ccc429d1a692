import { RtcError } from "../../../../src/index.js";
import type { IAudioDevice } from "../../../../src/index.js";
import { scrolledTo } from "../../../../src/gui/accessibility/scrollIntoView.js";
import { settingsView } from "../../../../src/gui/settings/settingsView.js";
import type { ISettingsOffer, ISettingsSnapshot } from "../../../../src/gui/settings/settingsView.js";
import { defaultTexts } from "../../../../src/gui/texts/texts.js";
import { FakeTrack } from "../../../fakes/fakeMedia.js";

const device = (kind: "input" | "output", id: string, isDefault = false): IAudioDevice => ({
    id,
    label: id,
    kind,
    isDefault,
    form: "unknown",
});
const desk = device("input", "desk", true);
const usb = device("input", "usb");
const speakers = device("output", "speakers", true);
const live = (deviceId: string): ISettingsSnapshot["microphone"] => ({ state: "live", track: new FakeTrack(deviceId, { deviceId }) });
const failed = (code: "microphoneDenied" | "microphoneBusy"): ISettingsSnapshot["microphone"] => ({
    state: "failed",
    error: new RtcError(code, ""),
});

const calm: ISettingsSnapshot = {
    permission: "granted",
    microphone: live("desk"),
    devices: [desk, usb, speakers],
    output: speakers,
    mode: "open",
    talkOptions: { thresholdDb: -50 },
    processing: { echoCancellation: "all", noiseSuppression: true, autoGainControl: true, highPassHz: 0 },
    suppressor: null,
    volume: 1,
    monitorVolume: 0,
    voicesVolume: 1,
};
const offer: ISettingsOffer = { neural: false, talkKey: null, canChooseOutput: true };
const view = (snapshot: Partial<ISettingsSnapshot> = {}, offered: Partial<ISettingsOffer> = {}) =>
    settingsView({ ...calm, ...snapshot }, { ...offer, ...offered }, defaultTexts);

describe("settingsView", () => {
    it("lists the devices, the system's choice as such, and what is used now", () => {
        expect(view().input).toEqual({
            options: [
                { value: "", label: "desk (default)" },
                { value: "usb", label: "usb" },
            ],
            value: "",
        });
        expect(view({ microphone: live("usb") }).input?.value).toBe("usb");
        expect(view().inputNote).toBeNull();
    });

    it.each<[Partial<ISettingsSnapshot>, keyof typeof defaultTexts.settings | null, keyof typeof defaultTexts.settings | null]>([
        [{ microphone: { state: "off" }, permission: "prompt", devices: [device("input", "")] }, "namesUnknown", "ask"],
        [{ microphone: { state: "off" }, permission: "granted" }, "off", "turnOn"],
        [{ microphone: { state: "off" }, permission: "granted", devices: [] }, "noInput", "tryAgain"],
        [{ microphone: { state: "off" }, permission: "denied" }, "denied", null],
        [{ microphone: { state: "asking" } }, "asking", null],
        [{ microphone: failed("microphoneDenied"), permission: "denied" }, "denied", null],
        [{ microphone: failed("microphoneDenied"), permission: "prompt" }, "denied", "ask"],
        [{}, null, null],
    ])("says how it stands with the microphone, and what to do: %#", (snapshot, note, ask) => {
        const { inputNote, ask: button } = view(snapshot);
        expect([inputNote, button]).toEqual([note && defaultTexts.settings[note], ask && defaultTexts.settings[ask]]);
    });

    it("tells of an error in the words that toasts have for it", () => {
        expect(view({ microphone: failed("microphoneBusy") }).inputNote).toContain(defaultTexts.errors.microphoneBusy.advice);
    });

    it("says where the output cannot be chosen", () => {
        expect(view({}, { canChooseOutput: false })).toMatchObject({ output: null, outputNote: defaultTexts.settings.outputUnsupported });
        expect(view({ devices: [desk] })).toMatchObject({ output: null, outputNote: defaultTexts.settings.noOutput });
    });

    it("shows the threshold in the one way that has one, and names the app's key", () => {
        expect(view().thresholdDb).toBeNull();
        expect(view({ mode: "voiceActivity" }).thresholdDb).toBe(-50);
        expect(view({ mode: "pushToTalk" }, { talkKey: "V" }).wayNote).toContain("hold V");
    });

    it("offers a neural suppressor where there is one, and shows that it stands", () => {
        expect(view().noise.options.map(({ value }) => value)).toEqual(["off", "browser"]);
        const { noise } = view({ suppressor: () => Promise.reject(new Error()) });
        expect([noise.options.length, noise.value]).toEqual([3, "neural"]);
        expect(view({}, { neural: true }).noise.options).toHaveLength(3);
        expect(view({ processing: { ...calm.processing, noiseSuppression: false } }).noise.value).toBe("off");
    });

    it("shows how loud one hears oneself only while one does", () => {
        expect(view().monitorVolume).toBeNull();
        expect(view({ monitorVolume: 2 }).monitorVolume).toBe(2);
    });
});

describe("scrolledTo", () => {
    const state = { value: 0, height: 100, content: { top: 0, height: 300 }, wanted: { top: 0, height: 20 } };

    describe.each([
        ["laid out as it is scrolled", (value: number) => 10 - 200 * value],
        ["still laid out as it was scrolled before", () => 10],
    ])("%s", (_how, topAt) => {
        it.each([
            ["stays where it is in sight", 0.5, 140, 0.5],
            ["scrolls down as little as will do, with some air", 0, 150, 0.4],
            ["scrolls up likewise", 0.5, 50, 0.2],
            ["not beyond the ends", 1, 290, 1],
            ["nor before the beginning", 0.5, 2, 0],
        ])("%s", (_what, value, below, to) => {
            const top = topAt(value);
            const content = { top, height: 300 };
            expect(scrolledTo({ ...state, value, content, wanted: { top: top + below, height: 20 } })).toBeCloseTo(to);
        });
    });

    it("scrolls nothing that fits", () => {
        expect(scrolledTo({ ...state, content: { top: 0, height: 90 } })).toBe(0);
    });
});
