import { linkQuality, transmissionRating } from "../../../../src/rtc/statistics/linkQuality.js";

describe("transmissionRating", () => {
    it.each([
        // Delay only: Cole and Rosenbluth's lines.
        [0, 0, 93.2],
        [100, 0, 90.8],
        [177.3, 0, 88.9],
        [300, 0, 72.5],
        [400, 0, 59.1],
        // Loss only: 95 p / (p + 20).
        [0, 1, 88.7],
        [0, 5, 74.2],
        [0, 20, 45.7],
        [2_000, 50, 0],
    ])("of %d ms and %d %% is %d", (delayMs, missingPercent, rating) => {
        expect(transmissionRating(delayMs, missingPercent)).toBeCloseTo(rating, 0);
    });
});

describe("linkQuality", () => {
    it.each([
        ["a good line", 20, 40, 0, "excellent"],
        ["a line around the world", 300, 60, 0, "excellent"],
        ["2 % of missing sound", 40, 60, 2, "excellent"],
        ["5 % of missing sound", 40, 60, 5, "good"],
        ["8 % of missing sound", 40, 60, 8, "poor"],
        ["15 % of missing sound", 40, 60, 15, "bad"],
        ["half a second of delay", 900, 60, 0, "bad"],
    ] as const)("of %s is as people find it", (_what, roundTripMs, bufferMs, missingPercent, quality) => {
        expect(linkQuality({ roundTripMs, bufferMs, lossPercent: 0, missingPercent, sendMode: "full" })).toBe(quality);
        // If concealment is unknown, lost packets count as missing sound.
        expect(linkQuality({ roundTripMs, bufferMs, lossPercent: missingPercent, missingPercent: null, sendMode: null })).toBe(quality);
    });

    it.each([
        [9.9, 1, "excellent"],
        [10, 1, "good"],
        [24, 0, "good"],
        [24, 8, "poor"],
        [24, 24, "bad"],
    ] as const)("at %d %% loss, of which %d %% are not mended, is %s", (lossPercent, missingPercent, quality) => {
        expect(linkQuality({ roundTripMs: 20, bufferMs: 60, lossPercent, missingPercent, sendMode: "full" })).toBe(quality);
    });

    it("is unknown before the first round trip", () => {
        expect(linkQuality({ roundTripMs: null, bufferMs: 40, lossPercent: 0, missingPercent: 0, sendMode: null })).toBe("unknown");
    });

    it("is unknown while nothing comes", () => {
        expect(linkQuality({ roundTripMs: 20, bufferMs: null, lossPercent: null, missingPercent: null, sendMode: null })).toBe("unknown");
    });

    it.each(["redundant", "narrow"] as const)("is not excellent while our voice is sent %s", (sendMode) => {
        const facts = { roundTripMs: 20, bufferMs: 60, lossPercent: 0, missingPercent: 0 };
        expect(linkQuality({ ...facts, sendMode })).toBe("good");
        expect(linkQuality({ ...facts, sendMode: "full" })).toBe("excellent");
    });
});
