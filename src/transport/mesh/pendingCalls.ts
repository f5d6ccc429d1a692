import type { MediaConnection } from "peerjs";

/** Maximum number of pending calls. */
const maxCalls = 16;

/** Timeout of a pending call, in milliseconds. The remote caller gives up after 15 s. */
const patienceMs = 10_000;

interface IWaiting {
    readonly call: MediaConnection;
    readonly timer: ReturnType<typeof setTimeout>;
}

/** Calls that cannot be answered yet. A call can arrive before its caller is announced, because signalling uses another socket. */
export class PendingCalls {
    private readonly _calls = new Map<string, IWaiting>();

    /** Keeps a call, and closes an earlier call of the same peer. Closes the new call after ten seconds, or at once if 16 others are pending. */
    public keep(call: MediaConnection): void {
        this.take(call.peer)?.close();
        if (this._calls.size >= maxCalls) {
            call.close();
            return;
        }
        const timer = setTimeout(() => this.take(call.peer)?.close(), patienceMs);
        this._calls.set(call.peer, { call, timer });
    }

    /**
     * Removes a pending call.
     * @param peerId - peer id of the remote caller
     * @returns the pending call, which now belongs to the caller of this method; null if there is none
     */
    public take(peerId: string): MediaConnection | null {
        const waiting = this._calls.get(peerId);
        this._calls.delete(peerId);
        clearTimeout(waiting?.timer);
        return waiting?.call ?? null;
    }

    /** Closes all pending calls. */
    public dispose(): void {
        [...this._calls.keys()].forEach((peerId) => this.take(peerId)?.close());
    }
}
