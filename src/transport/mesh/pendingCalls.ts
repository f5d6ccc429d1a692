import type { MediaConnection } from "peerjs";

/** Most calls that are kept waiting. */
const maxCalls = 16;

/** Time that a call is kept, in milliseconds; the caller itself gives up after 15 s. */
const patienceMs = 10_000;

interface IWaiting {
    readonly call: MediaConnection;
    readonly timer: ReturnType<typeof setTimeout>;
}

/** Calls that may not be answered yet: of peers that the server is about to name, since the two sockets keep no common order. */
export class PendingCalls {
    private readonly _calls = new Map<string, IWaiting>();

    /** Keeps a call, in place of an earlier one of the same peer; hangs up if there are too many, and after ten seconds. */
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
     * @param peerId - of a caller
     * @returns the call that waits, if there is one; it is the caller's now
     */
    public take(peerId: string): MediaConnection | null {
        const waiting = this._calls.get(peerId);
        this._calls.delete(peerId);
        clearTimeout(waiting?.timer);
        return waiting?.call ?? null;
    }

    /** Hangs up on all of them. */
    public dispose(): void {
        [...this._calls.keys()].forEach((peerId) => this.take(peerId)?.close());
    }
}
