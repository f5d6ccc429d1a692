import { isCallerOf } from "../../../../protocol/callOrder.js";
import { shouldCall } from "../../../../src/transport/mesh/callRule.js";

const orders = [1, 2, 3, 7, 50];
const pairs = orders.flatMap((a) => orders.filter((b) => b !== a).map((b) => [a, b] as const));

describe("The call rule", () => {
    it.each(pairs)("makes exactly one of two ready peers (orders %i and %i) the caller", (a, b) => {
        const one = { order: a, ready: true };
        const other = { order: b, ready: true };
        expect([shouldCall(one, other), shouldCall(other, one)].filter(Boolean)).toHaveLength(1);
    });

    it.each([
        { self: 2, other: 1, ready: true, calls: true, why: "lets the peer that joined later call" },
        { self: 2, other: 1, ready: false, calls: false, why: "does not call a peer that is not ready" },
        { self: 1, other: 2, ready: true, calls: false, why: "lets the peer that joined earlier wait for the call" },
        { self: 1, other: 1, ready: true, calls: false, why: "does not let a peer call itself" },
    ])("$why", ({ self, other, ready, calls }) => {
        expect(shouldCall({ order: self }, { order: other, ready })).toBe(calls);
    });

    it.each(pairs)("determines the caller (orders %i and %i) by order alone, not by readiness", (a, b) => {
        expect(isCallerOf({ order: a }, { order: b })).toBe(a > b);
    });
});
