import { NEVER, first } from "rxjs";
import { Microphone } from "../../../src/capture/microphone.js";
import type { MicrophoneState } from "../../../src/capture/microphoneState.js";
import { FakeTrack, fakeStream, installFakeMedia } from "../../fakes/fakeMedia.js";
import { FakeMicrophone, mediaError } from "../../fakes/fakeMicrophone.js";
import { settleAsync } from "../../fakes/settle.js";

installFakeMedia();

describe("Microphone", () => {
    let device: FakeMicrophone;
    let made: Microphone[];

    const make = (source?: MediaTrackConstraints | MediaStream): { microphone: Microphone; said: MicrophoneState["state"][] } => {
        const microphone = new Microphone(source, NEVER, { media: device, storage: null });
        made.push(microphone);
        const said: MicrophoneState["state"][] = [];
        microphone.state$.subscribe(({ state }) => said.push(state));
        return { microphone, said };
    };

    beforeEach(() => {
        device = new FakeMicrophone();
        made = [];
    });

    afterEach(() => made.forEach((microphone) => microphone.stop()));

    it("is off and requests no device until startAsync is called", () => {
        const { microphone, said } = make();
        expect(microphone.state).toEqual({ state: "off" });
        expect(said).toEqual(["off"]);
        expect(device.asked).toHaveLength(0);
    });

    it("requests the device and becomes live with its track", async () => {
        const { microphone, said } = make();
        await microphone.startAsync();
        expect(said).toEqual(["off", "asking", "live"]);
        expect(microphone.state).toEqual({ state: "live", track: device.tracks[0] });
    });

    it("requests one channel with echo cancellation, noise suppression and gain control", async () => {
        await make().microphone.startAsync();
        expect(device.asked).toEqual([{ echoCancellation: "all", noiseSuppression: true, autoGainControl: true, channelCount: 1 }]);
    });

    it("merges the app's constraints over the default constraints", async () => {
        await make({ deviceId: "usb", noiseSuppression: false }).microphone.startAsync();
        expect(device.asked).toMatchObject([{ deviceId: "usb", noiseSuppression: false, echoCancellation: "all" }]);
    });

    it("requests the device once if started again during the permission prompt or while live", async () => {
        const { microphone } = make();
        const answer = device.holdPrompt();
        const starts = [microphone.startAsync(), microphone.startAsync()];
        answer();
        await Promise.all(starts);
        await microphone.startAsync();
        expect(device.asked).toHaveLength(1);
    });

    it("fails with microphoneDenied if permission is refused, and requests again on the next start", async () => {
        const { microphone, said } = make();
        device.failure = mediaError("NotAllowedError");
        await microphone.startAsync();
        expect(microphone.state).toMatchObject({ state: "failed", error: { code: "microphoneDenied" } });
        device.failure = null;
        await microphone.startAsync();
        expect(said).toEqual(["off", "asking", "failed", "asking", "live"]);
    });

    it("stops its track when it is stopped", async () => {
        const { microphone, said } = make();
        await microphone.startAsync();
        microphone.stop();
        expect(device.live).toHaveLength(0);
        expect(said.at(-1)).toBe("off");
    });

    it("stops a track that arrives after stop()", async () => {
        const { microphone, said } = make();
        const answer = device.holdPrompt();
        const starting = microphone.startAsync();
        microphone.stop();
        answer();
        await starting;
        expect(device.tracks).toHaveLength(1);
        expect(device.live).toHaveLength(0);
        expect(said).toEqual(["off", "asking", "off"]);
    });

    it("keeps only one track if stopped and restarted during the permission prompt", async () => {
        const { microphone } = make();
        const answer = device.holdPrompt();
        const first = microphone.startAsync();
        microphone.stop();
        const second = microphone.startAsync();
        answer();
        await Promise.all([first, second]);
        expect(device.live).toHaveLength(1);
        expect(microphone.state).toEqual({ state: "live", track: device.live[0] });
    });

    it("ignores a refusal that arrives after stop()", async () => {
        const { microphone, said } = make();
        const answer = device.holdPrompt();
        const starting = microphone.startAsync();
        microphone.stop();
        device.failure = mediaError("NotAllowedError");
        answer();
        await starting;
        expect(said).toEqual(["off", "asking", "off"]);
    });

    it("fails with microphoneMissing when its only device is unplugged", async () => {
        const { microphone } = make();
        await microphone.startAsync();
        device.failure = mediaError("NotFoundError");
        device.tracks[0]?.unplug();
        await settleAsync();
        expect(microphone.state).toMatchObject({ state: "failed", error: { code: "microphoneMissing" } });
    });

    it("disables its track while enabled is false, from the start", async () => {
        const { microphone } = make();
        microphone.enabled = false;
        await microphone.startAsync();
        expect(device.tracks[0]?.enabled).toBe(false);
        microphone.enabled = true;
        expect(device.tracks[0]?.enabled).toBe(true);
        microphone.enabled = false;
        expect(device.tracks[0]?.enabled).toBe(false);
    });

    it("emits on track$: null, the track after the start, null after the stop", async () => {
        const { microphone } = make();
        const tracks: (MediaStreamTrack | null)[] = [];
        microphone.track$.subscribe((track) => tracks.push(track));
        await microphone.startAsync();
        microphone.stop();
        expect(tracks).toEqual([null, device.tracks[0], null]);
    });

    it("clones the track of the app's own stream, and leaves the original live and enabled", async () => {
        const own = new FakeTrack("own");
        const { microphone } = make(fakeStream(own));
        await microphone.startAsync();
        const [copy] = own.clones;
        expect(microphone.state).toEqual({ state: "live", track: copy });
        microphone.enabled = false;
        microphone.stop();
        expect(copy?.readyState).toBe("ended");
        expect(own).toMatchObject({ readyState: "live", enabled: true });
        expect(device.asked).toHaveLength(0);
    });

    it("fails with microphoneMissing if the app's stream has no audio track", async () => {
        const { microphone } = make(fakeStream());
        await microphone.startAsync();
        expect(microphone.state).toMatchObject({ state: "failed", error: { code: "microphoneMissing" } });
    });

    it("fails with unsupported if the browser gives the page no media devices", async () => {
        const microphone = new Microphone(undefined, NEVER);
        made.push(microphone);
        Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
        await microphone.startAsync();
        expect(microphone.state).toMatchObject({ state: "failed", error: { code: "unsupported" } });
    });

    it("can be restarted after a subscriber has stopped it in the asking state", async () => {
        const { microphone, said } = make();
        microphone.state$.pipe(first(({ state }) => state === "asking")).subscribe(() => microphone.stop());
        await microphone.startAsync();
        expect(microphone.state.state).toBe("off");
        expect(device.live).toHaveLength(0);
        await microphone.startAsync();
        expect(said).toEqual(["off", "asking", "off", "asking", "live"]);
    });

    it("restarts if a subscriber calls startAsync in the failed state", async () => {
        const { microphone } = make();
        device.failure = mediaError("NotReadableError");
        let again: Promise<void> | null = null;
        microphone.state$.subscribe(({ state }) => {
            if (state === "failed" && !again) {
                device.failure = null;
                again = Promise.resolve().then(() => microphone.startAsync());
            }
        });
        await microphone.startAsync();
        await settleAsync();
        expect(microphone.state.state).toBe("live");
    });
});
