import { linkQuality, transmissionRating } from "../../../../src/rtc/statistics/linkQuality.js";

describe("transmissionRating", () => {
    it.each([
        // Delay only: the linear approximation by Cole and Rosenbluth.
        [0, 0, 93.2],
        [100, 0, 90.8],
        [177.3, 0, 88.9],
        [300, 0, 72.5],
        [400, 0, 59.1],
        // Loss only: 95 p / (p + 20).
        [0, 1, 88.7],
        [0, 5, 74.2],
        [0, 20, 45.7],
        // Never below 0.
        [2_000, 50, 0],
    ])("rates %d ms of delay and %d %% of missing sound at %d", (delayMs, missingPercent, rating) => {
        expect(transmissionRating(delayMs, missingPercent)).toBeCloseTo(rating, 0);
    });
});

describe("linkQuality", () => {
    it.each([
        ["a good connection", 20, 40, 0, "excellent"],
        ["a connection around the world", 300, 60, 0, "excellent"],
        ["2 % of missing sound", 40, 60, 2, "excellent"],
        ["5 % of missing sound", 40, 60, 5, "good"],
        ["8 % of missing sound", 40, 60, 8, "poor"],
        ["15 % of missing sound", 40, 60, 15, "bad"],
        ["a delay of half a second", 900, 60, 0, "bad"],
    ] as const)("grades %s as listeners perceive it", (_what, roundTripMs, bufferMs, missingPercent, quality) => {
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
    ] as const)("with %d %% packet loss and %d %% missing sound is %s", (lossPercent, missingPercent, quality) => {
        expect(linkQuality({ roundTripMs: 20, bufferMs: 60, lossPercent, missingPercent, sendMode: "full" })).toBe(quality);
    });

    it("is unknown before the first round trip", () => {
        expect(linkQuality({ roundTripMs: null, bufferMs: 40, lossPercent: 0, missingPercent: 0, sendMode: null })).toBe("unknown");
    });

    it("is unknown while nothing is received", () => {
        expect(linkQuality({ roundTripMs: 20, bufferMs: null, lossPercent: null, missingPercent: null, sendMode: null })).toBe("unknown");
    });

    it.each(["redundant", "narrow"] as const)("is good rather than excellent while the local voice is sent %s", (sendMode) => {
        const facts = { roundTripMs: 20, bufferMs: 60, lossPercent: 0, missingPercent: 0 };
        expect(linkQuality({ ...facts, sendMode })).toBe("good");
        expect(linkQuality({ ...facts, sendMode: "full" })).toBe("excellent");
    });
});
