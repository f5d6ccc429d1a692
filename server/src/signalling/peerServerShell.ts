import { createServer } from "node:http";
import { ExpressPeerServer } from "peer";
import type { IConfig, PeerServerEvents } from "peer";
import type { WebSocketServer } from "ws";

/**
 * Starts PeerServer's signalling and nothing else of it: it gets its sockets from us, none of its HTTP routes (ids for the asking, a list of
 * everybody) is reachable, and neither of its timers runs. Nobody could stop those later (PeerServer 1.0.2 keeps them to itself), and we need
 * neither: nothing is ever queued, and dead sockets are found by our own pings.
 * @param sockets - our WebSocket server; each `connection` that it emits is a client
 * @returns PeerServer's events
 */
export function startPeerServer(sockets: WebSocketServer): PeerServerEvents {
    // Never listens; PeerServer only wants to see one.
    const unused = createServer();
    const options: Partial<IConfig> = { path: "/", createWebSocketServer: () => sockets };
    const peerServer = ExpressPeerServer(unused, options);
    // It starts when it is mounted on an Express app. Another one of it, which nothing ever mounts, is such an app.
    const holder = ExpressPeerServer(unused);
    withoutTimers(() => holder.use("/", peerServer));
    return peerServer;
}

/** Runs `action`, and clears every timer that it sets. PeerServer's two set themselves anew only when they run. */
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
