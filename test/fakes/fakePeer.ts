import { EventEmitter } from "node:events";
import type { PeerOptions } from "peerjs";
import type { FakeMediaConnection } from "./fakeMediaConnection.js";
import type { FakePeerNetwork } from "./fakePeerNetwork.js";

/** Server side of a peer's signalling socket. */
export interface IFakePeerServer {
    readonly network: FakePeerNetwork;
    /** True if sockets can be opened. Otherwise a peer's first socket neither opens nor fails; a later one ends in `disconnected`. */
    readonly reachable: boolean;
    /** True if the peer may open a socket with this secret. */
    admits(peerId: string, secret: string | undefined): boolean;
    /** Called when the peer's socket has opened (`stands` is true) or closed. */
    onSocket(peerId: string, stands: boolean): void;
}

/** The part of PeerJS' `Peer` that signalling uses. */
export class FakePeer extends EventEmitter {
    public readonly id: string;
    public readonly options: PeerOptions;
    public open = false;
    public disconnected = false;
    public destroyed = false;
    private readonly _server: IFakePeerServer;

    constructor(id: string, options: PeerOptions, server: IFakePeerServer) {
        super();
        this.id = id;
        this.options = options;
        this._server = server;
        this._connect();
    }

    /** Handler that PeerJS calls for each message. Never called here, because no messages are transmitted. */
    _handleMessage(): void {
        // Calls arrive through FakePeerNetwork.
    }

    call(peerId: string, stream: MediaStream, { sdpTransform }: { sdpTransform: (sdp: string) => string }): FakeMediaConnection {
        return this._server.network.call(this.id, peerId, stream, sdpTransform);
    }

    /** Closes the socket. Calls continue. */
    drop(): void {
        this.open = false;
        this.disconnected = true;
        this._server.network.unregister(this.id);
        this._server.onSocket(this.id, false);
        this.emit("disconnected", this.id);
    }

    disconnect(): void {
        if (!this.disconnected) {
            this.drop();
        }
    }

    reconnect(): void {
        if (!this.disconnected || this.destroyed) {
            throw new Error("A peer that is not disconnected cannot reconnect.");
        }
        this.disconnected = false;
        this._connect();
    }

    destroy(): void {
        if (this.destroyed) {
            return;
        }
        this.destroyed = true;
        this.open = false;
        this._server.network.unregister(this.id);
        this._server.network.calls.forEach(({ from, to, calling, called }) => {
            if (from === this.id || to === this.id) {
                (from === this.id ? calling : called).close();
            }
        });
        this._server.onSocket(this.id, false);
        this.emit("close");
    }

    /**
     * Rejects the socket. A new peer emits `error`. A peer that was open before emits `disconnected`, and can reconnect; signalling listens to that
     * event only after the first opening.
     */
    private _refuse(): void {
        if (this.listenerCount("disconnected") > 0) {
            this.drop();
        } else {
            this.emit("error", new Error("Invalid token provided"));
        }
    }

    private _connect(): void {
        queueMicrotask(() => {
            if (this.destroyed || this.disconnected) {
                return;
            }
            if (!this._server.reachable) {
                if (this.listenerCount("disconnected") > 0) {
                    this.disconnected = true;
                    this.emit("disconnected", this.id);
                }
            } else if (this._server.admits(this.id, this.options.token)) {
                this.open = true;
                this._server.network.register(this.id, (call) => this.emit("call", call));
                this.emit("open", this.id);
                this._server.onSocket(this.id, true);
            } else {
                this._refuse();
            }
        });
    }
}
