import { FakeMediaConnection } from "./fakeMediaConnection.js";

/** A call between two peers. */
export interface IFakeCall {
    readonly from: string;
    readonly to: string;
    /** The caller's end. */
    readonly calling: FakeMediaConnection;
    /** The callee's end. */
    readonly called: FakeMediaConnection;
}

/** Delivers calls between peers, in place of PeerServer and browsers. */
export class FakePeerNetwork {
    /** All calls, in order. */
    public readonly calls: IFakeCall[] = [];
    /** True if new calls get an audio path. */
    public hasPaths = true;
    private readonly _peers = new Map<string, (call: FakeMediaConnection) => void>();
    private _held: (() => void)[] | null = null;

    /** Registers a peer. Calls to its id are passed to `onCall`. */
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

    /** Holds new calls back until the returned function is called. */
    hold(): () => void {
        const held = (this._held ??= []);
        return () => {
            this._held = null;
            held.splice(0).forEach((deliver) => deliver());
        };
    }

    /** Calls that are answered and not closed at either end. */
    get open(): readonly IFakeCall[] {
        return this.calls.filter(({ calling, called }) => !calling.closed && !called.closed && called.peerConnection !== undefined);
    }

    /** All calls as `from>to`, in order. */
    get log(): readonly string[] {
        return this.calls.map(({ from, to }) => `${from}>${to}`);
    }
}
