import { describe, logToStderr } from "../log.js";
import type { IncomingMessage } from "node:http";
import type { RtcServerLog } from "../log.js";

/**
 * Makes an app's log one that cannot fail: no line of it is worth a request.
 * @param log - the app's
 * @returns the same; the first failure is told on stderr
 */
export function safeLog(log: RtcServerLog): RtcServerLog {
    // Without types it may give anything.
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
            // An asynchronous one may reject.
            const done = write(...line);
            Promise.resolve(done).catch(tell);
        } catch (error) {
            tell(error);
        }
    };
}

/**
 * Makes an app's `addressOf` one that always gives an address.
 * @param addressOf - the app's
 * @param log - told of the first failure
 * @returns the same; where it fails or gives no text, the address of the socket
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
            throw new TypeError("It gave no text.");
        } catch (error) {
            if (!hasFailed) {
                hasFailed = true;
                log("error", `addressOf failed, so the address of the socket is taken: ${describe(error)}`);
            }
            return own;
        }
    };
}
