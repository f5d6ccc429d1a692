import { RtcError, throwIfAborted } from "../errors/rtcError.js";
import { orAbortedAsync } from "./abortable.js";
import { browserPage } from "./page.js";
import { unreachable } from "./serverApi.js";

/**
 * Time for which retries follow about every second, in milliseconds; later retries follow about every six seconds. Most restarts of a server and
 * short outages are over by then.
 */
const eagerMs = 60_000;

/**
 * Timeout of the first attempt, in milliseconds. It is short, because after an outage a new attempt gets through sooner than the TCP
 * retransmissions of an old one.
 */
const firstAttemptMs = 2_500;

/** Increase of the timeout with each attempt, in milliseconds, so that an attempt also succeeds in a slow network. */
const longerMs = 500;

/** Maximum timeout of an attempt or a probe, in milliseconds. */
const longestAttemptMs = 10_000;

/** Additional delay after the server has refused an attempt because it is busy, in milliseconds. */
const busyMs = 3_000;

/**
 * Timeout of the first reachability probe of the server, in milliseconds. It is short, because the operating system repeats a connection request
 * only after one, three, seven seconds and so on: after an outage, a new probe gets through sooner.
 */
const questionMs = 2_500;

/** Increase of the probe's timeout with each retry, in milliseconds, so that a probe also succeeds in a slow network. */
const longerQuestionMs = 250;

/**
 * Path of the probe. Our server answers a WebSocket request without a query at this path with 401. Its events and metrics do not count that as a
 * refusal, but the rate limit of connections from our network counts it.
 */
const questionPath = "/signal/peerjs";

/** Minimum delay before a retry while the browser is offline, in milliseconds. A server on the same machine is reachable even then. */
const offlineMs = 5_000;

/**
 * Computes the delay before the next attempt: none before the first one, 0.3 to 1.2 s in the first minute, then 4 to 8 s. It is random, so that
 * many clients do not reconnect at the same moment. There is no last attempt; the caller can cancel. Pure.
 * @param retries - number of attempts so far
 * @param elapsedMs - time since the first attempt, in milliseconds
 * @param random - random number from 0 (included) to 1 (excluded)
 * @returns the delay, in milliseconds
 */
export function comeBackDelayMs(retries: number, elapsedMs: number, random: number): number {
    if (retries === 0) {
        return 0;
    }
    return elapsedMs < eagerMs ? 300 + 900 * random : 4_000 + 4_000 * random;
}

/** True if a failed attempt may succeed later, because the server has not rejected us. */
export function isPassing(error: unknown): boolean {
    return !(error instanceof RtcError) || ["serverUnreachable", "serverBusy", "unknown", "aborted"].includes(error.code);
}

/** Options of `comeBackAsync`. */
export interface IComeBack<T> {
    /** The server's address. */
    readonly server: string;
    /** Makes one attempt; the signal cancels it. */
    readonly tryAsync: (signal: AbortSignal) => Promise<T>;
    /** True if another attempt may follow this failure. Default: `isPassing`. */
    readonly isPassing?: (error: unknown) => boolean;
    /** Cancels all attempts. */
    readonly signal: AbortSignal;
    /** True = also delay the first attempt, for example because the connection was lost soon after a reconnect. Default: false. */
    readonly again?: boolean;
}

/**
 * Retries until an attempt succeeds, the server rejects one, or the caller cancels. After an attempt that timed out, the next one waits until
 * the server answers a probe. When the browser comes online, the current attempt is aborted and a new one starts.
 * @param comeBack - options
 * @returns the result of the successful attempt; rejects with the last failure, or with `aborted`
 */
export async function comeBackAsync<T>({
    server,
    tryAsync,
    isPassing: mayGoOn = isPassing,
    signal,
    again = false,
}: IComeBack<T>): Promise<T> {
    const begun = performance.now();
    /** Why the last attempt failed: the browser came online, the server was busy, or it did not answer in time; null = another reason. */
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
 * Checks with a WebSocket whether the server is reachable. An HTTP request is not suitable: when it is cancelled, the browser keeps trying to
 * open its TCP connection, at growing intervals. Chromium opens at most six connections per server; once all six are in that state, each later
 * request waits for one of them, for up to a minute. A WebSocket's TCP connection is closed with the WebSocket.
 * @param server - the server's address
 * @param waitMs - timeout, in milliseconds
 * @param signal - cancels the wait
 * @returns true on any answer, including a refusal, or when the browser comes online; false after the timeout, or when cancelled. Never rejects.
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
        // The browser cannot create this socket, for example because of the page's Content-Security-Policy. The attempt itself shows the cause.
        return true;
    } finally {
        ends.abort();
    }
}

/**
 * Listens to an event of the page's window. No-op outside of browsers.
 * @param type - the event
 * @param listener - called for each event
 * @returns a function that removes the listener
 */
export function listen(type: "online" | "offline", listener: () => void): () => void {
    const window = browserPage()?.window;
    window?.addEventListener(type, listener);
    return () => window?.removeEventListener(type, listener);
}

/** Waits for the delay, or until the browser comes online or the signal aborts. */
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
    return unreachable("the server", new Error("it timed out"));
}
