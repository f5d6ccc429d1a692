import { WebSocket } from "ws";

/** Signalling message about one call, in the format of PeerJS (peerjs 1.5, `ServerMessageType`). */
export interface ISignal {
    readonly type: "OFFER" | "ANSWER" | "CANDIDATE";
    /** Peer id of the sender, set by the server. */
    readonly src: string;
    readonly payload: {
        readonly type: string;
        readonly connectionId: string;
        readonly sdp?: { readonly type: string; readonly sdp: string };
        readonly candidate?: { readonly candidate?: string };
    };
}

/** Signalling socket to open, and its callbacks. */
export interface ISignallingRequest {
    /** Base URL of signalling (http or https), without a trailing slash. Its path `peerjs` accepts WebSockets. */
    readonly url: string;
    readonly peerId: string;
    readonly secret: string;
    /** Cancels opening. */
    readonly signal: AbortSignal;
    readonly onSignal: (signal: ISignal) => void;
    /** The open socket was lost. Called at most once, never after `closeAsync`. */
    readonly onLost: (reason: string) => void;
}

/** Heartbeat interval in milliseconds, the same as that of PeerJS. PeerServer closes a socket that is silent for a minute. */
const heartbeatMs = 5_000;
const openTimeoutMs = 10_000;

/** Client for PeerJS signalling with only what calls need. PeerJS itself needs browser globals, which would affect other code in the process. */
export class Signalling {
    private readonly _socket: WebSocket;
    private readonly _heartbeat: ReturnType<typeof setInterval>;
    private _closed = false;

    private constructor(socket: WebSocket) {
        this._socket = socket;
        this._heartbeat = setInterval(() => this._write({ type: "HEARTBEAT" }), heartbeatMs);
    }

    /**
     * Opens the socket and waits until the server accepts the peer.
     * @param request - URL, credentials and callbacks
     * @returns the open client, which the caller closes; rejects with an `Error`
     */
    public static OpenAsync(request: ISignallingRequest): Promise<Signalling> {
        const query = new URLSearchParams({ key: "peerjs", id: request.peerId, token: request.secret, version: "1.5.5" });
        const socket = new WebSocket(`${request.url.replace(/^http/, "ws")}/peerjs?${query.toString()}`, {
            handshakeTimeout: openTimeoutMs,
        });
        return new Promise((resolve, reject) => {
            let opened: Signalling | null = null;
            let problem = "";
            const abort = (): void => socket.terminate();
            const timer = setTimeout(abort, openTimeoutMs);
            request.signal.addEventListener("abort", abort, { once: true });
            socket.on("error", (error) => (problem = error.message));
            socket.on("message", (data: Buffer) => {
                const message = parse(data);
                if (message?.type === "OPEN" && opened === null) {
                    clearTimeout(timer);
                    opened = new Signalling(socket);
                    resolve(opened);
                } else if (message?.type === "ERROR" || message?.type === "ID-TAKEN" || message?.type === "INVALID-KEY") {
                    problem = message.type;
                } else if (isSignal(message)) {
                    request.onSignal(message);
                }
            });
            socket.on("close", (code) => {
                clearTimeout(timer);
                request.signal.removeEventListener("abort", abort);
                const reason = `signalling ended: ${problem || code}`;
                if (opened === null) {
                    reject(new Error(reason));
                } else if (!opened._closed) {
                    opened._stop();
                    request.onLost(reason);
                }
            });
            if (request.signal.aborted) {
                abort();
            }
        });
    }

    /**
     * Sends a message to a peer.
     * @param type - message type
     * @param dst - peer id of the receiver
     * @param payload - payload in PeerJS' format
     */
    public send(type: ISignal["type"], dst: string, payload: object): void {
        this._write({ type, dst, payload });
    }

    /** Closes the socket. Resolves when it is closed; after 1 s, the socket is terminated. Never rejects. */
    public async closeAsync(): Promise<void> {
        this._stop();
        if (this._socket.readyState === WebSocket.CLOSED) {
            return;
        }
        await new Promise<void>((resolve) => {
            const timer = setTimeout(() => this._socket.terminate(), 1_000);
            this._socket.once("close", () => {
                clearTimeout(timer);
                resolve();
            });
            this._socket.close();
        });
    }

    private _stop(): void {
        this._closed = true;
        clearInterval(this._heartbeat);
    }

    private _write(message: object): void {
        if (this._socket.readyState === WebSocket.OPEN) {
            this._socket.send(JSON.stringify(message));
        }
    }
}

function parse(data: Buffer): { readonly type?: unknown } | null {
    try {
        const message: unknown = JSON.parse(data.toString());
        return typeof message === "object" ? message : null;
    } catch {
        return null;
    }
}

function isSignal(message: { readonly type?: unknown } | null): message is ISignal {
    const { type, src, payload } = (message ?? {}) as Partial<ISignal>;
    return (
        (type === "OFFER" || type === "ANSWER" || type === "CANDIDATE") &&
        typeof src === "string" &&
        typeof payload?.connectionId === "string"
    );
}
