import { RtcError } from "../../../src/errors/rtcError.js";
import { comeBackAsync, comeBackDelayMs } from "../../../src/interop/comeBack.js";

const gone = (): RtcError => new RtcError("serverUnreachable", "Gone.");

/** WebSockets that the probes have created, oldest first. */
let questions: FakeSocket[];

/** A WebSocket without a connection. It emits only the events that a test dispatches. */
class FakeSocket extends EventTarget {
    public readonly url: string;
    public isClosed = false;

    public constructor(url: string) {
        super();
        this.url = url;
        questions.push(this);
    }

    public close(): void {
        this.isClosed = true;
    }
}

describe("comeBackAsync", () => {
    const page = globalThis as { window?: EventTarget; document?: unknown; navigator?: unknown; WebSocket?: unknown };
    let end: AbortController;
    let attempts: number[];

    beforeEach(() => {
        jest.useFakeTimers();
        questions = [];
        page.WebSocket = FakeSocket;
        end = new AbortController();
        attempts = [];
    });
    afterEach(() => {
        expect(jest.getTimerCount()).toBe(0);
        jest.useRealTimers();
        delete page.window;
        delete page.document;
        delete page.navigator;
        delete page.WebSocket;
    });

    /**
     * Calls `comeBackAsync` and records the time of each attempt.
     * @param answers - results of the attempts, in order; further attempts stay pending
     * @param again - the option `again`
     */
    function come(answers: (() => Promise<string>)[], again = false): Promise<string> {
        return comeBackAsync({
            server: "https://voice.example/base",
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
    ])("delays retry %d, %d ms after the loss, with the random value %d, by %d ms", (retries, elapsed, random, delay) => {
        expect(comeBackDelayMs(retries, elapsed, random)).toBeCloseTo(delay);
    });

    it("starts at once, and retries until an attempt succeeds", async () => {
        const back = come([() => Promise.reject(gone()), () => Promise.reject(new TypeError("x")), () => Promise.resolve("here")]);
        await jest.advanceTimersByTimeAsync(2_400);
        await expect(back).resolves.toBe("here");
        expect(attempts).toHaveLength(3);
    });

    it("delays the first attempt when the connection was lost just after a return", async () => {
        const back = come([() => Promise.resolve("here")], true);
        await jest.advanceTimersByTimeAsync(299);
        expect(attempts).toEqual([]);
        await jest.advanceTimersByTimeAsync(901);
        await expect(back).resolves.toBe("here");
    });

    it("waits longer after serverBusy", async () => {
        const back = come([() => Promise.reject(new RtcError("serverBusy", "No.")), () => Promise.resolve("here")]);
        await jest.advanceTimersByTimeAsync(3_200);
        expect(attempts).toHaveLength(1);
        await jest.advanceTimersByTimeAsync(1_000);
        await expect(back).resolves.toBe("here");
    });

    it("rejects with the server's rejection", async () => {
        const refusal = new RtcError("duplicateIdentity", "No.");
        await expect(come([() => Promise.reject(refusal)])).rejects.toBe(refusal);
    });

    it("limits the first attempt to a short timeout, then probes with a WebSocket", async () => {
        const back = come([]);
        await jest.advanceTimersByTimeAsync(2_500);
        expect(attempts).toHaveLength(1);
        await jest.advanceTimersByTimeAsync(1_200);
        expect(questions).toHaveLength(1);
        end.abort();
        await expect(back).rejects.toMatchObject({ code: "aborted" });
        expect(questions.every(({ isClosed }) => isClosed)).toBe(true);
    });

    it("probes with a WebSocket about every three seconds, without requests, after an attempt without a response", async () => {
        const back = come([() => new Promise(() => undefined), () => Promise.resolve("here")]);
        await jest.advanceTimersByTimeAsync(30_000);
        expect(attempts).toHaveLength(1);
        expect(questions.length).toBeGreaterThanOrEqual(7);
        expect(questions[0]?.url).toBe("wss://voice.example/base/signal/peerjs");
        expect(questions.slice(0, -1).every(({ isClosed }) => isClosed)).toBe(true);
        // Answers the current probe or the next one. The loop is longer than the pause between two probes, which is at most 1.2 s.
        for (let i = 0; i < 13; i++) {
            questions.at(-1)?.dispatchEvent(new Event("error"));
            await jest.advanceTimersByTimeAsync(100);
        }
        await expect(back).resolves.toBe("here");
        expect(questions.at(-1)?.isClosed).toBe(true);
    });

    it("makes longer attempts while the server responds to WebSockets", async () => {
        const back = come([]);
        for (let seconds = 0; seconds < 30; seconds++) {
            await jest.advanceTimersByTimeAsync(1_000);
            questions.at(-1)?.dispatchEvent(new Event("error"));
        }
        expect(attempts.length).toBeGreaterThanOrEqual(4);
        expect(attempts.length).toBeLessThanOrEqual(8);
        end.abort();
        await expect(back).rejects.toMatchObject({ code: "aborted" });
    });

    it("rejects with aborted when it is aborted while waiting", async () => {
        const back = come([() => Promise.reject(gone())]);
        await jest.advanceTimersByTimeAsync(100);
        end.abort();
        await expect(back).rejects.toMatchObject({ code: "aborted" });
        expect(attempts).toHaveLength(1);
    });

    it("waits while the page is offline, and tries at once when it is online", async () => {
        page.window = new EventTarget();
        page.document = { addEventListener: () => undefined };
        Object.defineProperty(globalThis, "navigator", { value: { onLine: false }, configurable: true });
        const back = come([() => Promise.resolve("here")]);
        await jest.advanceTimersByTimeAsync(4_000);
        expect(attempts).toEqual([]);
        page.window.dispatchEvent(new Event("online"));
        await expect(back).resolves.toBe("here");
    });

    it("starts a new attempt when the page comes online during an attempt", async () => {
        page.window = new EventTarget();
        page.document = { addEventListener: () => undefined };
        const back = come([() => new Promise(() => undefined), () => Promise.resolve("here")]);
        await jest.advanceTimersByTimeAsync(1_000);
        page.window.dispatchEvent(new Event("online"));
        await expect(back).resolves.toBe("here");
        expect(attempts).toHaveLength(2);
    });
});
