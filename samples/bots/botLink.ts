import { setTimeout as waitAsync } from "node:timers/promises";
import { MediaStreamTrack, RTCPeerConnection, RtpHeader, RtpPacket, useOPUS } from "werift";
import type { RTCDataChannel, RTCIceCandidateInit, RTCRtpSender } from "werift";
import type { ISignal } from "./botSignalling.js";
import type { IVoiceFrame } from "./speaker.js";

/** Timeout for connecting the audio path of a call, in milliseconds. */
const connectTimeoutMs = 15_000;

/** Timeout for the remote peer to confirm that the data channel is closed, in milliseconds. */
const hangUpTimeoutMs = 500;
/** Time between this confirmation and the closing of the connection, in milliseconds. */
const lingerMs = 50;
/** Longest wait for a pending handshake when a link is closed, in milliseconds. */
const handshakeTimeoutMs = 1_000;

/** Callbacks from a link to its owner. */
export interface ILinkOwner {
    /** Sends a signalling message to the remote peer. */
    send(type: ISignal["type"], payload: object): void;
    /** The audio path is connected. */
    onConnected(): void;
    /** The link has failed, or the remote peer has closed it. Called at most once, and never after `closeAsync`. */
    onEnded(reason: string): void;
    /** An Opus packet has arrived. */
    onPacket(payload: Uint8Array, timestamp: number): void;
}

/** One audio call in the format of PeerJS, implemented with werift. Sends the bot's frames and receives the voice of one member. */
export class VoiceLink {
    /** Id of this call, unique between the two peers. */
    public readonly connectionId: string;
    private readonly _owner: ILinkOwner;
    private readonly _connection: RTCPeerConnection;
    private readonly _sender: RTCRtpSender;
    private readonly _timer: ReturnType<typeof setTimeout>;
    private _sequence = Math.floor(Math.random() * 0x8000);
    private _channel: RTCDataChannel | null = null;
    private _connected = false;
    /** Settles when no negotiation step is pending. Never rejects. */
    private _negotiation: Promise<unknown> = Promise.resolve();
    private _closing: Promise<void> | null = null;

    private constructor(connectionId: string, iceServers: readonly RTCIceServer[], owner: ILinkOwner) {
        this.connectionId = connectionId;
        this._owner = owner;
        const connection = new RTCPeerConnection({
            codecs: { audio: [useOPUS({ parameters: "minptime=10;useinbandfec=1;usedtx=1" })], video: [] },
            iceServers: iceServers.map(({ urls, username, credential }) => ({
                urls,
                ...(username === undefined ? {} : { username }),
                ...(credential === undefined ? {} : { credential }),
            })),
            bundlePolicy: "max-bundle",
        });
        this._connection = connection;
        this._sender = connection.addTrack(new MediaStreamTrack({ kind: "audio" }));
        withoutDefaultStun(connection, iceServers);
        connection.onIceCandidate.subscribe((candidate) => {
            if (candidate) {
                this._tell("CANDIDATE", { candidate });
            }
        });
        connection.connectionStateChange.subscribe(this._onState);
        connection.iceConnectionStateChange.subscribe(this._onIceState);
        connection.onDataChannel.subscribe((channel) => this._keep(channel));
        connection.onTrack.subscribe((track) => {
            track.onReceiveRtp.subscribe((packet) => owner.onPacket(packet.payload, packet.header.timestamp));
        });
        this._timer = setTimeout(() => this._end("no connection within 15 s"), connectTimeoutMs);
    }

    /**
     * Starts an outgoing call.
     * @param iceServers - ICE servers from the grant; if there are none, only host candidates are used
     * @param owner - sends the signalling messages and receives the callbacks
     * @returns the link, which the caller closes
     */
    public static Call(iceServers: readonly RTCIceServer[], owner: ILinkOwner): VoiceLink {
        const link = new VoiceLink(`mc_${Math.random().toString(36).slice(2)}`, iceServers, owner);
        link._attempt(link._offerAsync());
        return link;
    }

    /**
     * Answers an incoming call.
     * @param signal - the offer
     * @param iceServers - ICE servers from the grant
     * @param owner - sends the signalling messages and receives the callbacks
     * @returns the link, which the caller closes
     */
    public static Answer(signal: ISignal, iceServers: readonly RTCIceServer[], owner: ILinkOwner): VoiceLink {
        const link = new VoiceLink(signal.payload.connectionId, iceServers, owner);
        link._attempt(link._answerAsync(signal));
        return link;
    }

    /** True while the link is connected and not closing. */
    public get connected(): boolean {
        return this._connected && this._closing === null;
    }

    /** Handles an answer or ICE candidate for this call. Candidates with an mDNS name are ignored. */
    public onSignal(signal: ISignal): void {
        const { sdp, candidate } = signal.payload;
        if (signal.type === "ANSWER" && sdp && this._connection.signalingState === "have-local-offer") {
            this._attempt(this._connection.setRemoteDescription({ type: "answer", sdp: withoutMdns(sdp.sdp) }));
        } else if (signal.type === "CANDIDATE" && candidate && !isMdns(candidate.candidate ?? "")) {
            this._connection.addIceCandidate(candidate as RTCIceCandidateInit).catch(() => undefined);
        }
    }

    /** Sends one frame. No-op until the audio path is connected. */
    public send(frame: IVoiceFrame): void {
        if (!this.connected) {
            return;
        }
        const { timestamp, marker } = frame;
        this._sequence = (this._sequence + 1) % 2 ** 16;
        const header = new RtpHeader({ sequenceNumber: this._sequence, timestamp, marker });
        // werift modifies the header, so each link creates its own. The content of the payload is the same for all links.
        this._sender.sendRtp(new RtpPacket(header, Buffer.from(frame.payload))).catch(() => undefined);
    }

    /** Hangs up. The owner receives no further callbacks. Never rejects. */
    public closeAsync(): Promise<void> {
        this._closing ??= this._closeAsync();
        return this._closing;
    }

    private async _offerAsync(): Promise<void> {
        // Like PeerJS, opens a data channel for each call. Its closing tells the other side that this side has hung up.
        this._keep(this._connection.createDataChannel(this.connectionId));
        const { type, sdp } = await this._connection.createOffer();
        const gathered = this._connection.setLocalDescription({ type, sdp });
        this._tell("OFFER", { sdp: { type, sdp } });
        await gathered;
    }

    private async _answerAsync(signal: ISignal): Promise<void> {
        await this._connection.setRemoteDescription({ type: "offer", sdp: withoutMdns(signal.payload.sdp?.sdp ?? "") });
        withoutDefaultStun(this._connection, this._connection.getConfiguration().iceServers);
        const { type, sdp } = await this._connection.createAnswer();
        const gathered = this._connection.setLocalDescription({ type, sdp });
        this._tell("ANSWER", { sdp: { type, sdp } });
        await gathered;
    }

    private _tell(type: ISignal["type"], payload: object): void {
        if (this._closing === null) {
            this._owner.send(type, { ...payload, type: "media", connectionId: this.connectionId });
        }
    }

    private _attempt(work: Promise<unknown>): void {
        const settled = work.catch((error: unknown) => this._end(`negotiation failed: ${String(error)}`));
        this._negotiation = Promise.all([this._negotiation, settled]);
    }

    private readonly _onState = (state: string): void => {
        if (state === "connected" && !this._connected) {
            this._connected = true;
            clearTimeout(this._timer);
            this._owner.onConnected();
        } else {
            this._onIceState(state);
        }
    };

    /** werift reports a failed path 30 s after the last consent response (RFC 7675). If a member has left, the RTC room reports it much earlier. */
    private readonly _onIceState = (state: string): void => {
        if (state === "failed" || state === "closed") {
            this._end(`the connection ${state === "failed" ? "failed" : "was closed"}`);
        }
    };

    private _keep(channel: RTCDataChannel): void {
        this._channel = channel;
        channel.stateChanged.subscribe((state) => {
            if (state === "closed") {
                this._end("the other end hung up");
            }
        });
    }

    private _end(reason: string): void {
        if (this._closing === null) {
            void this.closeAsync();
            this._owner.onEnded(reason);
        }
    }

    private async _closeAsync(): Promise<void> {
        clearTimeout(this._timer);
        this._connected = false;
        // Waits for negotiation first, because werift leaks sockets that it opens after its connection was closed.
        await this._negotiation;
        await this._handshakeAsync();
        await this._hangUpAsync();
        await this._connection.close().catch(() => undefined);
    }

    /** Waits for a pending handshake, which werift cannot cancel: closed earlier, it would send for another 30 s and keep the process alive. */
    private async _handshakeAsync(): Promise<void> {
        const connection = this._connection;
        if (connection.connectionState !== "connecting") {
            return;
        }
        await new Promise<void>((resolve) => {
            const done = (): void => {
                clearTimeout(timer);
                resolve();
            };
            const timer = setTimeout(done, handshakeTimeoutMs);
            connection.connectionStateChange.once(done);
        });
    }

    /**
     * Closes the data channel and waits until both sides have confirmed it, because closing a werift connection sends nothing to the other side.
     * Best effort: when a member leaves the room, all other members hang up anyway.
     */
    private async _hangUpAsync(): Promise<void> {
        const channel = this._channel;
        if (channel?.readyState !== "open") {
            return;
        }
        await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, hangUpTimeoutMs);
            // Each side closes its own direction. The channel is closed once both directions are (RFC 8831, section 6.7).
            let directions = 2;
            this._connection.sctpTransport?.sctp.onReconfigStreams.subscribe(() => {
                if (--directions === 0) {
                    clearTimeout(timer);
                    resolve();
                }
            });
            channel.close();
        });
        // The bot's own confirmation may not be sent yet. Closing the socket at once could drop it.
        await waitAsync(lingerMs);
    }
}

/** Removes the public STUN server that werift uses by default, unless the grant names a STUN server. Only the grant's ICE servers may be used. */
function withoutDefaultStun(connection: RTCPeerConnection, iceServers: readonly { readonly urls: string | string[] }[]): void {
    if (!iceServers.flatMap(({ urls }) => urls).some((url) => url.startsWith("stun:"))) {
        for (const transport of connection.iceTransports) {
            delete transport.connection.stunServer;
        }
    }
}

/**
 * True for a candidate with an mDNS name, with which browsers hide their local address. Such candidates are ignored: the browser's connectivity
 * checks reach the bot anyway, and resolving the names would need one more socket per link.
 */
function isMdns(candidate: string): boolean {
    return /\s\S+\.local\s/.test(candidate);
}

function withoutMdns(sdp: string): string {
    return sdp
        .split("\r\n")
        .filter((line) => !line.startsWith("a=candidate:") || !isMdns(line))
        .join("\r\n");
}
