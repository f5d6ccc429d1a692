import type { MediaConnection } from "peerjs";
import { debugLog } from "../../interop/debugLog.js";
import type { ILinkFacts } from "../linkFacts.js";
import type { IOpusSettings } from "../opusSettings.js";
import type { IRtpDataLink } from "./frames/rtpData.js";
import { LinkAdapter } from "./linkAdapter.js";
import { linkFactsOf } from "./linkStatistics.js";
import { RtpSender } from "./rtpSender.js";

/** Timeout for connecting a call's audio path, in milliseconds. Trickled host candidates need 0.2 s, a relay on a bad line a few seconds. */
const connectTimeoutMs = 15_000;

/** Timeout without packets on a disconnected path, after which a call has failed, in ms. Browsers report `disconnected` about 5 s after the last packet. */
const interruptionMs = 4_000;

/** Error code of a TURN server that rejects the credentials (RFC 8489, section 14.8). */
const unauthorized = 401;

/** Callbacks of a link to its owner. */
export interface ILinkOwner {
    /** Called once, when the link has its track and its path is connected. */
    onTrack(): void;
    /** Called each time the audio path connects or reconnects; possibly more than once. */
    onConnected(): void;
    /** Called once, when the other end has closed the link, or when the link has failed or never connected. Never called after `close`. */
    onEnded(): void;
    /** Sets up data in RTP on the link, if both ends support it. Called once, when the link is made. The link closes the result. */
    openRtpData?(connection: RTCPeerConnection, sender: RTCRtpSender): IRtpDataLink | null;
}

/** One PeerJS audio call: sends our track, and receives one remote track. */
export class Link {
    /** The peer id of the other end. */
    public readonly peerId: string;
    private readonly _call: MediaConnection;
    private readonly _owner: ILinkOwner;
    private readonly _opus: IOpusSettings;
    private readonly _sender: RtpSender | null;
    private readonly _data: IRtpDataLink | null;
    private _turnRefusal: string | null = null;
    private _ended = false;
    private _connected = false;
    private _track: MediaStreamTrack | null = null;
    private _adapter: LinkAdapter | null = null;
    private readonly _connection: RTCPeerConnection;
    private _timer: ReturnType<typeof setTimeout> | undefined;

    /**
     * @param call - a call that was made or answered with one local audio track; the link closes it
     * @param owner - callbacks
     * @param opus - Opus settings that apply while the line has enough bandwidth
     */
    public constructor(call: MediaConnection, owner: ILinkOwner, opus: IOpusSettings) {
        this.peerId = call.peer;
        this._call = call;
        this._owner = owner;
        this._opus = opus;
        // PeerJS made this sender with the connection and never renegotiates, so this sender carries every track that we send.
        const sender = call.peerConnection.getSenders().find(({ track }) => track?.kind === "audio");
        this._sender = sender ? new RtpSender(sender, this._end) : null;
        this._data = sender ? openRtpData(call, sender, owner) : null;
        this._timer = setTimeout(this._end, connectTimeoutMs);
        // Stored here, because PeerJS drops its reference when the call is closed.
        this._connection = call.peerConnection;
        this._connection.addEventListener("icecandidateerror", this._onCandidateError);
        debugLog("link", "%s: created", this.peerId);
        call.on("stream", this._onStream);
        call.on("iceStateChanged", this._onIceState);
        call.on("close", this._end);
        call.on("error", this._end);
    }

    /** True once the audio path has been connected. */
    public get connected(): boolean {
        return this._connected;
    }

    /** Received track; null until the path is connected, and after the link has ended. */
    public get track(): MediaStreamTrack | null {
        return this._connected && !this._ended ? this._track : null;
    }

    /** URL of the TURN server that last rejected the credentials; null if none has. */
    public get turnRefusal(): string | null {
        return this._turnRefusal;
    }

    /**
     * Sends this track from now on. Never rejects: if the track cannot be sent, the link ends.
     * @param track - stays owned by the caller; null = no packets
     */
    public async sendAsync(track: MediaStreamTrack | null): Promise<void> {
        if (!this._ended) {
            await this._sender?.sendAsync(track);
        }
    }

    /** Data in RTP on this link; null while the path is not connected, or if one end does not support it. */
    public get data(): IRtpDataLink | null {
        return this._connected && !this._ended ? this._data : null;
    }

    /**
     * Sets the minimum delay of the jitter buffer. A browser without this setting keeps its own choice.
     * @param jitterTargetMs - in milliseconds; null = the browser decides
     */
    public bufferFor(jitterTargetMs: number | null): void {
        if (jitterTargetMs !== null) {
            try {
                this._call.peerConnection.getReceivers().forEach((receiver) => (receiver.jitterBufferTarget = jitterTargetMs));
            } catch {
                // The value is out of range in some browsers, which then keep their own choice.
            }
        }
    }

    /**
     * RTP timestamp of the packet that was played last. Null if no packet was played in the last 10 s, or if the browser does not report packets.
     */
    public get lastPacket(): number | null {
        const [receiver]: readonly Partial<Pick<RTCRtpReceiver, "getSynchronizationSources">>[] = this._ended
            ? []
            : this._call.peerConnection.getReceivers();
        return receiver?.getSynchronizationSources?.()[0]?.rtpTimestamp ?? null;
    }

    /** Facts about the audio path; null after the link has ended, or if the browser provides no statistics. Never rejects. */
    public async factsAsync(): Promise<ILinkFacts | null> {
        const sendMode = this._adapter?.mode ?? "full";
        return this._ended
            ? null
            : this._call.peerConnection.getStats().then(
                  (report) => ({ ...linkFactsOf(report), sendMode }),
                  () => null,
              );
    }

    /** Closes the call. No callback is called afterwards. */
    public close(): void {
        if (this._ended) {
            return;
        }
        this._ended = true;
        debugLog("link", "%s: closed", this.peerId);
        clearTimeout(this._timer);
        this._call.removeAllListeners();
        this._adapter?.close();
        this._sender?.close();
        this._data?.close();
        this._call.close();
        this._forget();
    }

    /** Removes all handlers. Otherwise Chromium 156 never frees a connection that is closed while one of its state events is pending. */
    private _forget(): void {
        this._connection.removeEventListener("icecandidateerror", this._onCandidateError);
        this._connection.onicecandidate = null;
        this._connection.oniceconnectionstatechange = null;
        this._connection.ondatachannel = null;
        this._connection.ontrack = null;
    }

    private readonly _onCandidateError = ({ errorCode, url }: RTCPeerConnectionIceErrorEvent): void => {
        debugLog("link", "%s: ICE candidate error %d of %s", this.peerId, errorCode, url);
        this._turnRefusal = errorCode === unauthorized ? url : this._turnRefusal;
    };

    // PeerJS emits the same stream twice when the offer names its track twice; the second event is ignored.
    private readonly _onStream = (stream: MediaStream): void => {
        const track = stream.getAudioTracks()[0];
        if (track && !this._track) {
            this._track = track;
            this._handOver();
        }
    };

    private readonly _onIceState = (state: RTCIceConnectionState): void => {
        debugLog("link", "%s: ICE %s", this.peerId, state);
        if (state === "connected" || state === "completed") {
            clearTimeout(this._timer);
            const isFirst = !this._connected;
            this._connected = true;
            if (isFirst) {
                this._adapter = this._sender && new LinkAdapter(this._call.peerConnection, this._sender, this._opus);
                this._handOver();
            }
            this._owner.onConnected();
        } else if (state === "disconnected") {
            this._awaitPackets();
        } else if (state === "failed") {
            this._end();
        }
    };

    /**
     * Ends the link unless packets arrive within four seconds. On a congested line, ICE's connectivity checks can get lost although the voice still
     * arrives; then the link is kept until the browser reports `failed`.
     */
    private _awaitPackets(): void {
        const before = this.lastPacket;
        clearTimeout(this._timer);
        this._timer = setTimeout(() => {
            const now = this.lastPacket;
            if (now !== null && now !== before) {
                this._awaitPackets();
            } else {
                this._end();
            }
        }, interruptionMs);
    }

    /** Reports the track once the path is connected. Before, creating the sound would block the main thread, which has to handle ICE candidates. */
    private _handOver(): void {
        if (this._track && this._connected) {
            this._owner.onTrack();
        }
    }

    private readonly _end = (): void => {
        if (!this._ended) {
            this.close();
            this._owner.onEnded();
        }
    };
}

/** Sets up data in RTP. Null if the browser cannot create the transform; the voice works without it. */
function openRtpData(call: MediaConnection, sender: RTCRtpSender, owner: ILinkOwner): IRtpDataLink | null {
    try {
        return owner.openRtpData?.(call.peerConnection, sender) ?? null;
    } catch {
        return null;
    }
}
