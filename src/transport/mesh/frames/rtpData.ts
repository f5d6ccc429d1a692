import { FrameTransforms } from "./frameTransforms.js";
import type { IRtpDataReceived, IRtpDataToSend } from "./frameWorker.js";
import { PlayoutQueue } from "./playoutQueue.js";

/** Data on one link. */
export interface IRtpDataLink {
    /**
     * Appends data to what is sent next.
     * @param bytes - 1 to 255
     * @param times - in how many packets
     */
    send(bytes: Uint8Array, times: number): void;
    /** Ends it. */
    close(): void;
}

/** Data in RTP: appended to the encoded voices of a session's links, and taken out at the other end. */
export class RtpData {
    private readonly _transforms: FrameTransforms;
    private readonly _links = new Set<IRtpDataLink>();

    private constructor(transforms: FrameTransforms) {
        this._transforms = transforms;
    }

    /** @returns what serves links, which the caller disposes; null if this browser or this page cannot. Never rejects. */
    public static async CreateAsync(): Promise<RtpData | null> {
        const transforms = await FrameTransforms.AcquireAsync();
        return transforms && new RtpData(transforms);
    }

    /**
     * Serves a link from now on; see `FrameTransforms.attach` for when to call it.
     * @param connection - the link's; both ends must have said that they can take data out
     * @param sender - what sends our voice on it
     * @param onData - gets what the other end sent, when the sound that it came with is played
     * @returns the data on that link; the caller closes it before the connection
     */
    public serve(connection: RTCPeerConnection, sender: RTCRtpSender, onData: (bytes: Uint8Array) => void): IRtpDataLink {
        const sending = new MessageChannel();
        const receiving = new MessageChannel();
        const playout = new PlayoutQueue(onData);
        // The one that came with our sender; the other end's track will be on it.
        const receiver = connection.getTransceivers().find((each) => each.sender === sender)?.receiver;
        const detach = this._transforms.attach(sender, receiver, [{ name: "rtpData", send: sending.port2, receive: receiving.port2 }]);
        if (receiver) {
            receiving.port1.onmessage = ({ data }: MessageEvent<IRtpDataReceived>) => {
                playout.add(receiver, data.rtpTimestamp, data.bytes);
            };
        }
        const link: IRtpDataLink = {
            send: (bytes, times) => sending.port1.postMessage({ bytes, times } satisfies IRtpDataToSend),
            close: () => {
                if (this._links.delete(link)) {
                    playout.dispose();
                    sending.port1.close();
                    receiving.port1.close();
                    detach();
                }
            },
        };
        this._links.add(link);
        return link;
    }

    /** Ends everything. */
    public dispose(): void {
        this._links.forEach((link) => link.close());
        this._transforms.release();
    }
}
