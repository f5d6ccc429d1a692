import { PacedInterest } from "../../../../src/transport/control/pacedInterest.js";
import type { VoiceInterest } from "../../../../src/transport/voiceTransport.js";

describe("requests for voices", () => {
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

    it("go at once in a room of two hundred", () => {
        askAll(200, "off");
        expect(sent).toHaveLength(200);
    });

    it("all go in a room of a thousand, within fourteen seconds, no more than the server takes", () => {
        askAll(1_000, "off");
        expect(sent).toHaveLength(200);
        jest.advanceTimersByTime(1_000);
        expect(sent.length).toBeLessThanOrEqual(260);
        jest.advanceTimersByTime(13_000);
        expect(new Set(sent.map(([to]) => to)).size).toBe(1_000);
        expect(sent).toHaveLength(1_000);
    });

    it("are the newest ones where somebody changes their mind again and again", () => {
        for (let round = 0; round < 20; round += 1) {
            askAll(300, round % 2 === 0 ? "off" : "on");
        }
        jest.advanceTimersByTime(10_000);
        const last = new Map(sent);
        expect([...last.values()].every((interest) => interest === "on")).toBe(true);
        expect(last.size).toBe(300);
        expect(sent.length).toBeLessThan(900);
    });

    it("go no more once it is closed", () => {
        askAll(300, "off");
        paced.close();
        jest.advanceTimersByTime(10_000);
        expect(sent).toHaveLength(200);
    });
});
