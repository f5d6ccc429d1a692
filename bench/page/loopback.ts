/** Call options. Each default is the browser's. */
export interface ILoopbackOptions {
    /** Applied to offer and answer, as in PeerJS. */
    readonly sdpTransform?: (sdp: string) => string;
    /** Jitter buffer target in milliseconds. Null: the browser decides. */
    readonly jitterTargetMs?: number | null;
}

/** Send rates over a period. */
export interface ISent {
    /** Bitrate of the audio, without packet headers. */
    readonly kbps: number;
    readonly packetsPerSecond: number;
}

/** A call from this page to itself, with real packets, codec and jitter buffer, but no signalling server. The caller closes it. */
export class Loopback {
    /** The received stream. */
    public readonly stream: MediaStream;
    private readonly _ends: readonly RTCPeerConnection[];

    private constructor(stream: MediaStream, ends: readonly RTCPeerConnection[]) {
        this.stream = stream;
        this._ends = ends;
    }

    /**
     * @param track - track to send; the caller keeps ownership
     * @param options - SDP and jitter buffer settings
     */
    public static async ConnectAsync(track: MediaStreamTrack, options: ILoopbackOptions = {}): Promise<Loopback> {
        const transform = options.sdpTransform ?? ((sdp: string): string => sdp);
        const near = new RTCPeerConnection();
        const far = new RTCPeerConnection();
        near.onicecandidate = ({ candidate }) => void (candidate && far.addIceCandidate(candidate));
        far.onicecandidate = ({ candidate }) => void (candidate && near.addIceCandidate(candidate));
        const arrived = new Promise<MediaStreamTrack>((resolve) => (far.ontrack = (event) => resolve(event.track)));
        near.addTrack(track);
        const offer = transform((await near.createOffer()).sdp ?? "");
        await near.setLocalDescription({ type: "offer", sdp: offer });
        await far.setRemoteDescription({ type: "offer", sdp: offer });
        const answer = transform((await far.createAnswer()).sdp ?? "");
        await far.setLocalDescription({ type: "answer", sdp: answer });
        await near.setRemoteDescription({ type: "answer", sdp: answer });
        if (options.jitterTargetMs !== undefined && options.jitterTargetMs !== null) {
            const target = options.jitterTargetMs;
            far.getReceivers().forEach((receiver) => (receiver.jitterBufferTarget = target));
        }
        return new Loopback(new MediaStream([await arrived]), [near, far]);
    }

    /** Measures the send rates over the next seconds. */
    public async sentAsync(seconds: number): Promise<ISent> {
        const before = await this._countAsync();
        await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
        const after = await this._countAsync();
        const passed = (after.at - before.at) / 1_000;
        return { kbps: (8 * (after.bytes - before.bytes)) / passed / 1_000, packetsPerSecond: (after.packets - before.packets) / passed };
    }

    public close(): void {
        this._ends.forEach((end) => end.close());
    }

    private async _countAsync(): Promise<{ at: number; bytes: number; packets: number }> {
        const report = await this._ends[0]?.getStats();
        for (const entry of report?.values() ?? []) {
            const { type, timestamp, bytesSent, packetsSent } = entry as Record<string, unknown>;
            if (type === "outbound-rtp") {
                return { at: Number(timestamp), bytes: Number(bytesSent), packets: Number(packetsSent) };
            }
        }
        throw new Error("nothing is sent");
    }
}
