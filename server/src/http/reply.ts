import { ProtocolError, statusOf } from "../protocolError.js";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import type { IErrorReply } from "../../../protocol/wire.js";

const maxBodyMs = 10_000;
/** Time without progress after which an answer is given up, in milliseconds; the app's functions take 25 s at most. */
const maxStillMs = 30_000;

/**
 * Destroys a response without progress for some time, and closes its piped file when it ends early: Node does neither by itself, and each would hold a
 * descriptor.
 * @param response - what is answered
 * @param stillMs - that time, in milliseconds
 * @returns undoes that, for a response that somebody else answers after all
 */
export function boundAnswer(response: ServerResponse, stillMs = maxStillMs): () => void {
    // An app's own server may have set another one.
    const before = response.socket?.timeout ?? 0;
    const end = (): unknown => response.destroy();
    const restore = (): unknown => response.socket?.setTimeout(before);
    const watch = (source: Readable): void => {
        source.once("error", end);
        response.once("close", () => source.destroy());
    };
    response.setTimeout(stillMs, end);
    response.once("pipe", watch);
    // Node sets the time of a kept connection after it.
    response.prependOnceListener("finish", restore);
    return () => {
        response.setTimeout(before).off("timeout", end).off("pipe", watch).off("finish", restore);
    };
}

/**
 * Answers with JSON.
 * @param response - what is answered
 * @param status - the HTTP status
 * @param body - what JSON can hold
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
 * Answers with an error. `message` stands at the top too, because that is where Colyseus' client looks for it.
 * @param response - what is answered
 * @param error - why
 */
export function sendError(response: ServerResponse, error: ProtocolError): void {
    if (response.headersSent) {
        response.destroy();
        return;
    }
    const { reason, sentence, message, guest, retryAfterSeconds } = error;
    if (retryAfterSeconds !== undefined) {
        response.setHeader("Retry-After", String(retryAfterSeconds));
        // Browsers hide it from pages of other origins otherwise.
        response.setHeader("Access-Control-Expose-Headers", "Retry-After");
    }
    sendJson(response, statusOf(reason), {
        error: { code: reason, message: sentence },
        message,
        ...(guest && { guest }),
    } satisfies IErrorReply);
}

/**
 * Reads the JSON that a request holds.
 * @param request - the request
 * @param maxBytes - the most that it may measure
 * @param types - `json`: it says that it is JSON; `plain`: or that it is text, which browsers send to other origins without asking first
 * @returns what it holds; rejects with a `ProtocolError` (`invalidRequest`), also if it takes more than 10 s
 */
export async function readJsonAsync(request: IncomingMessage, maxBytes: number, types: "json" | "plain" = "json"): Promise<unknown> {
    // Also keeps pages of other origins out: a browser asks first before it sends this type. The router has looked at the origin in either case.
    const [type = ""] = (request.headers["content-type"] ?? "").split(";", 1);
    const isJson = type.trim().toLowerCase() === "application/json";
    if (!isJson && !(types === "plain" && type.trim().toLowerCase() === "text/plain")) {
        throw new ProtocolError("invalidRequest", "The body must be application/json.");
    }
    const text = await readTextAsync(request, maxBytes);
    try {
        return JSON.parse(text) as unknown;
    } catch {
        throw new ProtocolError("invalidRequest", "The body is no JSON.");
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
        const onClose = (): void => refuse("The body did not arrive.");
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
        // Where a request ends in the middle.
        request.once("close", onClose);
        request.on("error", () => undefined);
    });
}
