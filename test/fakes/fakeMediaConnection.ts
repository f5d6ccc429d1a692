import { EventEmitter } from "node:events";
import type { MediaConnection } from "peerjs";
import { FakeTrack, fakeStream } from "./fakeMedia.js";

type SdpTransform = (sdp: string) => string;

const asItIs: SdpTransform = (sdp) => sdp;
const bareSdp = ["v=0", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=rtpmap:111 opus/48000/2", ""].join("\r\n");

/** Track received at one end of a fake call. */
export class FakeCallTrack extends FakeTrack {
    private readonly _sender: () => FakeSender | undefined;

    constructor(sender: () => FakeSender | undefined) {
        super("remote");
        this._sender = sender;
    }

    /** Track that the remote end currently sends. Null: it sends no packets. */
    get flowing(): MediaStreamTrack | null {
        const sender = this._sender();
        return sender?.active === true ? sender.track : null;
    }
}

/** Fake `RTCRtpSender`. */
export class FakeSender {
    public track: MediaStreamTrack | null;
    /** Arguments of all `replaceTrack` calls, in order. */
    public readonly replaced: (MediaStreamTrack | null)[] = [];
    /** Error with which `setParameters` and `replaceTrack` reject. Null: they succeed. */
    public failure: Error | null = null;
    /** True if the encoding is active. Otherwise no packets are sent. */
    public active = true;
    /** True if there is no encoding, as in some browsers before the first answer. */
    public bare = false;
    /** Result of `getStats`. */
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

    /** Accepts only the parameters from the last `getParameters` call, and only once, like a browser. */
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

/** The part of `RTCRtpReceiver` that a link uses. */
export interface IFakeReceiver {
    jitterBufferTarget: number | null;
    getSynchronizationSources(): { readonly rtpTimestamp: number }[];
}

/** The part of `RTCPeerConnection` that a link uses. */
export class FakePeerConnection extends EventTarget {
    public readonly senders: readonly FakeSender[];
    /** Result of `getStats`. Null: `getStats` rejects, as it may on a closed connection. */
    public report: ReadonlyMap<string, object> | null = new Map();

    /** RTP timestamp of the last received packet. Null: no packet yet. */
    public lastPacket: number | null = null;
    /** RTP timestamps of sources that have sent nothing since. The browser lists them for 10 s, after the current source. */
    public readonly formerSources: number[] = [];
    public readonly receivers: readonly IFakeReceiver[] = [
        {
            jitterBufferTarget: null,
            // Newest first, like in a browser.
            getSynchronizationSources: () =>
                (this.lastPacket === null ? [] : [this.lastPacket, ...this.formerSources]).map((rtpTimestamp) => ({ rtpTimestamp })),
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
 * One end of a PeerJS call. Like in PeerJS, the callee has no peer connection before it answers, and `close` reaches the remote end only over
 * the media path: asynchronously, or not at all if the path was never connected.
 */
export class FakeMediaConnection extends EventEmitter {
    public readonly peer: string;
    public peerConnection: FakePeerConnection | undefined;
    /** Offer or answer of this end, after its `sdpTransform`. */
    public sdp: string | null = null;
    public closed = false;
    /** True if an audio path between the two ends exists. */
    public hasPath = true;
    private _other: FakeMediaConnection | null = null;
    private _track: FakeCallTrack | null = null;

    private constructor(peer: string) {
        super();
        this.peer = peer;
    }

    /** Creates a call. Returns the caller's end and the callee's end. */
    static Between(from: string, to: string, stream: MediaStream, sdpTransform: SdpTransform): [FakeMediaConnection, FakeMediaConnection] {
        const calling = new FakeMediaConnection(to);
        const called = new FakeMediaConnection(from);
        calling._other = called;
        called._other = calling;
        calling.peerConnection = new FakePeerConnection(stream);
        calling.sdp = sdpTransform(bareSdp);
        return [calling, called];
    }

    /** This object, typed as PeerJS' `MediaConnection`. */
    get asPeerJs(): MediaConnection {
        return this as unknown as MediaConnection;
    }

    get sender(): FakeSender | undefined {
        return this.peerConnection?.senders[0];
    }

    /** Received track. Null before the call is connected. */
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

    /** Simulates an ICE state change at this end. `failed` closes the call. */
    tellIce(state: RTCIceConnectionState): void {
        this.emit("iceStateChanged", state);
        if (state === "failed") {
            this.close();
        }
    }

    /** Simulates the arrival of a packet with this RTP timestamp. */
    receive(packet: number): void {
        if (this.peerConnection) {
            this.peerConnection.lastPacket = packet;
        }
    }

    /** Simulates another `stream` event for the same call. */
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
