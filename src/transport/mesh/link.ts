import type { MediaConnection } from "peerjs";
import type { ILinkFacts } from "../linkFacts.js";
import type { IOpusSettings } from "../opusSettings.js";
import type { IRtpDataLink } from "./frames/rtpData.js";
import { LinkAdapter } from "./linkAdapter.js";
import { linkFactsOf } from "./linkStatistics.js";
import { RtpSender } from "./rtpSender.js";

/** Timeout of a call until its audio path stands, in milliseconds. Trickled host candidates need 0.2 s, a relay on a bad line a few seconds. */
const connectTimeoutMs = 15_000;

/** Time without a packet on an interrupted path after which the call has failed, in milliseconds. Browsers report the interruption about 5 s after the last packet. */
const interruptionMs = 4_000;

/** Error code of a TURN server that does not take the credentials (RFC 8489, section 14.8). */
const unauthorized = 401;

/** Owner of a link, with its callbacks. */
export interface ILinkOwner {
    /** The link has its track, and the path that it comes by. Called once. */
    onTrack(): void;
    /** The audio path stands. */
    onConnected(): void;
    /** The link has ended by itself: closed by the other end, failed, or never came up. Called once, never after `close`. */
    onEnded(): void;
    /** Lets data ride on the link, if both ends can; called once, at the beginning. The link closes what it gets. */
    ride?(connection: RTCPeerConnection, sender: RTCRtpSender): IRtpDataLink | null;
}

/** One PeerJS audio call: our track out, one remote track in. */
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
     * @param call - a call that was made, or answered, with one local audio track; the link closes it
     * @param owner - hears of it
     * @param opus - how voices are coded while the line allows it
     */
    public constructor(call: MediaConnection, owner: ILinkOwner, opus: IOpusSettings) {
        this.peerId = call.peer;
        this._call = call;
        this._owner = owner;
        this._opus = opus;
        // PeerJS made this sender with the connection, and never negotiates again, so it carries whatever we send.
        const sender = call.peerConnection.getSenders().find(({ track }) => track?.kind === "audio");
        this._sender = sender ? new RtpSender(sender, this._end) : null;
        this._data = sender ? rideOn(call, sender, owner) : null;
        this._timer = setTimeout(this._end, connectTimeoutMs);
        // PeerJS forgets it as the call ends.
        this._connection = call.peerConnection;
        this._connection.addEventListener("icecandidateerror", this._onCandidateError);
        call.on("stream", this._onStream);
        call.on("iceStateChanged", this._onIceState);
        call.on("close", this._end);
        call.on("error", this._end);
    }

    /** True once its audio path has stood. */
    public get connected(): boolean {
        return this._connected;
    }

    /** Received track; null until the path stands, and once the link has ended. */
    public get track(): MediaStreamTrack | null {
        return this._connected && !this._ended ? this._track : null;
    }

    /** Address of a TURN server that has refused the credentials; null = none has. */
    public get turnRefusal(): string | null {
        return this._turnRefusal;
    }

    /**
     * Sends this track from now on. Never rejects: a connection that cannot is at its end.
     * @param track - stays the caller's; null = no packets at all
     */
    public async sendAsync(track: MediaStreamTrack | null): Promise<void> {
        if (!this._ended) {
            await this._sender?.sendAsync(track);
        }
    }

    /** Sends data along with our voice; null while the path does not stand, or if not both ends can. */
    public get data(): IRtpDataLink | null {
        return this._connected && !this._ended ? this._data : null;
    }

    /**
     * Lets received sound wait so long at least. Where the browser cannot be told, it stays with what it finds best.
     * @param jitterTargetMs - in milliseconds; null = as the browser finds best
     */
    public bufferFor(jitterTargetMs: number | null): void {
        if (jitterTargetMs !== null) {
            try {
                this._call.peerConnection.getReceivers().forEach((receiver) => (receiver.jitterBufferTarget = jitterTargetMs));
            } catch {
                // Some browsers have a smaller range.
            }
        }
    }

    /** Mark of the last packet that came; another one = another packet. Null where the browser does not say, or none has come. */
    public get lastPacket(): number | null {
        const [receiver]: readonly Partial<Pick<RTCRtpReceiver, "getSynchronizationSources">>[] = this._ended
            ? []
            : this._call.peerConnection.getReceivers();
        return receiver?.getSynchronizationSources?.().at(-1)?.rtpTimestamp ?? null;
    }

    /** Facts about the audio path; null once it has ended. Never rejects. */
    public async factsAsync(): Promise<ILinkFacts | null> {
        const sendMode = this._adapter?.mode ?? "full";
        return this._ended
            ? null
            : this._call.peerConnection.getStats().then(
                  (report) => ({ ...linkFactsOf(report), sendMode }),
                  () => null,
              );
    }

    /** Hangs up. The owner hears no more of it. */
    public close(): void {
        if (this._ended) {
            return;
        }
        this._ended = true;
        clearTimeout(this._timer);
        this._call.removeAllListeners();
        this._adapter?.close();
        this._sender?.close();
        this._data?.close();
        this._call.close();
        this._forget();
    }

    /** Chromium 156 keeps a connection for good that is closed while it is about to tell of a new state: nothing must hang on it, of ours or of PeerJS. */
    private _forget(): void {
        this._connection.removeEventListener("icecandidateerror", this._onCandidateError);
        this._connection.onicecandidate = null;
        this._connection.oniceconnectionstatechange = null;
        this._connection.ondatachannel = null;
        this._connection.ontrack = null;
    }

    private readonly _onCandidateError = ({ errorCode, url }: RTCPeerConnectionIceErrorEvent): void => {
        this._turnRefusal = errorCode === unauthorized ? url : this._turnRefusal;
    };

    // PeerJS tells of the same stream twice when the offer names its track twice; the first one counts.
    private readonly _onStream = (stream: MediaStream): void => {
        const track = stream.getAudioTracks()[0];
        if (track && !this._track) {
            this._track = track;
            this._handOver();
        }
    };

    private readonly _onIceState = (state: RTCIceConnectionState): void => {
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

    /** On a crowded line the checks of a path get lost by which the voice still comes: then it stands, until the browser says that it has failed. */
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

    /** Not before the path stands: making a sound of the track keeps the main thread busy, and candidates pass through that. */
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

/** Without data the voice still goes: where the browser makes no transform, the link carries none. */
function rideOn(call: MediaConnection, sender: RTCRtpSender, owner: ILinkOwner): IRtpDataLink | null {
    try {
        return owner.ride?.(call.peerConnection, sender) ?? null;
    } catch {
        return null;
    }
}
