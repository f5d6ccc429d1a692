import { RtcError, throwIfAborted } from "../errors/rtcError.js";
import { orAbortedAsync } from "./abortable.js";
import { browserPage } from "./page.js";
import { unreachable } from "./serverApi.js";

/** Time of eager retries, about one a second, in milliseconds; after it, one every six seconds. A server that restarts, or a hole in the network, is over by then. */
const eagerMs = 60_000;

/** Timeout of the first attempt, in milliseconds. In a hole nothing answers, and a later attempt finds its end sooner than the repeats of TCP. */
const firstAttemptMs = 2_500;

/** Each attempt may take this much longer than the one before, in milliseconds, for networks that are only slow. */
const longerMs = 500;

/** No attempt takes longer, in milliseconds. */
const longestAttemptMs = 10_000;

/** Extra wait after the server refused an attempt because it has too many, in milliseconds. */
const busyMs = 3_000;

/**
 * Timeout of the first question whether the server is there, in milliseconds; later ones wait longer, as attempts do. A connection is asked for anew after that: the system repeats
 * its question after one second, three, seven and so on, so a longer wait would find the end of a hole later.
 */
const questionMs = 2_500;

/** Each later question may take this much longer than the one before, in milliseconds, for networks that are only slow. */
const longerQuestionMs = 250;

/** Path at which our server refuses a WebSocket without a query by 401: no failure in its events and metrics, but one of the network's allowance. */
const questionPath = "/signal/peerjs";

/** Retry interval while the page says that it is offline, in milliseconds: a server on this very machine is there all the same. */
const offlineMs = 5_000;

/**
 * Delay before the next attempt: none, then spread over about a second each time, and over six seconds after a minute, so that a crowd does not come back in
 * step. Pure. It never gives up: whoever waits can leave.
 * @param retries - how often it was tried
 * @param elapsedMs - how long it has been tried, in milliseconds
 * @param random - 0 (included) to 1 (excluded)
 * @returns how long to wait, in milliseconds
 */
export function comeBackDelayMs(retries: number, elapsedMs: number, random: number): number {
    if (retries === 0) {
        return 0;
    }
    return elapsedMs < eagerMs ? 300 + 900 * random : 4_000 + 4_000 * random;
}

/** Says whether an attempt that failed may succeed later: nobody has decided against us. */
export function isPassing(error: unknown): boolean {
    return !(error instanceof RtcError) || ["serverUnreachable", "serverBusy", "unknown", "aborted"].includes(error.code);
}

/** Options of `comeBackAsync`. */
export interface IComeBack<T> {
    /** The server's address. */
    readonly server: string;
    /** Makes one attempt; its signal ends it. */
    readonly tryAsync: (signal: AbortSignal) => Promise<T>;
    /** True if it may be tried again after this failure. Default: `isPassing`. */
    readonly isPassing?: (error: unknown) => boolean;
    /** Ends it. */
    readonly signal: AbortSignal;
    /** True if it was lost just after it had come back: then it is not tried at once. Default: false. */
    readonly again?: boolean;
}

/**
 * Tries until it succeeds, is refused or is cancelled. Attempts begin anew when the page says that it is online again.
 * @param comeBack - how
 * @returns what the attempt gave; rejects with its last failure, or with `aborted`
 */
export async function comeBackAsync<T>({
    server,
    tryAsync,
    isPassing: mayGoOn = isPassing,
    signal,
    again = false,
}: IComeBack<T>): Promise<T> {
    const begun = performance.now();
    /** End of the last attempt: the page came online meanwhile, the server was busy, or it gave no answer; null = any other. */
    const last: { end: "online" | "busy" | "silent" | null } = { end: null };
    for (let retries = again ? 1 : 0; ; retries += 1) {
        const usual = comeBackDelayMs(retries, performance.now() - begun, Math.random()) + (last.end === "busy" ? busyMs : 0);
        const delay = last.end === "online" ? 0 : usual;
        await pauseAsync(isOffline() ? Math.max(delay, offlineMs) : delay, signal);
        throwIfAborted(signal);
        const questionEndsMs = Math.min(longestAttemptMs, questionMs + longerQuestionMs * retries);
        const isThere = last.end !== "silent" || (await answersAsync(server, questionEndsMs, signal));
        throwIfAborted(signal);
        if (!isThere) {
            continue;
        }
        last.end = null;
        const attempt = new AbortController();
        const tooLate = (): void => {
            last.end = "silent";
            attempt.abort(tookTooLong());
        };
        const timer = setTimeout(tooLate, Math.min(longestAttemptMs, firstAttemptMs + longerMs * retries));
        const onOnline = (): void => {
            last.end = "online";
            attempt.abort(tookTooLong());
        };
        const ends = AbortSignal.any([signal, attempt.signal]);
        const stop = listen("online", onOnline);
        try {
            return await orAbortedAsync(tryAsync(ends), ends);
        } catch (error) {
            throwIfAborted(signal);
            if (error instanceof RtcError && error.code === "serverBusy") {
                last.end = "busy";
            }
            if (!mayGoOn(error)) {
                throw error;
            }
        } finally {
            clearTimeout(timer);
            stop();
        }
    }
}

/**
 * Asks whether the server is there, by a WebSocket. A request that is cancelled leaves its TCP connection to the browser, which goes on opening it at ever
 * longer intervals; Chromium has six to a server, and once all are such, each later request waits for one of them, for up to a minute. The
 * connection of a WebSocket ends with it.
 * @param server - its address
 * @param waitMs - timeout, in milliseconds
 * @param signal - ends the wait
 * @returns true as soon as anything comes, a refusal included, or the page comes online; false after the timeout, or when cancelled. Never rejects.
 */
async function answersAsync(server: string, waitMs: number, signal: AbortSignal): Promise<boolean> {
    if (typeof WebSocket === "undefined") {
        return true;
    }
    const ends = new AbortController();
    const { signal: over } = ends;
    try {
        const socket = new WebSocket(server.replace(/^http/, "ws") + questionPath);
        return await new Promise<boolean>((resolve) => {
            const timer = setTimeout(() => resolve(false), waitMs);
            const stop = listen("online", () => resolve(true));
            over.addEventListener("abort", () => {
                clearTimeout(timer);
                stop();
                socket.close();
            });
            for (const type of ["open", "error", "close"]) {
                socket.addEventListener(type, () => resolve(true), { signal: over });
            }
            signal.addEventListener("abort", () => resolve(false), { signal: over });
        });
    } catch {
        // The browser makes no socket here, as by the page's own policy: the attempt itself tells.
        return true;
    } finally {
        ends.abort();
    }
}

/**
 * Listens to the page.
 * @param type - an event of its window
 * @param listener - called each time
 * @returns what stops it
 */
export function listen(type: "online" | "offline", listener: () => void): () => void {
    const window = browserPage()?.window;
    window?.addEventListener(type, listener);
    return () => window?.removeEventListener(type, listener);
}

/** Waits, until the page is online at the latest. */
async function pauseAsync(delayMs: number, signal: AbortSignal): Promise<void> {
    if (delayMs <= 0 || signal.aborted) {
        return;
    }
    await new Promise<void>((resolve) => {
        const done = (): void => {
            clearTimeout(timer);
            stop();
            signal.removeEventListener("abort", done);
            resolve();
        };
        const timer = setTimeout(done, delayMs);
        const stop = listen("online", done);
        signal.addEventListener("abort", done, { once: true });
    });
}

function isOffline(): boolean {
    const { navigator } = globalThis as { readonly navigator?: { readonly onLine?: boolean } };
    return browserPage() !== null && navigator?.onLine === false;
}

function tookTooLong(): RtcError {
    return unreachable("the server", new Error("it took too long"));
}
