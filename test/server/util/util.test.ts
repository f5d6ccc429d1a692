import { AddressLimiter } from "../../../server/src/util/addressLimiter";
import { toPlainJson, toPlainObject } from "../../../protocol/plainJson";
import { toLine } from "../../../protocol/text";
import { TokenBucket } from "../../../server/src/util/tokenBucket";

describe("toPlainJson", () => {
    it.each([[null], [true], [0], [-1.5], [""], ["x"], [[1, [2]]], [{ a: { b: [null] } }], [Object.create(null)]])("copies %p", (value) => {
        expect(toPlainJson(value, 100)).toEqual(value);
    });

    it("drops undefined properties", () => {
        expect(toPlainJson({ a: undefined, b: 1 }, 100)).toEqual({ b: 1 });
    });

    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    class Something {
        public x = 1;
    }
    it.each<[string, unknown]>([
        ["undefined", undefined],
        ["NaN", NaN],
        ["infinity", { x: -Infinity }],
        ["a BigInt", 1n],
        ["a symbol", Symbol("x")],
        ["a function", () => 1],
        ["a date", new Date()],
        ["bytes", new Uint8Array(1)],
        ["a map", new Map()],
        ["an instance of a class", new Something()],
        ["an undefined array element", [undefined]],
        ["a cycle", cyclic],
        ["the key __proto__", JSON.parse('{"__proto__":1}')],
    ])("rejects %s", (_what, value) => {
        expect(toPlainJson(value, 1e6)).toBeUndefined();
    });

    it("measures the length as JSON in UTF-8 bytes", () => {
        expect(toPlainJson("é", 4)).toBe("é");
        expect(toPlainJson("é", 3)).toBeUndefined();
        expect(toPlainJson("\u0000", 3)).toBeUndefined();
        expect(toPlainJson({ a: [1] }, 9)).toEqual({ a: [1] });
        expect(toPlainJson({ a: [1] }, 8)).toBeUndefined();
    });

    it("rejects a huge array without reading all of it", () => {
        let looked = 0;
        const huge = Array.from({ length: 1e6 }, () => 1);
        const watched = new Proxy(huge, { get: (target, key, receiver) => ((looked += 1), Reflect.get(target, key, receiver) as unknown) });
        expect(toPlainJson(watched, 100)).toBeUndefined();
        expect(looked).toBeLessThan(1000);
    });

    it("accepts only plain objects in toPlainObject", () => {
        for (const value of [null, 1, "x", [], new Date()]) {
            expect(toPlainObject(value, 100)).toBeUndefined();
        }
        expect(toPlainObject({}, 100)).toEqual({});
    });
});

it.each([
    ["  a b ", 3, "a b"],
    ["", 3, undefined],
    [" ", 3, undefined],
    ["abcd", 3, undefined],
    ["a\tb", 9, undefined],
    ["a\u2028b", 9, undefined],
    ["a\u202eb", 9, undefined],
    ["\u{1F600}\u{1F600}", 2, "\u{1F600}\u{1F600}"],
    [5, 9, undefined],
])("toLine(%p, %p) is %p", (text, maxLength, expected) => {
    expect(toLine(text, maxLength)).toBe(expected);
});

describe("a token bucket", () => {
    it("allows the burst at once and the rate in the long run", () => {
        let now = 0;
        const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, () => now);
        const taken = (): number => {
            let count = 0;
            while (bucket.take()) {
                count += 1;
            }
            return count;
        };
        expect(taken()).toBe(3);
        now = 50;
        expect(taken()).toBe(0);
        now = 100;
        expect(taken()).toBe(1);
        now = 100_000;
        expect(taken()).toBe(3);
        // Setting the clock back adds no tokens and removes none.
        now = 0;
        expect(taken()).toBe(0);
    });
});

describe("the limit by address", () => {
    it("counts each address separately, and remembers at most 10,000 addresses", () => {
        let now = 0;
        const limiter = new AddressLimiter({ perSecond: 1, burst: 1 }, () => now);
        expect([limiter.take("a"), limiter.take("a"), limiter.take("b")]).toEqual([true, false, true]);
        for (let index = 0; index < 30_000; index += 1) {
            limiter.take(`address ${index}`);
        }
        expect(limiter.size).toBeLessThanOrEqual(10_000);
        now = 2000;
        expect(limiter.take("a")).toBe(true);
    });
});
