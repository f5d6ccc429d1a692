/** A call from this page to itself: real packets, codec and jitter buffer, without signalling. */
export class Loopback {
    /** What arrives. */
    public readonly stream: MediaStream;
    private readonly _ends: readonly RTCPeerConnection[];

    private constructor(stream: MediaStream, ends: readonly RTCPeerConnection[]) {
        this.stream = stream;
        this._ends = ends;
    }

    /** @param track - what is sent; it stays the caller's */
    public static async ConnectAsync(track: MediaStreamTrack): Promise<Loopback> {
        const near = new RTCPeerConnection();
        const far = new RTCPeerConnection();
        near.onicecandidate = ({ candidate }) => void (candidate && far.addIceCandidate(candidate));
        far.onicecandidate = ({ candidate }) => void (candidate && near.addIceCandidate(candidate));
        const arrived = new Promise<MediaStreamTrack>((resolve) => (far.ontrack = (event) => resolve(event.track)));
        near.addTrack(track);
        await near.setLocalDescription();
        await far.setRemoteDescription(near.localDescription ?? { type: "offer" });
        await far.setLocalDescription();
        await near.setRemoteDescription(far.localDescription ?? { type: "answer" });
        return new Loopback(new MediaStream([await arrived]), [near, far]);
    }

    public close(): void {
        this._ends.forEach((end) => end.close());
    }
}
