import { EventEmitter } from "node:events";
import type { MediaConnection } from "peerjs";
import { FakeTrack, fakeStream } from "./fakeMedia.js";

type SdpTransform = (sdp: string) => string;

const asItIs: SdpTransform = (sdp) => sdp;
const bareSdp = ["v=0", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=rtpmap:111 opus/48000/2", ""].join("\r\n");

/** Track that arrives at one end of a fake call. */
export class FakeCallTrack extends FakeTrack {
    private readonly _sender: () => FakeSender | undefined;

    constructor(sender: () => FakeSender | undefined) {
        super("remote");
        this._sender = sender;
    }

    /** The track that the other end sends now; null = no packets. */
    get flowing(): MediaStreamTrack | null {
        const sender = this._sender();
        return sender?.active === true ? sender.track : null;
    }
}

/** One `RTCRtpSender`. */
export class FakeSender {
    public track: MediaStreamTrack | null;
    /** Everything that it was told to send, in order. */
    public readonly replaced: (MediaStreamTrack | null)[] = [];
    /** Why it cannot, while it is set. */
    public failure: Error | null = null;
    /** True = its encoding is active. */
    public active = true;
    /** True = it has no encoding, as in some browsers before the first answer. */
    public bare = false;
    /** Report of `getStats`. */
    public report: ReadonlyMap<string, object> = new Map();
    private _read: RTCRtpSendParameters | null = null;

    constructor(track: MediaStreamTrack | null) {
        this.track = track;
    }

    getParameters(): RTCRtpSendParameters {
        const encodings = this.bare ? [] : [{ active: this.active }];
        this._read = { encodings } as unknown as RTCRtpSendParameters;
        return this._read;
    }

    async getStats(): Promise<ReadonlyMap<string, object>> {
        return this.report;
    }

    /** As a browser does: takes only what was read last, and only once. */
    async setParameters(parameters: RTCRtpSendParameters): Promise<void> {
        if (this.failure) {
            throw this.failure;
        }
        if (parameters !== this._read) {
            throw new DOMException("These were not read last.", "InvalidStateError");
        }
        this._read = null;
        await Promise.resolve();
        this.active = parameters.encodings[0]?.active ?? this.active;
    }

    async replaceTrack(track: MediaStreamTrack | null): Promise<void> {
        if (this.failure) {
            throw this.failure;
        }
        this.replaced.push(track);
        this.track = track;
    }
}

/** As much of an `RTCRtpReceiver` as a link looks at. */
export interface IFakeReceiver {
    jitterBufferTarget: number | null;
    getSynchronizationSources(): { readonly rtpTimestamp: number }[];
}

/** As much of an `RTCPeerConnection` as a link looks at. */
export class FakePeerConnection extends EventTarget {
    public readonly senders: readonly FakeSender[];
    /** Report of `getStats`; null = it fails, as that of a closed connection may. */
    public report: ReadonlyMap<string, object> | null = new Map();

    /** Time stamp of the packet that came last; null = none has come. */
    public lastPacket: number | null = null;
    public readonly receivers: readonly IFakeReceiver[] = [
        {
            jitterBufferTarget: null,
            getSynchronizationSources: () => (this.lastPacket === null ? [] : [{ rtpTimestamp: this.lastPacket }]),
        },
    ];

    constructor(stream: MediaStream) {
        super();
        this.senders = stream.getTracks().map((track) => new FakeSender(track));
    }

    getSenders(): FakeSender[] {
        return [...this.senders];
    }

    getReceivers(): IFakeReceiver[] {
        return [...this.receivers];
    }

    async getStats(): Promise<ReadonlyMap<string, object>> {
        if (!this.report) {
            throw new Error("closed");
        }
        return this.report;
    }
}

/**
 * One end of a PeerJS call. Like PeerJS' own, the callee's end has no connection before it answers, and `close` reaches the other end only
 * over the path between them: a moment later, or not at all if that never stood.
 */
export class FakeMediaConnection extends EventEmitter {
    public readonly peer: string;
    public peerConnection: FakePeerConnection | undefined;
    /** Offer or answer, after the caller's own transformation. */
    public sdp: string | null = null;
    public closed = false;
    /** True = there is a path for audio between the two ends. */
    public hasPath = true;
    private _other: FakeMediaConnection | null = null;
    private _track: FakeCallTrack | null = null;

    private constructor(peer: string) {
        super();
        this.peer = peer;
    }

    /** Calls somebody: gives the caller's end and the callee's. */
    static Between(from: string, to: string, stream: MediaStream, sdpTransform: SdpTransform): [FakeMediaConnection, FakeMediaConnection] {
        const calling = new FakeMediaConnection(to);
        const called = new FakeMediaConnection(from);
        calling._other = called;
        called._other = calling;
        calling.peerConnection = new FakePeerConnection(stream);
        calling.sdp = sdpTransform(bareSdp);
        return [calling, called];
    }

    /** As PeerJS' own type. */
    get asPeerJs(): MediaConnection {
        return this as unknown as MediaConnection;
    }

    get sender(): FakeSender | undefined {
        return this.peerConnection?.senders[0];
    }

    /** Track that arrives here; null before the call was answered. */
    get track(): FakeCallTrack | null {
        return this._track;
    }

    answer(stream: MediaStream, { sdpTransform = asItIs }: { sdpTransform?: SdpTransform } = {}): void {
        if (this.closed || this.peerConnection) {
            return;
        }
        this.peerConnection = new FakePeerConnection(stream);
        this.sdp = sdpTransform(bareSdp);
        queueMicrotask(() => {
            this._connect();
            this._other?._connect();
        });
    }

    close(): void {
        if (this.closed) {
            return;
        }
        this.closed = true;
        this._track?.stop();
        if (this._track) {
            const other = this._other;
            queueMicrotask(() => other?.close());
        }
        this.emit("close");
    }

    /** The path is interrupted, comes back, or has failed for good, as ICE tells it at this end. */
    tellIce(state: RTCIceConnectionState): void {
        this.emit("iceStateChanged", state);
        if (state === "failed") {
            this.close();
        }
    }

    /** A packet with this time stamp comes. */
    receive(packet: number): void {
        if (this.peerConnection) {
            this.peerConnection.lastPacket = packet;
        }
    }

    /** PeerJS says `stream` once more for the same call. */
    repeatStream(): void {
        this.emit("stream", fakeStream(new FakeTrack("repeated")));
    }

    private _connect(): void {
        if (this.hasPath && !this.closed && this._other?.closed === false) {
            this._track = new FakeCallTrack(() => (this._other?.closed === false ? this._other.sender : undefined));
            this.emit("stream", fakeStream(this._track));
            this.emit("iceStateChanged", "connected");
        }
    }
}
