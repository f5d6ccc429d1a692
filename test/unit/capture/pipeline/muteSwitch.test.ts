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

    it("switches both off at once", () => {
        sending.isOn = false;
        expect([captured.enabled, sent?.enabled]).toEqual([false, false]);
    });

    it("switches on what the chain makes when what comes into it has come through", () => {
        sending.isOn = false;
        sending.isOn = true;
        expect([captured.enabled, sent?.enabled]).toEqual([true, false]);
        jest.advanceTimersByTime(139);
        expect(sent?.enabled).toBe(false);
        jest.advanceTimersByTime(1);
        expect(sent?.enabled).toBe(true);
    });

    it("stays off when it was switched off meanwhile, or when its tracks go", () => {
        sending.isOn = false;
        sending.isOn = true;
        sending.isOn = false;
        jest.advanceTimersByTime(1_000);
        expect(sent?.enabled).toBe(false);
        sending.isOn = true;
        sending.reset();
        expect(jest.getTimerCount()).toBe(0);
    });

    it("brings tracks that come later into its state, and waits for nothing where there is no chain", () => {
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
