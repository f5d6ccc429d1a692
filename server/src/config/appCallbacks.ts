import { describe, logToStderr } from "../log.js";
import type { IncomingMessage } from "node:http";
import type { RtcServerLog } from "../log.js";

/**
 * Wraps an app's log function so that it never throws: a failing log must not fail a request.
 * @param log - the app's log function
 * @returns the wrapped function; the first failure is reported on stderr
 */
export function safeLog(log: RtcServerLog): RtcServerLog {
    // An app without types may return any value.
    const write: (...line: Parameters<RtcServerLog>) => unknown = log;
    let hasFailed = false;
    const tell = (error: unknown): void => {
        if (!hasFailed) {
            hasFailed = true;
            logToStderr("error", `log failed: ${describe(error)}`);
        }
    };
    return (...line) => {
        try {
            // An asynchronous log function may reject.
            const done = write(...line);
            Promise.resolve(done).catch(tell);
        } catch (error) {
            tell(error);
        }
    };
}

/**
 * Wraps an app's `addressOf` so that it never throws.
 * @param addressOf - the app's function, if there is one
 * @param log - gets the first failure
 * @returns the wrapped function; it returns the address of the socket if the app's function is missing, throws or returns no text
 */
export function safeAddressOf(
    addressOf: ((request: IncomingMessage) => unknown) | undefined,
    log: RtcServerLog,
): (request: IncomingMessage) => string {
    let hasFailed = false;
    return (request) => {
        const own = request.socket.remoteAddress ?? "";
        if (!addressOf) {
            return own;
        }
        try {
            const address = addressOf(request);
            if (typeof address === "string" && address !== "") {
                return address;
            }
            throw new TypeError("It did not return a string.");
        } catch (error) {
            if (!hasFailed) {
                hasFailed = true;
                log("error", `addressOf failed, so the address of the socket is used: ${describe(error)}`);
            }
            return own;
        }
    };
}
