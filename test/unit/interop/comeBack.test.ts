import { RtcError } from "../../../src/errors/rtcError.js";
import { comeBackAsync, comeBackDelayMs } from "../../../src/interop/comeBack.js";

const gone = (): RtcError => new RtcError("serverUnreachable", "Gone.");

describe("the way back", () => {
    const page = globalThis as { window?: EventTarget; document?: unknown; navigator?: unknown };
    let end: AbortController;
    let attempts: number[];

    beforeEach(() => {
        jest.useFakeTimers();
        end = new AbortController();
        attempts = [];
    });
    afterEach(() => {
        expect(jest.getTimerCount()).toBe(0);
        jest.useRealTimers();
        delete page.window;
        delete page.document;
        delete page.navigator;
    });

    /** Tries, noting when; each attempt ends as `answers` says, or not at all. */
    function come(answers: (() => Promise<string>)[], again = false): Promise<string> {
        return comeBackAsync({
            tryAsync: async () => {
                attempts.push(performance.now());
                return await (answers.shift() ?? (() => new Promise<string>(() => undefined)))();
            },
            signal: end.signal,
            again,
        });
    }

    it.each([
        [0, 0, 0.9, 0],
        [1, 0, 0, 300],
        [9, 59_999, 0.999, 1_199.1],
        [99, 60_000, 0, 4_000],
        [99, 900_000, 0.999, 7_996],
    ])("waits by a rule: retry %d, %d ms after the loss, at random %d: %d ms", (retries, elapsed, random, delay) => {
        expect(comeBackDelayMs(retries, elapsed, random)).toBeCloseTo(delay);
    });

    it("begins at once, and goes on until it succeeds", async () => {
        const back = come([() => Promise.reject(gone()), () => Promise.reject(new TypeError("x")), () => Promise.resolve("here")]);
        await jest.advanceTimersByTimeAsync(2_400);
        await expect(back).resolves.toBe("here");
        expect(attempts).toHaveLength(3);
    });

    it("does not begin at once where it was lost just after its return", async () => {
        const back = come([() => Promise.resolve("here")], true);
        await jest.advanceTimersByTimeAsync(299);
        expect(attempts).toEqual([]);
        await jest.advanceTimersByTimeAsync(901);
        await expect(back).resolves.toBe("here");
    });

    it("ends with a refusal", async () => {
        const refusal = new RtcError("duplicateIdentity", "No.");
        await expect(come([() => Promise.reject(refusal)])).rejects.toBe(refusal);
    });

    it("gives no attempt long at first: in a hole of the network nothing answers", async () => {
        const back = come([]);
        await jest.advanceTimersByTimeAsync(20_000);
        expect(attempts.length).toBeGreaterThanOrEqual(4);
        end.abort();
        await expect(back).rejects.toMatchObject({ code: "aborted" });
    });

    it("is cancelled while it waits", async () => {
        const back = come([() => Promise.reject(gone())]);
        await jest.advanceTimersByTimeAsync(100);
        end.abort();
        await expect(back).rejects.toMatchObject({ code: "aborted" });
        expect(attempts).toHaveLength(1);
    });

    it("waits for a page that is offline, and tries at once when it is online", async () => {
        page.window = new EventTarget();
        page.document = { addEventListener: () => undefined };
        Object.defineProperty(globalThis, "navigator", { value: { onLine: false }, configurable: true });
        const back = come([() => Promise.resolve("here")]);
        await jest.advanceTimersByTimeAsync(4_000);
        expect(attempts).toEqual([]);
        page.window.dispatchEvent(new Event("online"));
        await expect(back).resolves.toBe("here");
    });

    it("makes an attempt anew when the page comes online meanwhile", async () => {
        page.window = new EventTarget();
        page.document = { addEventListener: () => undefined };
        const back = come([() => new Promise(() => undefined), () => Promise.resolve("here")]);
        await jest.advanceTimersByTimeAsync(1_000);
        page.window.dispatchEvent(new Event("online"));
        await expect(back).resolves.toBe("here");
        expect(attempts).toHaveLength(2);
    });
});
