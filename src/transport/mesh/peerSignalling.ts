import type { MediaConnection, Peer, PeerOptions } from "peerjs";
import { RtcError } from "../../errors/rtcError.js";
import { RetryCount } from "../retryPolicy.js";
import type { IRetryPolicy } from "../retryPolicy.js";

/** How long the signalling socket may take to open for the first time, in milliseconds. */
const openTimeoutMs = 10_000;

/** What signalling needs to know, and whom it tells. */
export interface ISignallingRequest {
    readonly server: string;
    readonly peerId: string;
    readonly secret: string;
    readonly iceServers: RTCIceServer[];
    readonly retryPolicy: IRetryPolicy;
    readonly signal: AbortSignal;
    readonly onCall: (call: MediaConnection) => void;
    /** The socket has gone (false) or stands again (true). Calls live on without it. */
    readonly onOnline: (online: boolean) => void;
    /** The socket is gone for good. */
    readonly onLost: (error: RtcError) => void;
}

/** The PeerJS peer of one stay in an RTC room: carries offers and answers, and comes back by itself when its socket drops. */
export class PeerSignalling {
    private readonly _peer: Peer;
    private readonly _request: ISignallingRequest;
    private _timer: ReturnType<typeof setTimeout> | undefined;
    private readonly _retries: RetryCount;
    private _closed = false;

    private constructor(peer: Peer, request: ISignallingRequest) {
        this._peer = peer;
        this._request = request;
        this._retries = new RetryCount(request.retryPolicy);
        peer.on("call", request.onCall);
        // Nobody here opens data connections, and PeerJS would answer one unasked.
        peer.on("connection", (connection) => connection.close());
    }

    /**
     * Loads PeerJS on demand and opens the socket.
     * @param request - which peer, and who listens
     * @returns open signalling, which the caller closes; rejects with an `RtcError`
     */
    public static async OpenAsync(request: ISignallingRequest): Promise<PeerSignalling> {
        const { Peer } = await import("peerjs");
        if (request.signal.aborted) {
            throw new RtcError("aborted", "The operation was cancelled.");
        }
        const peer = new Peer(request.peerId, peerOptions(request));
        const signalling = new PeerSignalling(peer, request);
        try {
            await signalling._openedAsync();
        } catch (error) {
            signalling.close();
            throw error;
        }
        peer.on("disconnected", signalling._onDisconnected);
        peer.on("close", signalling._onClose);
        peer.on("open", signalling._onOpen);
        return signalling;
    }

    /**
     * Calls somebody. The call carries the track from the start.
     * @param peerId - of the other end
     * @param track - what to send
     * @param sdpTransform - applied to the offer
     * @returns the call, or null while the socket is down
     */
    public call(peerId: string, track: MediaStreamTrack, sdpTransform: (sdp: string) => string): MediaConnection | null {
        if (this._closed || !this._peer.open || this._peer.disconnected) {
            return null;
        }
        return this._peer.call(peerId, new MediaStream([track]), { sdpTransform });
    }

    /** Closes the socket and every call. */
    public close(): void {
        this._closed = true;
        clearTimeout(this._timer);
        this._peer.removeAllListeners();
        this._peer.destroy();
    }

    private _openedAsync(): Promise<void> {
        const { signal, server } = this._request;
        return new Promise<void>((resolve, reject) => {
            const fail = (cause: unknown): void =>
                reject(
                    new RtcError(
                        "serverUnreachable",
                        `The signalling of ${server} does not answer. Does a proxy in between pass WebSockets on?`,
                        { cause },
                    ),
                );
            const abort = (): void => reject(new RtcError("aborted", "The operation was cancelled."));
            this._timer = setTimeout(() => fail(new Error(`no answer within ${openTimeoutMs} ms`)), openTimeoutMs);
            signal.addEventListener("abort", abort, { once: true });
            const done = (then: () => void): void => {
                clearTimeout(this._timer);
                signal.removeEventListener("abort", abort);
                then();
            };
            this._peer.once("open", () => done(resolve));
            this._peer.once("error", (error) => done(() => fail(error)));
            this._peer.once("close", () => done(() => fail(new Error("closed"))));
        });
    }

    private readonly _onOpen = (): void => {
        this._retries.succeeded();
        this._request.onOnline(true);
    };

    private readonly _onDisconnected = (): void => {
        if (this._closed) {
            return;
        }
        this._request.onOnline(false);
        const delay = this._retries.failed();
        if (delay === null) {
            this._lose();
            return;
        }
        this._timer = setTimeout(() => {
            if (!this._peer.destroyed) {
                this._peer.reconnect();
            }
        }, delay);
    };

    private readonly _onClose = (): void => this._lose();

    private _lose(): void {
        if (!this._closed) {
            this.close();
            this._request.onLost(
                new RtcError("serverUnreachable", `The signalling of ${this._request.server} is gone. Is the server still running?`),
            );
        }
    }
}

function peerOptions({ server, secret, iceServers }: ISignallingRequest): Omit<PeerOptions, "debug"> {
    const url = new URL(server);
    return {
        host: url.hostname,
        port: Number(url.port || (url.protocol === "https:" ? 443 : 80)),
        path: `${url.pathname.replace(/\/+$/, "")}/signal`,
        secure: url.protocol === "https:",
        token: secret,
        // PeerJS' default names public STUN and TURN servers of its own.
        config: { iceServers, sdpSemantics: "unified-plan" },
    };
}
