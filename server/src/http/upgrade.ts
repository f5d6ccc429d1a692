import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/**
 * Answers a WebSocket upgrade with an HTTP error and closes the socket.
 * @param socket - socket of the request; ignored if it is already destroyed
 * @param status - HTTP status
 * @param retryAfterSeconds - value of `Retry-After`, in seconds. Default: none.
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
