import { ProtocolError, statusOf } from "../protocolError.js";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import type { IErrorReply } from "../../../protocol/wire.js";

const maxBodyMs = 10_000;
/** Time without progress after which a response is destroyed, in milliseconds. The app's functions take 25 s at most. */
const maxStillMs = 30_000;

/**
 * Destroys a response that makes no progress, and closes the piped file of a response that ends early. Node does neither by itself, and each case
 * would leak a file descriptor.
 * @param response - the response
 * @param stillMs - longest time without progress, in milliseconds
 * @returns a function that undoes this, for a response that another handler answers
 */
export function boundAnswer(response: ServerResponse, stillMs = maxStillMs): () => void {
    // The app's own server may have set a timeout.
    const before = response.socket?.timeout ?? 0;
    const end = (): unknown => response.destroy();
    const restore = (): unknown => response.socket?.setTimeout(before);
    const watch = (source: Readable): void => {
        source.once("error", end);
        response.once("close", () => source.destroy());
    };
    response.setTimeout(stillMs, end);
    response.once("pipe", watch);
    // Prepended, because Node's own `finish` listener then sets the keep-alive timeout.
    response.prependOnceListener("finish", restore);
    return () => {
        response.setTimeout(before).off("timeout", end).off("pipe", watch).off("finish", restore);
    };
}

/**
 * Answers with JSON.
 * @param response - the response
 * @param status - HTTP status
 * @param body - any JSON value
 */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
    const text = JSON.stringify(body);
    response.writeHead(status, {
        "Content-Type": "application/json; charset=utf-8",
        "Content-Length": Buffer.byteLength(text),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    });
    response.end(text);
}

/**
 * Answers with an error. The body has `message` at the top level too, because Colyseus' client reads it there.
 * @param response - the response
 * @param error - the error
 */
export function sendError(response: ServerResponse, error: ProtocolError): void {
    if (response.headersSent) {
        response.destroy();
        return;
    }
    const { reason, sentence, message, guest, retryAfterSeconds } = error;
    if (retryAfterSeconds !== undefined) {
        response.setHeader("Retry-After", String(retryAfterSeconds));
        // Without this header, browsers hide `Retry-After` from pages of other origins.
        response.setHeader("Access-Control-Expose-Headers", "Retry-After");
    }
    sendJson(response, statusOf(reason), {
        error: { code: reason, message: sentence },
        message,
        ...(guest && { guest }),
    } satisfies IErrorReply);
}

/**
 * Reads a JSON body.
 * @param request - the request
 * @param maxBytes - largest body, in bytes
 * @param types - accepted content types: `json`: only JSON; `plain`: also plain text, which browsers send to other origins without a preflight
 * @returns the parsed body; rejects with a `ProtocolError` (`invalidRequest`), also if the body takes more than 10 s
 */
export async function readJsonAsync(request: IncomingMessage, maxBytes: number, types: "json" | "plain" = "json"): Promise<unknown> {
    // The content type of JSON also forces a preflight for pages of other origins. The router has checked the origin in either case.
    const [type = ""] = (request.headers["content-type"] ?? "").split(";", 1);
    const isJson = type.trim().toLowerCase() === "application/json";
    if (!isJson && !(types === "plain" && type.trim().toLowerCase() === "text/plain")) {
        throw new ProtocolError("invalidRequest", "The body must be application/json.");
    }
    const text = await readTextAsync(request, maxBytes);
    try {
        return JSON.parse(text) as unknown;
    } catch {
        throw new ProtocolError("invalidRequest", "The body is not valid JSON.");
    }
}

function readTextAsync(request: IncomingMessage, maxBytes: number): Promise<string> {
    return new Promise((resolve, reject) => {
        const chunks: Buffer[] = [];
        let length = 0;
        const timer = setTimeout(() => request.destroy(), maxBodyMs);
        const refuse = (sentence: string): void => {
            clearTimeout(timer);
            request.off("data", take);
            request.off("close", onClose);
            reject(new ProtocolError("invalidRequest", sentence));
        };
        const onClose = (): void => refuse("The body was not received completely.");
        const take = (chunk: Buffer): void => {
            length += chunk.length;
            if (length > maxBytes) {
                refuse(`The body is larger than ${maxBytes} bytes.`);
            } else {
                chunks.push(chunk);
            }
        };
        request.on("data", take);
        request.once("end", () => {
            clearTimeout(timer);
            request.off("close", onClose);
            resolve(Buffer.concat(chunks).toString("utf8"));
        });
        // Emitted without `end` if the request is aborted.
        request.once("close", onClose);
        request.on("error", () => undefined);
    });
}
