import { EventEmitter } from "node:events";
import type { PeerOptions } from "peerjs";
import type { FakeMediaConnection } from "./fakeMediaConnection.js";
import type { FakePeerNetwork } from "./fakePeerNetwork.js";

/** Server that a peer's socket reports to. */
export interface IFakePeerServer {
    readonly network: FakePeerNetwork;
    /** True = sockets can be opened; otherwise they neither open nor fail. */
    readonly reachable: boolean;
    /** True if that peer may open a socket with that secret. */
    admits(peerId: string, secret: string | undefined): boolean;
    /** The socket stands or has gone. */
    onSocket(peerId: string, stands: boolean): void;
}

/** As much of PeerJS' `Peer` as signalling uses. */
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

    /** Method that PeerJS gives each message to. Nothing comes by the wire here. */
    _handleMessage(): void {
        // Calls arrive by the network of fakes.
    }

    call(peerId: string, stream: MediaStream, { sdpTransform }: { sdpTransform: (sdp: string) => string }): FakeMediaConnection {
        return this._server.network.call(this.id, peerId, stream, sdpTransform);
    }

    /** The socket drops; calls live on. */
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

    /** PeerJS tries no more of what was refused, but for a peer that had stood before. */
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
