import { RetryCount } from "../../../src/transport/retryCount.js";

const fail = (error: Error): never => {
    throw error;
};

describe("RetryCount", () => {
    it("measures the time since the first failure independently of clock changes", () => {
        jest.useFakeTimers();
        try {
            const seen: number[] = [];
            const retries = new RetryCount({ nextRetryDelayInMs: ({ elapsedMs }) => seen.push(elapsedMs) }, fail);
            retries.failed();
            jest.advanceTimersByTime(1_000);
            jest.setSystemTime(Date.now() + 48 * 3_600_000);
            retries.failed();
            jest.setSystemTime(Date.now() - 96 * 3_600_000);
            jest.advanceTimersByTime(500);
            retries.failed();
            expect(seen).toEqual([0, 1_000, 1_500]);
        } finally {
            jest.useRealTimers();
        }
    });
});
