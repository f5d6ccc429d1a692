import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/**
 * Answers a request for a WebSocket with an error, and ends its socket.
 * @param socket - the request's socket; it may be gone already
 * @param status - the HTTP status
 * @param retryAfterSeconds - when another try is worth while. Default: nobody knows.
 */
export function refuseUpgrade(socket: Duplex, status: number, retryAfterSeconds?: number): void {
    if (socket.destroyed) {
        return;
    }
    const later = retryAfterSeconds === undefined ? "" : `Retry-After: ${retryAfterSeconds}\r\n`;
    socket.on("error", () => socket.destroy());
    socket.once("finish", () => socket.destroy());
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${later}Connection: close\r\nContent-Length: 0\r\n\r\n`);
}
