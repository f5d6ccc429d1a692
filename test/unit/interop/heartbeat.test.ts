import { Heartbeat } from "../../../src/interop/heartbeat.js";

describe("the heartbeat", () => {
    let asked: (() => void)[];
    let silences: number;
    let heartbeat: Heartbeat;

    beforeEach(() => {
        jest.useFakeTimers();
        asked = [];
        silences = 0;
        heartbeat = new Heartbeat(
            (answered) => asked.push(answered),
            () => silences++,
        );
    });

    afterEach(() => {
        heartbeat.stop();
        expect(jest.getTimerCount()).toBe(0);
        jest.useRealTimers();
    });

    it("asks every 4 s while answers come", () => {
        for (let i = 0; i < 10; i++) {
            jest.advanceTimersByTime(4_000);
            asked.at(-1)?.();
        }
        expect(asked).toHaveLength(10);
        expect(silences).toBe(0);
    });

    it("takes 12 s without an answer for silence, tells it once, and asks no more", () => {
        jest.advanceTimersByTime(4_000 + 11_999);
        expect(silences).toBe(0);
        jest.advanceTimersByTime(1);
        expect(silences).toBe(1);
        jest.advanceTimersByTime(60_000);
        expect([silences, asked.length]).toEqual([1, 1]);
    });

    it("forgives an answer that comes late", () => {
        jest.advanceTimersByTime(4_000 + 11_000);
        asked[0]?.();
        jest.advanceTimersByTime(4_000);
        expect([silences, asked.length]).toEqual([0, 2]);
    });

    it("does not take a page whose timers are slowed down for silence", () => {
        jest.advanceTimersByTime(4_000);
        asked[0]?.();
        jest.setSystemTime(Date.now() + 60_000);
        jest.advanceTimersByTime(4_000);
        expect([silences, asked.length]).toEqual([0, 2]);
    });

    it("asks nothing once it is stopped", () => {
        heartbeat.stop();
        jest.advanceTimersByTime(60_000);
        expect([silences, asked.length]).toEqual([0, 0]);
    });
});
