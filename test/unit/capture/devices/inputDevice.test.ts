import { NEVER, Subject, concat, first, of } from "rxjs";
import type { AudioHost } from "../../../../src/audio/audioHost.js";
import type { DeviceEvent } from "../../../../src/capture/devices/deviceEvents.js";
import type { IDeviceChoice, IDeviceStorage } from "../../../../src/capture/devices/deviceStorage.js";
import { healed$ } from "../../../../src/capture/devices/inputDevice.js";
import type { IMediaPort, MicrophonePermission } from "../../../../src/capture/devices/mediaPort.js";
import type { MicrophoneState } from "../../../../src/capture/microphoneState.js";
import { Microphone } from "../../../../src/capture/microphone.js";
import { RtcError } from "../../../../src/errors/rtcError.js";
import { deferred } from "../../../fakes/deferred.js";
import { FakeTrack, fakeStream, installFakeMedia } from "../../../fakes/fakeMedia.js";
import { FakeMicrophone, deviceInfo, mediaError } from "../../../fakes/fakeMicrophone.js";
import { settleAsync } from "../../../fakes/settle.js";

let mockIsOffline = false;

jest.mock("../../../../src/interop/onDemand.js", () => ({
    onDemandAsync: (load: () => Promise<unknown>) => (mockIsOffline ? Promise.reject(new Error("offline")) : load()),
}));

installFakeMedia();

const builtIn = deviceInfo("audioinput", "built in");
const usb = deviceInfo("audioinput", "usb");
const quest = deviceInfo("audioinput", "q", "Meta Quest 3");
const speakers = deviceInfo("audiooutput", "speakers");
const phones = deviceInfo("audiooutput", "phones");

class FakeStorage implements IDeviceStorage {
    public kept: IDeviceChoice | null = null;
    load = (): IDeviceChoice | null => this.kept;
    save = (choice: IDeviceChoice): void => {
        this.kept = choice;
    };
}

describe("A microphone with several devices", () => {
    let media: FakeMicrophone;
    let storage: FakeStorage;
    let microphone: Microphone;
    let events: DeviceEvent[];
    let errors: string[];
    let outputs: string[];

    const fakeHost = {
        setOutputAsync: async (id: string) => {
            outputs.push(id);
        },
    } as unknown as AudioHost;
    const make = (options: { source?: MediaTrackConstraints | MediaStream; storage?: IDeviceStorage | null; hasHost?: boolean } = {}) => {
        microphone = new Microphone(options.source, options.hasHost ? of(fakeHost) : NEVER, {
            media,
            storage: options.storage === undefined ? storage : options.storage,
        });
        microphone.deviceEvents$.subscribe((event) => events.push(event));
        microphone.error$.subscribe(({ code }) => errors.push(code));
        return microphone;
    };
    const heard = (): string | null => {
        const { state } = microphone;
        return state.state === "live" ? state.track.label : null;
    };
    const told = (): string[] =>
        events.map((event) => (event.type === "error" ? `error ${event.reason} ${event.kind}` : `${event.type} ${event.device.label}`));

    beforeEach(() => {
        media = new FakeMicrophone();
        media.listed = [builtIn, usb, quest, speakers, phones];
        storage = new FakeStorage();
        events = [];
        errors = [];
        outputs = [];
    });

    afterEach(() => microphone.stop());

    it("devices: added, removed, started, stopped: emitted as they happen", async () => {
        make();
        await settleAsync();
        media.plug(builtIn, speakers);
        await settleAsync();
        media.plug(builtIn, usb, speakers);
        await settleAsync();
        await microphone.startAsync();
        await microphone.selectInputAsync("usb");
        microphone.stop();
        expect(told()).toEqual([
            "removed usb",
            "removed Meta Quest 3",
            "removed phones",
            "added usb",
            "started built in",
            "stopped built in",
            "started usb",
            "stopped usb",
        ]);
    });

    it.each([
        ["NotAllowedError", "noPermission"],
        ["NotReadableError", "busy"],
        ["NotFoundError", "notFound"],
    ])("devices: error: reports %s as %s", async (name, reason) => {
        make();
        media.failure = mediaError(name);
        await microphone.startAsync();
        expect(told()).toEqual([`error ${reason} input`]);
    });

    it("devices: error: reports a browser without devices as unsupported", async () => {
        make();
        media.failure = new RtcError("unsupported", "No secure page.");
        await microphone.startAsync();
        expect(told()).toEqual(["error unsupported input"]);
    });

    describe("selectInputAsync", () => {
        it("opens the new device before it closes the old one", async () => {
            make();
            await microphone.startAsync();
            const [old] = media.tracks;
            const tracks: (MediaStreamTrack | null)[] = [];
            microphone.track$.subscribe((track) => tracks.push(track));
            await microphone.selectInputAsync("usb");
            expect(media.asked.at(-1)).toMatchObject({ deviceId: { exact: "usb" }, echoCancellation: "all" });
            expect(tracks.map((track) => track?.label)).toEqual(["built in", "usb"]);
            expect(old?.readyState).toBe("live");
            microphone.stop();
            expect(media.live).toHaveLength(0);
        });

        it("rejects and keeps the current device if the new one cannot be opened", async () => {
            make();
            await microphone.startAsync();
            media.failure = mediaError("NotReadableError");
            await expect(microphone.selectInputAsync("usb")).rejects.toMatchObject({ code: "microphoneBusy" });
            expect(heard()).toBe("built in");
            expect(storage.kept).toBeNull();
            expect(told().at(-1)).toBe("error busy input");
        });

        it("rejects invalid ids and ids of no input", async () => {
            make();
            await expect(microphone.selectInputAsync("")).rejects.toMatchObject({ code: "invalidArgument" });
            await expect(microphone.selectInputAsync(7 as unknown as string)).rejects.toMatchObject({ code: "invalidArgument" });
            await expect(microphone.selectInputAsync("speakers")).rejects.toMatchObject({ code: "deviceNotFound" });
            expect(storage.kept).toBeNull();
        });

        it("uses the last of two devices that are selected concurrently", async () => {
            make();
            await microphone.startAsync();
            const answer = media.holdPrompt();
            const first = microphone.selectInputAsync("usb");
            await settleAsync();
            const second = microphone.selectInputAsync("q");
            await settleAsync();
            answer();
            await expect(first).rejects.toMatchObject({ code: "aborted" });
            await second;
            expect(heard()).toBe("Meta Quest 3");
        });

        it("replaces the app's own stream, and restores it for null", async () => {
            make({ source: fakeStream(new FakeTrack("own")) });
            await microphone.startAsync();
            await microphone.selectInputAsync("usb");
            expect(heard()).toBe("usb");
            await microphone.selectInputAsync(null);
            expect(heard()).toBe("own");
        });

        it("stops the opened track if the microphone was stopped meanwhile", async () => {
            make();
            await microphone.startAsync();
            const answer = media.holdPrompt();
            const choosing = microphone.selectInputAsync("usb");
            await settleAsync();
            microphone.stop();
            answer();
            await expect(choosing).rejects.toMatchObject({ code: "aborted" });
            expect(media.live).toHaveLength(0);
            expect(microphone.state.state).toBe("off");
        });
    });

    describe("The selected device", () => {
        it("is remembered for the next page", async () => {
            make();
            await microphone.selectInputAsync("usb");
            make();
            await microphone.startAsync();
            expect(heard()).toBe("usb");
            expect(media.asked).toHaveLength(1);
        });

        it("is found by its name if the browser has changed its id", async () => {
            storage.kept = { input: { id: "old", label: "usb" }, output: null };
            make();
            await microphone.startAsync();
            await settleAsync();
            expect(heard()).toBe("usb");
        });

        it("is reported if it is missing, and the system's device is used", async () => {
            storage.kept = { input: { id: "old", label: "old" }, output: { id: "away", label: "away" } };
            make();
            await microphone.startAsync();
            await settleAsync();
            expect(heard()).toBe("built in");
            expect(told()).toEqual(["started built in", "error notFound input", "error notFound output"]);
        });

        it("is not stored with a storage of null, and is ignored if the stored value is invalid", async () => {
            make({ storage: null });
            await microphone.selectInputAsync("usb");
            expect(storage.kept).toBeNull();
            make({
                storage: {
                    load: () => ({ input: { id: 5 } }) as unknown as IDeviceChoice,
                    save: () => {
                        throw new Error("full");
                    },
                },
            });
            await microphone.startAsync();
            expect(heard()).toBe("built in");
            await microphone.selectInputAsync("usb");
            expect(heard()).toBe("usb");
        });

        it("does not replace the app's own stream if it was stored by an earlier page", async () => {
            storage.kept = { input: { id: "usb", label: "usb" }, output: null };
            make({ source: fakeStream(new FakeTrack("own")) });
            await microphone.startAsync();
            expect(heard()).toBe("own");
        });

        it("stays stored when an output is selected while the app's own stream is used", async () => {
            const input = { id: "usb", label: "usb" };
            storage.kept = { input, output: null };
            make({ source: fakeStream(new FakeTrack("own")), hasHost: true });
            await microphone.selectOutputAsync("phones");
            expect(storage.kept).toEqual({ input, output: { id: "phones", label: "phones" } });
        });

        it("is used if it was selected during the permission prompt", async () => {
            make();
            const answer = media.holdPrompt();
            const starting = microphone.startAsync();
            await microphone.selectInputAsync("usb");
            answer();
            await starting;
            await settleAsync();
            expect(heard()).toBe("usb");
        });
    });

    it("devices: error: unplugged: switches to the system's device and reports it", async () => {
        make();
        await microphone.startAsync();
        await microphone.selectInputAsync("usb");
        media.plug(builtIn, speakers);
        media.tracks.at(-1)?.unplug();
        await settleAsync();
        expect(heard()).toBe("built in");
        expect(told().slice(-3)).toEqual(["stopped usb", "started built in", "error unplugged input"]);
        expect(errors).toEqual(["deviceUnplugged"]);
    });

    it("devices: error: unplugged as soon as it is live: reopens a device and reports it", async () => {
        make();
        microphone.state$.pipe(first(({ state }) => state === "live")).subscribe(() => media.tracks[0]?.unplug());
        await microphone.startAsync();
        await settleAsync();
        expect(media.tracks).toHaveLength(2);
        expect(microphone.state).toEqual({ state: "live", track: media.tracks[1] });
        expect(errors).toEqual(["deviceUnplugged"]);
    });

    describe("while the code that watches devices cannot be loaded", () => {
        beforeEach(() => {
            jest.useFakeTimers();
            mockIsOffline = true;
        });

        afterEach(() => {
            mockIsOffline = false;
            microphone.stop();
            jest.useRealTimers();
        });

        it("fails as soon as it is unplugged, and switches to the system's device once the code is loaded", async () => {
            make();
            await microphone.startAsync();
            await jest.advanceTimersByTimeAsync(100);
            media.tracks[0]?.unplug();
            expect(microphone.state).toMatchObject({ state: "failed", error: { code: "microphoneMissing" } });
            await jest.advanceTimersByTimeAsync(10_000);
            expect(microphone.state.state).toBe("failed");
            mockIsOffline = false;
            await jest.advanceTimersByTimeAsync(5_000);
            expect(heard()).toBe("built in");
            expect(media.tracks).toHaveLength(2);
            expect(errors).toEqual(["deviceUnplugged"]);
        });

        it("reports an unplugged selected device once, as deviceNotFound", async () => {
            make();
            mockIsOffline = false;
            await microphone.selectInputAsync("usb");
            mockIsOffline = true;
            await microphone.startAsync();
            media.listed = [builtIn, speakers];
            media.tracks[0]?.unplug();
            mockIsOffline = false;
            await jest.advanceTimersByTimeAsync(5_000);
            expect(heard()).toBe("built in");
            expect(errors).toEqual(["deviceNotFound"]);
        });

        it("rejects a selection, and keeps the device", async () => {
            make();
            await microphone.startAsync();
            await expect(microphone.selectInputAsync("usb")).rejects.toThrow("offline");
            await expect(microphone.selectOutputAsync("speakers")).rejects.toThrow("offline");
            await expect(microphone.enterXrAsync()).rejects.toThrow("offline");
            expect(heard()).toBe("built in");
            expect(media.tracks).toHaveLength(1);
        });

        it("restarts at once when a device is plugged in", async () => {
            make();
            await microphone.startAsync();
            media.tracks[0]?.unplug();
            media.plug(usb);
            await jest.advanceTimersByTimeAsync(0);
            expect(heard()).toBe("usb");
        });

        it("fails if its track has already ended when the device is opened", async () => {
            make();
            const { openAsync } = media;
            Object.assign(media, {
                openAsync: async (constraints: MediaTrackConstraints) => {
                    const stream = await openAsync(constraints);
                    media.tracks[0]?.unplug();
                    return stream;
                },
            });
            await microphone.startAsync();
            expect(microphone.state.state).toBe("failed");
        });
    });

    it("fails with microphoneDenied if the permission is revoked while talking", async () => {
        make();
        await microphone.startAsync();
        media.failure = mediaError("NotAllowedError");
        media.tracks[0]?.unplug();
        await settleAsync();
        expect(microphone.state).toMatchObject({ state: "failed", error: { code: "microphoneDenied" } });
    });

    describe("permission", () => {
        it("is emitted before the device is requested", () => {
            make();
            media.permission$.next("prompt");
            const seen: string[] = [];
            microphone.permission$.subscribe((state) => seen.push(state));
            media.permission$.next("granted");
            expect(seen).toEqual(["prompt", "granted"]);
            expect(media.asked).toHaveLength(0);
        });

        it("restarts the microphone when it changes from denied to granted", async () => {
            make();
            media.permission$.next("denied");
            media.failure = mediaError("NotAllowedError");
            await microphone.startAsync();
            expect(microphone.state.state).toBe("failed");
            media.failure = null;
            media.permission$.next("granted");
            await settleAsync();
            expect(heard()).toBe("built in");
        });

        it("causes no retries if it is granted but the system denies the device", async () => {
            make();
            media.failure = mediaError("NotAllowedError");
            await microphone.startAsync();
            await settleAsync();
            expect(media.asked).toHaveLength(1);
        });

        it("does not start a stopped microphone when it is granted", async () => {
            make();
            media.permission$.next("denied");
            media.failure = mediaError("NotAllowedError");
            await microphone.startAsync();
            microphone.stop();
            media.failure = null;
            media.permission$.next("granted");
            await settleAsync();
            expect(microphone.state.state).toBe("off");
        });
    });

    it("restarts when a device is plugged in after there was none", async () => {
        make();
        media.failure = mediaError("NotFoundError");
        await microphone.startAsync();
        media.failure = null;
        media.plug(usb);
        await settleAsync();
        expect(heard()).toBe("usb");
    });

    describe("selectOutputAsync", () => {
        it("playback: output device, and notice when it changes", async () => {
            make({ hasHost: true });
            await settleAsync();
            await microphone.selectOutputAsync("phones");
            expect(outputs).toEqual(["phones"]);
            expect(told()).toEqual(["outputChanged phones"]);
            expect(storage.kept?.output).toEqual({ id: "phones", label: "phones" });
        });

        it("playback: output device: reports a change of the system's output", async () => {
            make({ hasHost: true });
            await settleAsync();
            media.plug(builtIn, phones, speakers);
            await settleAsync();
            expect(told().at(-1)).toBe("outputChanged phones");
        });

        it("remembers the output, and applies it when there is an audio engine", async () => {
            storage.kept = { input: null, output: { id: "old", label: "phones" } };
            make({ hasHost: true });
            await microphone.startAsync();
            await settleAsync();
            expect(outputs).toEqual(["phones"]);
        });

        it("rejects a device that is no output", async () => {
            make({ hasHost: true });
            await expect(microphone.selectOutputAsync("usb")).rejects.toMatchObject({ code: "deviceNotFound" });
            expect(outputs).toEqual([]);
        });

        it("returns to the system's output when the selected one is unplugged, and reports it", async () => {
            make({ hasHost: true });
            await microphone.selectOutputAsync("phones");
            await microphone.startAsync();
            await settleAsync();
            media.plug(builtIn, speakers);
            await settleAsync();
            expect(outputs).toEqual(["phones", ""]);
            expect(told()).toContain("error unplugged output");
        });
    });

    describe("in XR", () => {
        it("switches to the headset's microphone on entry, and back on exit", async () => {
            make();
            await microphone.startAsync();
            await microphone.selectInputAsync("usb");
            expect(await microphone.enterXrAsync()).toBe(true);
            expect(heard()).toBe("Meta Quest 3");
            expect(storage.kept?.input?.id).toBe("usb");
            await microphone.exitXrAsync();
            expect(heard()).toBe("usb");
        });

        it("changes nothing if no device has the name of a headset", async () => {
            media.listed = [builtIn];
            make();
            await microphone.startAsync();
            expect(await microphone.enterXrAsync()).toBe(false);
            await microphone.exitXrAsync();
            expect(media.asked).toHaveLength(1);
        });

        it("keeps the previous microphone and emits the error if the headset's cannot be opened", async () => {
            make();
            await microphone.startAsync();
            await microphone.selectInputAsync("usb");
            media.failure = mediaError("NotReadableError");
            await expect(microphone.enterXrAsync()).rejects.toMatchObject({ code: "microphoneBusy" });
            expect(told().at(-1)).toBe("error busy input");
            media.failure = null;
            microphone.stop();
            await microphone.startAsync();
            expect(heard()).toBe("usb");
        });

        it("uses the previous microphone if XR ends while the headset's is being opened", async () => {
            make();
            await microphone.startAsync();
            await microphone.selectInputAsync("usb");
            const answer = media.holdPrompt();
            const entering = microphone.enterXrAsync();
            await settleAsync();
            const exiting = microphone.exitXrAsync();
            answer();
            await expect(entering).rejects.toMatchObject({ code: "aborted" });
            await exiting;
            expect(heard()).toBe("usb");
        });

        it("uses the headset's microphone if the microphone is started anew while that is being opened", async () => {
            make();
            await microphone.startAsync();
            const answer = media.holdPrompt();
            const entering = microphone.enterXrAsync();
            await settleAsync();
            microphone.stop();
            answer();
            await expect(entering).rejects.toMatchObject({ code: "aborted" });
            await microphone.startAsync();
            expect(heard()).toBe("Meta Quest 3");
        });

        it("keeps a device that was selected in XR", async () => {
            make();
            await microphone.startAsync();
            await microphone.enterXrAsync();
            await microphone.selectInputAsync("usb");
            await microphone.exitXrAsync();
            expect(heard()).toBe("usb");
            expect(media.asked).toHaveLength(3);
        });
    });

    it("treats a device that is no longer listed as unplugged, even if the browser keeps its track", async () => {
        make();
        await microphone.startAsync();
        await microphone.selectInputAsync("usb");
        media.plug(builtIn, speakers);
        await settleAsync();
        expect(heard()).toBe("built in");
        expect(told()).toContain("error unplugged input");
        expect(media.live.map(({ label }) => label)).toContain("built in");
    });

    it("reopens the replacement, not the unplugged device, when the processing changes", async () => {
        make();
        await microphone.startAsync();
        await microphone.selectInputAsync("usb");
        media.plug(builtIn, speakers);
        await settleAsync();
        await microphone.setProcessingAsync({ noiseSuppression: false });
        expect(heard()).toBe("built in");
        expect(media.asked.at(-1)).toMatchObject({ noiseSuppression: false });
    });

    it("switches to another device if one that it closed for new processing cannot be reopened", async () => {
        make();
        await microphone.startAsync();
        await microphone.selectInputAsync("usb");
        // Like Chromium: `getUserMedia` returns a device that is already open with its present settings, not with the requested ones.
        const settings = jest.spyOn(FakeTrack.prototype, "getSettings").mockReturnValue({ deviceId: "usb", noiseSuppression: true });
        const { openAsync } = media;
        let opened = 0;
        Object.assign(media, {
            openAsync: (constraints: MediaTrackConstraints) =>
                ++opened === 2 ? Promise.reject(mediaError("NotReadableError")) : openAsync(constraints),
        });
        await expect(microphone.setProcessingAsync({ noiseSuppression: false })).rejects.toMatchObject({ code: "microphoneBusy" });
        settings.mockRestore();
        await settleAsync();
        expect(heard()).toBe("built in");
        expect(media.asked.at(-1)).toMatchObject({ noiseSuppression: true });
        expect(told().at(-1)).toBe("error unplugged input");
    });

    it("keeps the live track if a selection is rejected while the processing changes", async () => {
        make();
        await microphone.startAsync();
        await microphone.selectInputAsync("usb");
        const { _pipeline } = microphone as unknown as { readonly _pipeline: { hushAsync: (isOvertaken: () => boolean) => Promise<void> } };
        const hushed = deferred();
        const overtaken: boolean[] = [];
        _pipeline.hushAsync = async (isOvertaken) => {
            await hushed.promise;
            overtaken.push(isOvertaken());
        };
        // Like Chromium: `getUserMedia` returns a device that is already open with its present settings, not with the requested ones.
        const settings = jest.spyOn(FakeTrack.prototype, "getSettings").mockReturnValue({ deviceId: "usb", noiseSuppression: true });
        const processing = microphone.setProcessingAsync({ noiseSuppression: false });
        await settleAsync();
        media.failure = mediaError("NotReadableError");
        await expect(microphone.selectInputAsync("q")).rejects.toMatchObject({ code: "microphoneBusy" });
        media.failure = null;
        hushed.resolve();
        await processing;
        await settleAsync();
        settings.mockRestore();
        expect(overtaken).toEqual([true]);
        expect(heard()).toBe("usb");
        expect(microphone.state).toMatchObject({ track: { readyState: "live" } });
        expect(errors).toEqual([]);
    });

    it("stops a replaced device at once when the new device fails", async () => {
        make();
        await microphone.startAsync();
        await microphone.selectInputAsync("usb");
        const [old, present] = media.tracks;
        expect(old?.readyState).toBe("live");
        media.failure = mediaError("NotFoundError");
        present?.unplug();
        await settleAsync();
        expect(microphone.state.state).toBe("failed");
        expect(media.live).toHaveLength(0);
    });

    it("does not look for the app's own stream in the device list, whatever id its track has", async () => {
        make({ source: fakeStream(new FakeTrack("game", { deviceId: "nowhere" })) });
        await microphone.startAsync();
        media.plug(builtIn, speakers);
        await settleAsync();
        expect(heard()).toBe("game");
        expect(errors).toEqual([]);
    });

    it("polls the device list, in case the browser does not report an unplugged device", async () => {
        jest.useFakeTimers();
        make();
        await microphone.startAsync();
        await microphone.selectInputAsync("usb");
        media.listed = [builtIn, speakers];
        await jest.advanceTimersByTimeAsync(3_900);
        expect(heard()).toBe("usb");
        await jest.advanceTimersByTimeAsync(4_100);
        expect(heard()).toBe("built in");
        microphone.stop();
        expect(jest.getTimerCount()).toBe(0);
        jest.useRealTimers();
    });
});

describe("healed$", () => {
    it.each([
        ["granted", 1],
        ["prompt", 0],
    ] as const)("emits for a device that is plugged in before the permission is known, if that is granted: %s", (permission, times) => {
        const changes$ = new Subject<unknown>();
        const permission$ = new Subject<MicrophonePermission>();
        const failed = { state: "failed", error: new RtcError("microphoneMissing", "There is no microphone.") } as MicrophoneState;
        let healed = 0;
        const media = { changes$, permission$ } as unknown as IMediaPort;
        const subscription = healed$(media, concat(of(failed), NEVER)).subscribe(() => healed++);
        changes$.next(null);
        permission$.next(permission);
        expect(healed).toBe(times);
        subscription.unsubscribe();
        expect([changes$.observed, permission$.observed]).toEqual([false, false]);
    });
});
