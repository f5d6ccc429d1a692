import { FakeMediaConnection } from "./fakeMediaConnection.js";

/** One call that was made. */
export interface IFakeCall {
    readonly from: string;
    readonly to: string;
    /** The caller's end. */
    readonly calling: FakeMediaConnection;
    /** The callee's end. */
    readonly called: FakeMediaConnection;
}

/** Carries calls from peer to peer, as PeerServer and two browsers do. */
export class FakePeerNetwork {
    /** Every call that was made, in order. */
    public readonly calls: IFakeCall[] = [];
    /** True = calls from now on find a path for audio. */
    public hasPaths = true;
    private readonly _peers = new Map<string, (call: FakeMediaConnection) => void>();
    private _held: (() => void)[] | null = null;

    /** Takes a peer in; calls to its id are given to it. */
    register(peerId: string, onCall: (call: FakeMediaConnection) => void): void {
        this._peers.set(peerId, onCall);
    }

    unregister(peerId: string): void {
        this._peers.delete(peerId);
    }

    call(from: string, to: string, stream: MediaStream, sdpTransform: (sdp: string) => string): FakeMediaConnection {
        const [calling, called] = FakeMediaConnection.Between(from, to, stream, sdpTransform);
        calling.hasPath = this.hasPaths;
        called.hasPath = this.hasPaths;
        this.calls.push({ from, to, calling, called });
        const deliver = (): void => this._peers.get(to)?.(called);
        if (this._held) {
            this._held.push(deliver);
        } else {
            queueMicrotask(deliver);
        }
        return calling;
    }

    /** Keeps calls from being delivered until the returned function is called. */
    hold(): () => void {
        const held = (this._held ??= []);
        return () => {
            this._held = null;
            held.splice(0).forEach((deliver) => deliver());
        };
    }

    /** The calls whose both ends stand. */
    get open(): readonly IFakeCall[] {
        return this.calls.filter(({ calling, called }) => !calling.closed && !called.closed && called.peerConnection !== undefined);
    }

    /** `from>to` of each call that was made. */
    get log(): readonly string[] {
        return this.calls.map(({ from, to }) => `${from}>${to}`);
    }
}
