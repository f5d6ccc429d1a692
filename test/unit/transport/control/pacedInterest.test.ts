import { PacedInterest } from "../../../../src/transport/control/pacedInterest.js";
import type { VoiceInterest } from "../../../../src/transport/voiceTransport.js";

describe("PacedInterest", () => {
    let sent: [string, VoiceInterest][];
    let paced: PacedInterest;

    beforeEach(() => {
        jest.useFakeTimers();
        sent = [];
        paced = new PacedInterest((to, interest) => sent.push([to, interest]));
    });
    afterEach(() => {
        paced.close();
        expect(jest.getTimerCount()).toBe(0);
        jest.useRealTimers();
    });
    const askAll = (count: number, interest: VoiceInterest): void =>
        Array.from({ length: count }, (_, index) => `member ${index}`).forEach((to) => paced.ask(to, interest));

    it("sends 200 requests at once", () => {
        askAll(200, "off");
        expect(sent).toHaveLength(200);
    });

    it("sends 1000 requests within 14 s, within the server's rate limit", () => {
        askAll(1_000, "off");
        expect(sent).toHaveLength(200);
        jest.advanceTimersByTime(1_000);
        expect(sent.length).toBeLessThanOrEqual(260);
        jest.advanceTimersByTime(13_000);
        expect(new Set(sent.map(([to]) => to)).size).toBe(1_000);
        expect(sent).toHaveLength(1_000);
    });

    it("sends the latest interest for each member when interest changes repeatedly", () => {
        for (let round = 0; round < 20; round += 1) {
            askAll(300, round % 2 === 0 ? "off" : "on");
        }
        jest.advanceTimersByTime(10_000);
        const last = new Map(sent);
        expect([...last.values()].every((interest) => interest === "on")).toBe(true);
        expect(last.size).toBe(300);
        expect(sent.length).toBeLessThan(900);
    });

    it("drops queued requests on close", () => {
        askAll(300, "off");
        paced.close();
        jest.advanceTimersByTime(10_000);
        expect(sent).toHaveLength(200);
    });
});
