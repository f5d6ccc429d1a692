import type { MediaConnection, Peer, PeerOptions } from "peerjs";
import { RtcError } from "../../errors/rtcError.js";
import { debugLog } from "../../interop/debugLog.js";
import { onDemandAsync } from "../../interop/onDemand.js";
import { RetryCount } from "../retryCount.js";
import type { IRetryPolicy } from "../retryPolicy.js";
import { PreparedCalls } from "./preparedCalls.js";
import { SignalGuard } from "./signalGuard.js";

/** Timeout for the first opening of the signalling socket, in milliseconds. */
const openTimeoutMs = 10_000;

/** Settings and callbacks of signalling. */
export interface ISignallingRequest {
    readonly server: string;
    readonly peerId: string;
    readonly secret: string;
    readonly iceServers: RTCIceServer[];
    /** True = links use only TURN servers. */
    readonly relayOnly: boolean;
    /** Transforms the other end's session descriptions before they are applied. Pure. */
    readonly remoteSdp: (sdp: string) => string;
    readonly retryPolicy: IRetryPolicy;
    /** Called for errors that do not end signalling. */
    readonly onError: (error: RtcError) => void;
    readonly onCall: (call: MediaConnection) => void;
    /** Called with true each time the socket opens, and with false each time it disconnects. Calls continue without the socket. */
    readonly onOnline: (online: boolean) => void;
    /** Called when the socket is lost permanently. */
    readonly onLost: (error: RtcError) => void;
}

/** Calls to prepare while the socket opens. */
export interface ICallPreparation {
    /** Peer ids of the other ends. */
    readonly peerIds: readonly string[];
    /** Track that the calls carry from the start. */
    readonly track: MediaStreamTrack;
    /** Applied to the offers. */
    readonly sdpTransform: (sdp: string) => string;
}

const loadPeerJsAsync = () => onDemandAsync(() => import("peerjs"));

let warmed: Promise<void> | undefined;

/**
 * Prepares the slowest parts of the first call: loads PeerJS, and makes an offer that is not sent, so that the browser sets up its WebRTC stack.
 * The network is used only for loading. Never rejects.
 */
export async function prepareCallsAsync(): Promise<void> {
    warmed ??= offerOnceAsync().catch(() => undefined);
    await Promise.allSettled([loadPeerJsAsync(), warmed]);
}

async function offerOnceAsync(): Promise<void> {
    // With the policy `relay` and no TURN server, there are no candidates to gather, so the network is not used.
    const connection = new RTCPeerConnection({ iceTransportPolicy: "relay" });
    try {
        connection.addTransceiver("audio");
        await connection.setLocalDescription();
    } finally {
        connection.close();
    }
}

/** Carries offers, answers and ICE candidates between peers. */
export interface ISignalling {
    /**
     * Opens the socket.
     * @param signal - cancels
     * @param preparation - calls to prepare meanwhile; `call` sends them. Default: none.
     * @returns a promise that resolves when the socket is open; on failure it rejects with an `RtcError`, and signalling is closed
     */
    openAsync(signal: AbortSignal, preparation?: ICallPreparation): Promise<void>;
    /**
     * Calls a peer. The call carries the track from the start.
     * @param peerId - peer id of the other end
     * @param track - the track to send
     * @param sdpTransform - applied to the offer
     * @returns the call, or null while the socket is not open
     */
    call(peerId: string, track: MediaStreamTrack, sdpTransform: (sdp: string) => string): MediaConnection | null;
    /** Closes the prepared calls that were not sent. */
    discardPrepared?(): void;
    /**
     * Sets the STUN and TURN servers for calls that are made or answered from now on.
     * @param iceServers - valid servers
     */
    setIceServers?(iceServers: RTCIceServer[]): void;
    /**
     * Closes an open socket and opens it again. Calls continue.
     * @param before - time on the clock of `performance.now()`; a socket that was opened later is kept
     */
    renew?(before: number): void;
    /**
     * Opens the socket again at once, with a new secret, after a restart of the server. Calls continue.
     * @param secret - proves that the peer id is ours
     * @returns false if signalling is closed or its socket has never been open; new signalling must be opened then
     */
    reopen?(secret: string): boolean;
    /** Closes the socket. Connected calls continue; their owner closes them. No callback is called afterwards. Idempotent. */
    disconnect(): void;
    /** Closes the socket and every call. Idempotent. */
    close(): void;
}

/** PeerJS peer of one session. It reconnects by itself when its socket is lost. */
export class PeerSignalling implements ISignalling {
    private readonly _request: ISignallingRequest;
    /** PeerJS creates each peer connection with this object, so a change applies to the next connection. */
    private readonly _connectionConfig: RTCConfiguration & { readonly sdpSemantics: string };
    private readonly _retries: RetryCount;
    private readonly _guard = new SignalGuard(() => performance.now());
    private _peer: Peer | null = null;
    private _prepared: PreparedCalls | null = null;
    private _timer: ReturnType<typeof setTimeout> | undefined;
    private _closed = false;
    private _openedAt = -Infinity;
    /** True while we close the socket in order to open it again. */
    private _renewing = false;
    /** Rejects an opening that is in progress. */
    private _cancel: (() => void) | null = null;

    /** @param request - settings and callbacks */
    public constructor(request: ISignallingRequest) {
        this._request = request;
        const { iceServers, relayOnly } = request;
        this._connectionConfig = { iceServers, sdpSemantics: "unified-plan", ...(relayOnly && { iceTransportPolicy: "relay" as const }) };
        this._retries = new RetryCount(request.retryPolicy, request.onError);
    }

    /** {@inheritDoc ISignalling.openAsync} PeerJS is loaded here, on demand. */
    public async openAsync(signal: AbortSignal, preparation?: ICallPreparation): Promise<void> {
        const { Peer: PeerJs } = await loadPeerJsAsync();
        if (signal.aborted || this._closed) {
            throw aborted();
        }
        const peer = new PeerJs(this._request.peerId, peerOptions(this._request, this._connectionConfig));
        this._peer = peer;
        try {
            guardMessages(peer, (message) => this._guard.passes(message), this._request.remoteSdp);
            peer.on("call", this._request.onCall);
            this._prepare(peer, preparation);
            await this._openedAsync(peer, signal);
        } catch (error) {
            this.close();
            throw error;
        }
        peer.on("disconnected", this._onDisconnected);
        peer.on("close", this._onClose);
        peer.on("open", this._onOpen);
        this._onOpen();
    }

    /** {@inheritDoc ISignalling.call} */
    public call(peerId: string, track: MediaStreamTrack, sdpTransform: (sdp: string) => string): MediaConnection | null {
        if (this._closed || !this._peer?.open || this._peer.disconnected) {
            return null;
        }
        const call = this._prepared?.take(peerId) ?? this._peer.call(peerId, new MediaStream([track]), { sdpTransform });
        this._guard.called(peerId, call.connectionId);
        debugLog("signalling", "calling %s", peerId);
        return call;
    }

    /** {@inheritDoc ISignalling.discardPrepared} */
    public discardPrepared(): void {
        this._prepared?.discard();
    }

    /** {@inheritDoc ISignalling.setIceServers} */
    public setIceServers(iceServers: RTCIceServer[]): void {
        this._connectionConfig.iceServers = iceServers;
    }

    /** {@inheritDoc ISignalling.renew} */
    public renew(before: number): void {
        if (!this._closed && this._peer?.open && !this._peer.disconnected && this._openedAt < before) {
            // PeerJS emits `disconnected`, and the socket is opened again at once. This does not count as a failure for the retry policy.
            this._renewing = true;
            this._peer.disconnect();
        }
    }

    /** {@inheritDoc ISignalling.reopen} */
    public reopen(secret: string): boolean {
        if (this._closed || !this._peer || this._openedAt === -Infinity) {
            return false;
        }
        // PeerJS reads the token each time it opens its socket.
        this._peer.options.token = secret;
        this._retries.succeeded();
        this._renewing = true;
        clearTimeout(this._timer);
        if (this._peer.disconnected) {
            this._onDisconnected();
        } else {
            // The socket is open, or is being opened with the previous secret.
            this._peer.disconnect();
        }
        return true;
    }

    /** {@inheritDoc ISignalling.disconnect} */
    public disconnect(): void {
        this._closed = true;
        this._cancel?.();
        clearTimeout(this._timer);
        this._peer?.removeAllListeners();
        this.discardPrepared();
        this._peer?.disconnect();
    }

    /** {@inheritDoc ISignalling.close} */
    public close(): void {
        this.disconnect();
        this._peer?.destroy();
    }

    private _prepare(peer: Peer, preparation: ICallPreparation | undefined): void {
        if (!preparation || preparation.peerIds.length === 0) {
            return;
        }
        const { peerIds, track, sdpTransform } = preparation;
        this._prepared = new PreparedCalls(peer);
        try {
            for (const peerId of peerIds) {
                this._prepared.prepare(peerId, () => peer.call(peerId, new MediaStream([track]), { sdpTransform }));
            }
        } catch {
            // The browser cannot create a connection now. `call` tries again, and reports the failure.
        }
    }

    private _openedAsync(peer: Peer, signal: AbortSignal): Promise<void> {
        const { server } = this._request;
        return new Promise<void>((resolve, reject) => {
            const fail = (cause: unknown): void =>
                reject(
                    new RtcError(
                        "serverUnreachable",
                        `The signalling of ${server} does not answer. Check that proxies forward WebSockets.`,
                        { cause },
                    ),
                );
            const abort = (): void => reject(aborted());
            this._cancel = abort;
            this._timer = setTimeout(() => fail(new Error(`no answer within ${openTimeoutMs} ms`)), openTimeoutMs);
            signal.addEventListener("abort", abort, { once: true });
            const onError = (error: { readonly type: unknown }): void => {
                // The browser's failure to create an offer of a prepared call does not concern the socket.
                if (error.type !== "webrtc") {
                    done(() => fail(error));
                }
            };
            const done = (then: () => void): void => {
                clearTimeout(this._timer);
                // Later errors must not stop the timer of a reconnect.
                peer.off("error", onError);
                signal.removeEventListener("abort", abort);
                then();
            };
            peer.once("open", () => done(resolve));
            peer.on("error", onError);
            peer.once("close", () => done(() => fail(new Error("closed"))));
        });
    }

    private readonly _onOpen = (): void => {
        debugLog("signalling", "open as %s", this._request.peerId);
        this._retries.succeeded();
        this._openedAt = performance.now();
        this._request.onOnline(true);
    };

    private readonly _onDisconnected = (): void => {
        if (this._closed) {
            return;
        }
        this._request.onOnline(false);
        const delay = this._renewing ? 0 : this._retries.failed();
        this._renewing = false;
        debugLog("signalling", "disconnected; delay of the next attempt in ms: %s", delay);
        if (delay === null) {
            this._lose();
            return;
        }
        this._timer = setTimeout(() => {
            try {
                if (this._peer?.destroyed === false) {
                    this._peer.reconnect();
                }
            } catch {
                // The browser cannot create a socket now. The next attempt may succeed.
                this._onDisconnected();
            }
        }, delay);
    };

    private readonly _onClose = (): void => this._lose();

    private _lose(): void {
        if (!this._closed) {
            debugLog("signalling", "lost");
            this.close();
            this._request.onLost(
                new RtcError(
                    "serverUnreachable",
                    `The signalling connection to ${this._request.server} was lost. Check that the server is running.`,
                ),
            );
        }
    }
}

/** The part of a message that holds a session description. */
interface IDescribing {
    readonly payload?: { readonly sdp?: { sdp?: unknown } };
}

/** Wraps PeerJS' method that handles each message: `passes` filters messages, and `sdp` transforms the other end's session descriptions. */
function guardMessages(peer: Peer, passes: (message: unknown) => boolean, sdp: (sdp: string) => string): void {
    const inside = peer as unknown as { _handleMessage?(message: unknown): void };
    const handle = inside._handleMessage?.bind(peer);
    if (!handle) {
        throw new RtcError("unsupported", "This version of PeerJS is not supported. Install the version that babylon-rtc requires.");
    }
    inside._handleMessage = (message) => {
        if (passes(message)) {
            const described = (message as IDescribing).payload?.sdp;
            if (typeof described?.sdp === "string") {
                described.sdp = sdp(described.sdp);
            }
            handle(message);
        }
    };
}

function aborted(): RtcError {
    return new RtcError("aborted", "The operation was cancelled.");
}

function peerOptions({ server, secret }: ISignallingRequest, config: RTCConfiguration): Omit<PeerOptions, "debug"> {
    const url = new URL(server);
    return {
        host: url.hostname,
        port: Number(url.port || (url.protocol === "https:" ? 443 : 80)),
        path: `${url.pathname.replace(/\/+$/, "")}/signal`,
        secure: url.protocol === "https:",
        token: secret,
        // The default configuration of PeerJS uses its own public STUN and TURN servers.
        config,
    };
}
