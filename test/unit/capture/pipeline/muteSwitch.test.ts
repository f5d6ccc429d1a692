import { MuteSwitch } from "../../../../src/capture/pipeline/muteSwitch.js";
import { FakeTrack } from "../../../fakes/fakeMedia.js";

describe("MuteSwitch", () => {
    let captured: FakeTrack;
    let sent: FakeTrack | null;
    let sending: MuteSwitch;

    beforeEach(() => {
        jest.useFakeTimers();
        captured = new FakeTrack();
        sent = new FakeTrack();
        sending = new MuteSwitch(() => ({ captured, chain: sent && { track: sent, delaySeconds: 0.1 } }));
    });

    afterEach(() => jest.useRealTimers());

    it("disables the captured and the sent track at once", () => {
        sending.isOn = false;
        expect([captured.enabled, sent?.enabled]).toEqual([false, false]);
    });

    it("enables the captured track at once, and the chain's track after the chain's delay", () => {
        sending.isOn = false;
        sending.isOn = true;
        expect([captured.enabled, sent?.enabled]).toEqual([true, false]);
        jest.advanceTimersByTime(139);
        expect(sent?.enabled).toBe(false);
        jest.advanceTimersByTime(1);
        expect(sent?.enabled).toBe(true);
    });

    it("cancels the delayed enabling when switched off again or reset", () => {
        sending.isOn = false;
        sending.isOn = true;
        sending.isOn = false;
        jest.advanceTimersByTime(1_000);
        expect(sent?.enabled).toBe(false);
        sending.isOn = true;
        sending.reset();
        expect(jest.getTimerCount()).toBe(0);
    });

    it("applies its state to later tracks, and enables a track without a chain immediately", () => {
        sent = null;
        sending.isOn = false;
        captured = new FakeTrack();
        sent = new FakeTrack();
        sending.apply();
        expect([captured.enabled, sent.enabled]).toEqual([false, false]);
        sent = null;
        sending.isOn = true;
        expect(captured.enabled).toBe(true);
        expect(jest.getTimerCount()).toBe(0);
    });
});
