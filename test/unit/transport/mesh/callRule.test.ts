import { isCallerOf } from "../../../../protocol/callOrder.js";
import { shouldCall } from "../../../../src/transport/mesh/callRule.js";

const orders = [1, 2, 3, 7, 50];
const pairs = orders.flatMap((a) => orders.filter((b) => b !== a).map((b) => [a, b] as const));

describe("who calls whom", () => {
    it.each(pairs)("of two that both can be called (%i and %i) exactly one calls", (a, b) => {
        const one = { order: a, ready: true };
        const other = { order: b, ready: true };
        expect([shouldCall(one, other), shouldCall(other, one)].filter(Boolean)).toHaveLength(1);
    });

    it.each([
        { self: 2, other: 1, ready: true, calls: true, why: "who came later calls" },
        { self: 2, other: 1, ready: false, calls: false, why: "nobody calls somebody who cannot be called yet" },
        { self: 1, other: 2, ready: true, calls: false, why: "who came earlier waits to be called" },
        { self: 1, other: 1, ready: true, calls: false, why: "nobody calls themselves" },
    ])("$why", ({ self, other, ready, calls }) => {
        expect(shouldCall({ order: self }, { order: other, ready })).toBe(calls);
    });

    it.each(pairs)("the part of the caller (%i and %i) does not change with readiness", (a, b) => {
        expect(isCallerOf({ order: a }, { order: b })).toBe(a > b);
    });
});
