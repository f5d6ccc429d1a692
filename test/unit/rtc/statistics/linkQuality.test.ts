import { linkQuality, transmissionRating } from "../../../../src/rtc/statistics/linkQuality.js";

describe("transmissionRating", () => {
    it.each([
        // Delay alone: Cole and Rosenbluth's lines.
        [0, 0, 93.2],
        [100, 0, 90.8],
        [177.3, 0, 88.9],
        [300, 0, 72.5],
        [400, 0, 59.1],
        // Loss alone: 95 p / (p + 20).
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
        expect(linkQuality({ roundTripMs, bufferMs, missingPercent })).toBe(quality);
    });

    it("is unknown before the first round trip", () => {
        expect(linkQuality({ roundTripMs: null, bufferMs: 40, missingPercent: 0 })).toBe("unknown");
    });

    it("goes by the delay alone while nobody speaks", () => {
        expect(linkQuality({ roundTripMs: 20, bufferMs: null, missingPercent: null })).toBe("excellent");
    });
});
