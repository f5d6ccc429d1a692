import type { MediaConnection } from "peerjs";

/** Maximum number of pending calls. */
const maxCalls = 16;

/** Timeout of a pending call, in milliseconds; the caller itself gives up after 15 s. */
const patienceMs = 10_000;

interface IWaiting {
    readonly call: MediaConnection;
    readonly timer: ReturnType<typeof setTimeout>;
}

/** Calls that cannot be answered yet: a call can arrive before the control session announces its caller, because signalling uses another socket. */
export class PendingCalls {
    private readonly _calls = new Map<string, IWaiting>();

    /** Keeps a call, which replaces an earlier one of the same peer. Closes it if there are too many calls, or after ten seconds. */
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
