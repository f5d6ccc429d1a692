import { createServer } from "node:http";
import { ExpressPeerServer } from "peer";
import type { IConfig, PeerServerEvents } from "peer";
import type { WebSocketServer } from "ws";

/**
 * Starts PeerServer's signalling without the rest of PeerServer. It gets its sockets from us. Its HTTP routes (new ids, a list of all peers) are not
 * reachable. Its two timers do not run: PeerServer 1.0.2 offers no way to stop them, and neither is needed, since no message is ever queued and our
 * own pings detect dead sockets. Its limit of 5000 clients is off: our own limits apply.
 * @param sockets - our WebSocket server; each `connection` event that it emits is a client
 * @returns PeerServer's events
 */
export function startPeerServer(sockets: WebSocketServer): PeerServerEvents {
    // Never listens. PeerServer requires an HTTP server as an argument.
    const unused = createServer();
    const options: Partial<IConfig> = { path: "/", concurrent_limit: Infinity, createWebSocketServer: () => sockets };
    const peerServer = ExpressPeerServer(unused, options);
    // PeerServer starts when it is mounted on an Express app. A second instance, which is never mounted, serves as that app.
    const holder = ExpressPeerServer(unused);
    withoutTimers(() => holder.use("/", peerServer));
    return peerServer;
}

/** Runs `action` and clears every timer that it sets. PeerServer's timers set the next one only when they fire, so clearing the first is enough. */
function withoutTimers(action: () => void): void {
    const { setTimeout } = globalThis;
    const timers: NodeJS.Timeout[] = [];
    const remember = (...parameters: Parameters<typeof setTimeout>): NodeJS.Timeout => {
        const timer = setTimeout(...parameters);
        timers.push(timer);
        return timer;
    };
    globalThis.setTimeout = Object.assign(remember, setTimeout);
    try {
        action();
    } finally {
        globalThis.setTimeout = setTimeout;
        timers.forEach((timer) => clearTimeout(timer));
    }
}
