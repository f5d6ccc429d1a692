import { DefaultRetryPolicy, EnduringRetryPolicy } from "../../../src/transport/retryPolicy.js";

describe("DefaultRetryPolicy", () => {
    const delays = (random: number): (number | null)[] => {
        const policy = new DefaultRetryPolicy(() => random);
        return Array.from({ length: 11 }, (_, retries) => policy.nextRetryDelayInMs({ retries, elapsedMs: 0 }));
    };

    it("retries at once, then with growing delays, and gives up after ten retries", () => {
        expect(delays(0)).toEqual([0, 300, 1_200, 2_700, 4_800, 7_000, 7_000, 7_000, 7_000, 7_000, null]);
    });

    it("adds jitter of up to a quarter to each delay except the first", () => {
        expect(delays(0.5)).toEqual([0, 338, 1_350, 3_038, 5_400, 7_875, 7_875, 7_875, 7_875, 7_875, null]);
        expect(delays(0.999_999)[5]).toBe(8_750);
    });

    it("gives up after more than ten retries, whatever the elapsed time", () => {
        expect(new DefaultRetryPolicy().nextRetryDelayInMs({ retries: 1_000, elapsedMs: 1 })).toBeNull();
    });

    it("randomizes its delays by default", () => {
        const policy = new DefaultRetryPolicy();
        const tries = Array.from({ length: 20 }, () => policy.nextRetryDelayInMs({ retries: 5, elapsedMs: 0 }));
        expect(new Set(tries).size).toBeGreaterThan(1);
        expect(tries.every((delay) => delay !== null && delay >= 7_000 && delay <= 8_750)).toBe(true);
    });
});

describe("EnduringRetryPolicy", () => {
    it("begins like the default policy, and never gives up", () => {
        const policy = new EnduringRetryPolicy(() => 0);
        const delays = [0, 1, 9, 10, 1_000].map((retries) => policy.nextRetryDelayInMs({ retries, elapsedMs: 0 }));
        expect(delays).toEqual([0, 300, 7_000, 10_000, 10_000]);
    });
});
