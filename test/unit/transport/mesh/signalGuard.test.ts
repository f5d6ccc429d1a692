import { callRate } from "../../../../protocol/callOrder.js";
import { SignalGuard } from "../../../../src/transport/mesh/signalGuard.js";

describe("SignalGuard", () => {
    let now: number;
    let guard: SignalGuard;
    beforeEach(() => {
        now = 0;
        guard = new SignalGuard(() => now);
    });
    const sdp = { type: "offer", sdp: "v=0" };
    const offer = (id: string, src = "bob", more: object = {}): unknown => ({
        type: "OFFER",
        src,
        payload: { type: "media", connectionId: id, sdp, ...more },
    });
    const answer = (id: string, src = "bob"): unknown => ({ type: "ANSWER", src, payload: { type: "media", connectionId: id, sdp } });
    const candidate = (id: string, src = "bob"): unknown => ({
        type: "CANDIDATE",
        src,
        payload: { type: "media", connectionId: id, candidate: {} },
    });
    const passed = (count: number, make: (index: number) => unknown): number =>
        Array.from({ length: count }, (_, index) => guard.passes(make(index))).filter(Boolean).length;

    it("passes the server's own messages", () => {
        expect(["OPEN", "ERROR", "ID-TAKEN"].every((type) => guard.passes({ type, payload: {} }))).toBe(true);
    });

    it.each([
        ["null", null],
        ["a number", 5],
        ["an offer of a data connection", offer("dc_1", "bob", { type: "data" })],
        ["an offer without a session description", offer("mc_1", "bob", { sdp: null })],
        ["an offer without a connection id", offer("mc_1", "bob", { connectionId: 5 })],
        ["an offer without a payload", { type: "OFFER", src: "bob" }],
        ["an offer without a sender", { type: "OFFER", payload: { type: "media", connectionId: "mc_1", sdp } }],
        [
            "LEAVE, which would close every call of its sender",
            { type: "LEAVE", src: "bob", payload: { type: "media", connectionId: "mc_1" } },
        ],
        ["EXPIRE", { type: "EXPIRE", src: "bob", payload: { type: "media", connectionId: "mc_1" } }],
    ])("drops %s", (_what, message) => {
        expect(guard.passes(message)).toBe(false);
    });

    it("rate-limits calls per peer, and passes all that the server passes", () => {
        expect(passed(500, (index) => offer(`mc_${index}`))).toBe(callRate.burst);
        expect(guard.passes(offer("mc", "carol"))).toBe(true);
        now += 1000 / callRate.perSecond;
        expect(passed(500, (index) => offer(`mc_${index}`))).toBe(1);
    });

    it("passes one answer per outgoing call, and only from the callee", () => {
        guard.called("bob", "ours");
        expect(guard.passes(answer("ours", "carol"))).toBe(false);
        expect(guard.passes(answer("another"))).toBe(false);
        expect(guard.passes(answer("ours"))).toBe(true);
        expect(guard.passes(answer("ours"))).toBe(false);
    });

    it("passes a limited number of candidates per call, including those before the offer", () => {
        expect(guard.passes(candidate("early"))).toBe(true);
        expect(guard.passes(offer("early"))).toBe(true);
        expect(passed(1000, () => candidate("early"))).toBe(399);
        expect(passed(1000, (index) => candidate(`never ${index}`))).toBe(7);
    });

    it("keeps state for at most 1000 peers", () => {
        for (let index = 0; index < 5000; index += 1) {
            guard.passes(offer("mc", `peer ${index}`));
        }
        expect((guard as unknown as { _peers: Map<string, unknown> })._peers.size).toBe(1000);
    });
});
