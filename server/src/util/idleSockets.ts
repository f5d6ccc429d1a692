import { networkOf } from "./network.js";
import type { Socket } from "node:net";

interface IUse {
    readonly network: string;
    /** Number of requests that are not answered yet. A client can send the next request before the answer to the last one. */
    requests: number;
}

/**
 * Limits the idle HTTP connections of each network: those without a request in progress. Above the limit, the connection that has been idle longest is
 * closed; browsers then open a new one.
 */
export class IdleSockets {
    private readonly _uses = new WeakMap<Socket, IUse>();
    /** Idle sockets by network, those that have been idle longest first. */
    private readonly _idle = new Map<string, Set<Socket>>();
    private readonly _max: number;

    /** @param max - most idle connections of one network */
    public constructor(max: number) {
        this._max = max;
    }

    /**
     * Counts a new connection until it closes or is upgraded to a WebSocket.
     * @param socket - its socket
     */
    public open(socket: Socket): void {
        const use = { network: networkOf(socket.remoteAddress ?? ""), requests: 0 };
        this._uses.set(socket, use);
        socket.once("close", () => this._leave(socket, use));
        this._enter(socket, use);
    }

    /**
     * Marks a connection as busy.
     * @param socket - socket of a request or upgrade request; ignored if it was not opened here
     */
    public begin(socket: Socket): void {
        const use = this._uses.get(socket);
        if (use) {
            use.requests += 1;
            this._leave(socket, use);
        }
    }

    /**
     * Marks a connection as idle again, once all its requests are answered.
     * @param socket - socket of a request; ignored if it was not opened here
     */
    public end(socket: Socket): void {
        const use = this._uses.get(socket);
        if (use) {
            use.requests -= 1;
            if (use.requests === 0 && !socket.destroyed) {
                this._enter(socket, use);
            }
        }
    }

    private _enter(socket: Socket, { network }: IUse): void {
        const sockets = this._idle.get(network) ?? new Set();
        this._idle.set(network, sockets.add(socket));
        if (sockets.size > this._max) {
            for (const oldest of sockets) {
                sockets.delete(oldest);
                oldest.destroy();
                return;
            }
        }
    }

    private _leave(socket: Socket, { network }: IUse): void {
        const sockets = this._idle.get(network);
        if (sockets?.delete(socket) === true && sockets.size === 0) {
            this._idle.delete(network);
        }
    }
}
