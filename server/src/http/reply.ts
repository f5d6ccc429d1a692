import { ProtocolError, statusOf } from "../protocolError.js";
import type { IncomingMessage, ServerResponse } from "node:http";

const maxBodyMs = 10_000;

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
    sendJson(response, statusOf(error.reason), { error: { code: error.reason, message: error.sentence }, message: error.message });
}

/**
 * Reads the JSON that a request holds.
 * @param request - the request
 * @param maxBytes - the most that it may measure
 * @returns what it holds; rejects with a `ProtocolError` (`invalidRequest`), also if it takes more than 10 s
 */
export async function readJsonAsync(request: IncomingMessage, maxBytes: number): Promise<unknown> {
    // Also keeps pages of other origins out: a browser asks first before it sends this type.
    if (!/^application\/json\s*(;|$)/i.test(request.headers["content-type"] ?? "")) {
        throw new ProtocolError("invalidRequest", "The body must be application/json.");
    }
    const text = await readTextAsync(request, maxBytes);
    try {
        return JSON.parse(text) as unknown;
    } catch {
        throw new ProtocolError("invalidRequest", "The body is no JSON.");
    }
}

async function readTextAsync(request: IncomingMessage, maxBytes: number): Promise<string> {
    const timer = setTimeout(() => request.destroy(), maxBodyMs);
    const chunks: Buffer[] = [];
    let length = 0;
    try {
        for await (const chunk of request as AsyncIterable<Buffer>) {
            length += chunk.length;
            if (length > maxBytes) {
                throw new ProtocolError("invalidRequest", `The body is larger than ${maxBytes} bytes.`);
            }
            chunks.push(chunk);
        }
    } catch (error) {
        throw error instanceof ProtocolError ? error : new ProtocolError("invalidRequest", "The body did not arrive.");
    } finally {
        clearTimeout(timer);
    }
    return Buffer.concat(chunks).toString("utf8");
}
