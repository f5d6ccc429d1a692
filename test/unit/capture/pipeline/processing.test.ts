import { EMPTY } from "rxjs";
import { Microphone } from "../../../../src/capture/microphone.js";
import { constraintsOf, defaultProcessing, processingOf } from "../../../../src/capture/pipeline/processing.js";
import { resolveProcessing } from "../../../../src/capture/pipeline/processingChange.js";
import type { ICaptureProcessing } from "../../../../src/capture/pipeline/processing.js";
import { FakeTrack, fakeStream, installFakeMedia } from "../../../fakes/fakeMedia.js";
import { FakeMicrophone, deviceInfo, mediaError } from "../../../fakes/fakeMicrophone.js";
import { settleAsync } from "../../../fakes/settle.js";

installFakeMedia();

describe("The processing options", () => {
    it.each([
        [{ echoCancellation: "everything" }, /echoCancellation must be true, false, "all" or "remote-only"/],
        [{ noiseSuppression: "all" }, /noiseSuppression must be true or false/],
        [{ autoGainControl: 1 }, /autoGainControl must be true or false/],
        [{ highPassHz: 19 }, /highPassHz must be 0 or a number from 20 to 500/],
        [{ highPassHz: 501 }, /highPassHz/],
        [{ highPassHz: NaN }, /highPassHz/],
        [{ reverb: true }, /Unknown audio processing "reverb"/],
        [{ toString: true }, /Unknown audio processing "toString"/],
    ])("reject %j with an explanation", (changes, sentence) => {
        expect(() => resolveProcessing(changes as Partial<ICaptureProcessing>, defaultProcessing)).toThrow(sentence);
    });

    it("change where a value is given, and otherwise stay the same", () => {
        expect(resolveProcessing({ highPassHz: 80 }, defaultProcessing)).toEqual({ ...defaultProcessing, highPassHz: 80 });
        expect(resolveProcessing({ echoCancellation: "remote-only" }, defaultProcessing).echoCancellation).toBe("remote-only");
    });

    it("are derived from constraints that are given as values, as exact or as ideal", () => {
        expect(processingOf({ noiseSuppression: { exact: false }, autoGainControl: { ideal: false }, echoCancellation: true })).toEqual({
            echoCancellation: true,
            noiseSuppression: false,
            autoGainControl: false,
            highPassHz: 0,
        });
        expect(processingOf({ echoCancellation: {} })).toEqual(defaultProcessing);
    });

    it("become constraints only if the browser implements them", () => {
        expect(constraintsOf({ highPassHz: 80, noiseSuppression: false })).toEqual({ noiseSuppression: false });
    });
});

describe("Microphone.setProcessingAsync", () => {
    let device: FakeMicrophone;
    let made: Microphone[];
    const make = (source?: MediaTrackConstraints | MediaStream): Microphone => {
        const microphone = new Microphone(source, EMPTY, { media: device, storage: null });
        made.push(microphone);
        return microphone;
    };

    beforeEach(() => {
        device = new FakeMicrophone();
        made = [];
    });

    afterEach(() => made.forEach((microphone) => microphone.stop()));

    it("reopens the device, and stops the old track after the cross-fade", async () => {
        jest.useFakeTimers();
        const microphone = make();
        await microphone.startAsync();
        await microphone.setProcessingAsync({ noiseSuppression: false });
        expect(device.asked[1]).toEqual({ echoCancellation: "all", noiseSuppression: false, autoGainControl: true, channelCount: 1 });
        expect(microphone.state).toEqual({ state: "live", track: device.tracks[1] });
        expect(device.live).toHaveLength(2);
        jest.advanceTimersByTime(1_000);
        expect(device.live).toEqual([device.tracks[1]]);
        jest.useRealTimers();
    });

    it("applies to the selected device and to devices that are selected later", async () => {
        device.plug(deviceInfo("audioinput", "desk"), deviceInfo("audioinput", "usb"));
        const microphone = make({ autoGainControl: { exact: true } });
        await microphone.startAsync();
        await microphone.selectInputAsync("usb");
        await microphone.setProcessingAsync({ echoCancellation: false });
        expect(device.asked.at(-1)).toMatchObject({
            deviceId: { exact: "usb" },
            echoCancellation: false,
            autoGainControl: { exact: true },
        });
        await microphone.selectInputAsync("desk");
        expect(device.asked.at(-1)).toMatchObject({ deviceId: { exact: "desk" }, echoCancellation: false });
    });

    it("takes effect at the next start if the microphone is off", async () => {
        const microphone = make();
        await microphone.setProcessingAsync({ autoGainControl: false });
        expect(device.asked).toHaveLength(0);
        await microphone.startAsync();
        expect(device.asked).toMatchObject([{ autoGainControl: false, noiseSuppression: true }]);
    });

    it("does not reopen the device for unchanged options", async () => {
        const microphone = make();
        await microphone.startAsync();
        await microphone.setProcessingAsync({ noiseSuppression: true });
        expect(device.asked).toHaveLength(1);
    });

    it("rejects and restores the previous processing if the device cannot be reopened", async () => {
        const microphone = make();
        const seen: boolean[] = [];
        microphone.processing$.subscribe(({ noiseSuppression }) => seen.push(noiseSuppression));
        await microphone.startAsync();
        device.failure = mediaError("NotReadableError");
        await expect(microphone.setProcessingAsync({ noiseSuppression: false })).rejects.toMatchObject({ code: "microphoneBusy" });
        expect(microphone.state).toEqual({ state: "live", track: device.tracks[0] });
        expect(seen).toEqual([true, false, true]);
        device.failure = null;
        await microphone.setProcessingAsync({ autoGainControl: false });
        expect(device.asked.at(-1)).toMatchObject({ noiseSuppression: true, autoGainControl: false });
    });

    it("rejects invalid options without reopening the device", async () => {
        const microphone = make();
        await microphone.startAsync();
        await expect(microphone.setProcessingAsync({ highPassHz: -1 })).rejects.toMatchObject({ code: "invalidArgument" });
        expect(device.asked).toHaveLength(1);
        expect(microphone.processing).toEqual(defaultProcessing);
    });

    it("rejects browser processing for the app's own stream, but accepts highPassHz", async () => {
        const microphone = make(fakeStream(new FakeTrack()));
        await microphone.startAsync();
        await expect(microphone.setProcessingAsync({ noiseSuppression: false })).rejects.toMatchObject({ code: "unsupported" });
        expect(microphone.processing.noiseSuppression).toBe(true);
        await microphone.setProcessingAsync({ highPassHz: 80 });
        expect(microphone.processing.highPassHz).toBe(80);
    });

    it("applies both of two concurrent changes", async () => {
        const microphone = make();
        await microphone.startAsync();
        const answer = device.holdPrompt();
        const first = microphone.setProcessingAsync({ noiseSuppression: false });
        const second = microphone.setProcessingAsync({ autoGainControl: false });
        answer();
        await Promise.all([first, second]);
        expect(microphone.processing).toMatchObject({ noiseSuppression: false, autoGainControl: false });
        expect(device.asked.at(-1)).toMatchObject({ noiseSuppression: false, autoGainControl: false });
        expect(microphone.state).toEqual({ state: "live", track: device.tracks.at(-1) });
    });

    it.each<[string, (microphone: Microphone) => Promise<void>]>([
        ["change", (microphone) => microphone.setProcessingAsync({ autoGainControl: false })],
        ["device", (microphone) => microphone.selectInputAsync("usb")],
    ])("shows the processing of the open device if a %s that superseded a change fails", async (_what, supersedeAsync) => {
        device.plug(deviceInfo("audioinput", "desk"), deviceInfo("audioinput", "usb"));
        const microphone = make();
        await microphone.startAsync();
        const answer = device.holdPrompt();
        const first = microphone.setProcessingAsync({ noiseSuppression: false });
        await settleAsync();
        const second = supersedeAsync(microphone);
        await settleAsync();
        device.failure = mediaError("NotReadableError");
        answer();
        await expect(second).rejects.toMatchObject({ code: "microphoneBusy" });
        await first;
        expect(microphone.state).toEqual({ state: "live", track: device.tracks[0] });
        expect(microphone.processing).toEqual(defaultProcessing);
    });

    it("keeps a change that a selection of a device superseded and applied, if a later change fails", async () => {
        device.plug(deviceInfo("audioinput", "desk"), deviceInfo("audioinput", "usb"));
        const microphone = make();
        await microphone.startAsync();
        const answer = device.holdPrompt();
        const first = microphone.setProcessingAsync({ noiseSuppression: false });
        await settleAsync();
        const second = microphone.selectInputAsync("usb");
        await settleAsync();
        answer();
        await Promise.all([first, second]);
        device.failure = mediaError("NotReadableError");
        await expect(microphone.setProcessingAsync({ autoGainControl: false })).rejects.toMatchObject({ code: "microphoneBusy" });
        expect(microphone.processing).toEqual({ ...defaultProcessing, noiseSuppression: false });
        expect(device.asked.at(-2)).toMatchObject({ deviceId: { exact: "usb" }, noiseSuppression: false });
    });

    it("turns the browser's noise suppression off while a suppressor is set, and on again afterwards", async () => {
        const microphone = make();
        await microphone.startAsync();
        const suppressor = (context: AudioContext): never => {
            throw new Error(`no ${context.sampleRate}`);
        };
        await microphone.setSuppressorAsync(suppressor);
        await settleAsync();
        expect(microphone.suppressor).toBe(suppressor);
        expect(device.asked.at(-1)).toMatchObject({ noiseSuppression: false });
        await microphone.setSuppressorAsync(null);
        await settleAsync();
        expect(device.asked.at(-1)).toMatchObject({ noiseSuppression: true });
        expect(device.asked).toHaveLength(3);
    });

    it("turns the browser's noise suppression on again even if the browser keeps the settings of an open device", async () => {
        const microphone = make();
        await microphone.startAsync();
        await microphone.setSuppressorAsync((context) => Promise.reject(new Error(`no ${context.sampleRate}`)));
        await settleAsync();
        const { openAsync } = device;
        const track = new FakeTrack("stubborn", { noiseSuppression: false });
        const openOnceAsync = (): Promise<MediaStream> => {
            Object.assign(device, { openAsync });
            return Promise.resolve(fakeStream(track));
        };
        Object.assign(device, { openAsync: openOnceAsync });
        await microphone.setSuppressorAsync(null);
        await settleAsync();
        expect(track.readyState).toBe("ended");
        expect(microphone.state).toEqual({ state: "live", track: device.tracks.at(-1) });
    });

    it("does not reopen the device for a suppressor if the browser's noise suppression is off", async () => {
        const microphone = make({ noiseSuppression: false });
        await microphone.startAsync();
        await microphone.setSuppressorAsync(() => Promise.reject(new Error()));
        await settleAsync();
        expect(device.asked).toHaveLength(1);
    });

    it("closes the device before reopening it if the browser keeps the settings of an open device", async () => {
        const microphone = make();
        await microphone.startAsync();
        const { openAsync } = device;
        const track = new FakeTrack("stubborn", { noiseSuppression: true });
        const openOnceAsync = (): Promise<MediaStream> => {
            Object.assign(device, { openAsync });
            return Promise.resolve(fakeStream(track));
        };
        Object.assign(device, { openAsync: openOnceAsync });
        await microphone.setProcessingAsync({ noiseSuppression: false });
        expect(track.readyState).toBe("ended");
        expect(device.tracks[0]?.readyState).toBe("ended");
        expect(device.live).toEqual([device.tracks[1]]);
        expect(microphone.state).toEqual({ state: "live", track: device.tracks[1] });
    });
});
