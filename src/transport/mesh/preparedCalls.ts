import type { MediaConnection, Peer } from "peerjs";

/** The part of PeerJS' socket that sends signalling messages. */
interface ISignalSocket {
    send(message: { readonly dst?: string }): void;
}

/** Call that was made in advance, and its messages so far. */
interface IPreparedCall {
    readonly call: MediaConnection;
    readonly messages: { readonly dst?: string }[];
}

/**
 * Calls that are made before we know whether they are allowed. Their offers and candidates are created while the sockets open, and are sent when the
 * call is taken. Until then the other end receives nothing, not even our network address.
 */
export class PreparedCalls {
    private readonly _calls = new Map<string, IPreparedCall>();
    private readonly _socket: ISignalSocket;
    private readonly _send: ISignalSocket["send"];

    /**
     * @param peer - PeerJS peer whose calls are prepared; its socket may still be opening
     */
    public constructor(peer: Peer) {
        this._socket = peer.socket;
        this._send = this._socket.send.bind(this._socket);
        this._socket.send = (message) => {
            const prepared = this._calls.get(message.dst ?? "");
            if (prepared) {
                prepared.messages.push(message);
            } else {
                this._send(message);
            }
        };
    }

    /**
     * Prepares a call.
     * @param peerId - peer id of the other end
     * @param make - makes the call; the messages that it sends are held from now on
     */
    public prepare(peerId: string, make: () => MediaConnection): void {
        // PeerJS sends no message before `make` returns, because the browser creates an offer asynchronously.
        this._calls.set(peerId, { call: make(), messages: [] });
    }

    /**
     * Sends the held messages of a call, and its later messages from now on.
     * @param peerId - peer id of the other end
     * @returns the call, which the caller then owns; null if none is prepared
     */
    public take(peerId: string): MediaConnection | null {
        const prepared = this._calls.get(peerId);
        this._calls.delete(peerId);
        prepared?.messages.forEach((message) => this._send(message));
        return prepared?.call ?? null;
    }

    /** Closes the calls that were not taken. */
    public discard(): void {
        const unused = [...this._calls.values()];
        this._calls.clear();
        unused.forEach(({ call }) => call.close());
    }
}
