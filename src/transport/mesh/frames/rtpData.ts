import { FrameTransforms } from "./frameTransforms.js";
import type { IRtpDataReceived, IRtpDataToSend } from "./frameWorker.js";
import { PlayoutQueue } from "./playoutQueue.js";

/** Data on one link. */
export interface IRtpDataLink {
    /**
     * Appends data to the next packets. Drops the data if it cannot be sent within 2 s, or if 64 others are already waiting.
     * @param bytes - 1 to 255 bytes
     * @param times - number of packets that carry the data
     */
    send(bytes: Uint8Array, times: number): void;
    /** Stops sending and receiving data on the link. */
    close(): void;
}

/** Data in RTP: appended to the encoded audio frames of a session's links, and extracted at the other end. */
export class RtpData {
    private readonly _transforms: FrameTransforms;
    private readonly _links = new Set<IRtpDataLink>();

    private constructor(transforms: FrameTransforms) {
        this._transforms = transforms;
    }

    /** @returns the session's data in RTP, which the caller disposes; null if browser or page do not allow it. Never rejects. */
    public static async CreateAsync(): Promise<RtpData | null> {
        const transforms = await FrameTransforms.AcquireAsync();
        return transforms && new RtpData(transforms);
    }

    /**
     * Sets up data on a link; see `FrameTransforms.attach` for when to call this.
     * @param connection - peer connection of the link; both ends must have declared that they can extract data
     * @param sender - sends our voice on the connection
     * @param onData - called with received data, when the packet that carried it is played
     * @returns the data of the link; the caller closes it before the connection
     */
    public serve(connection: RTCPeerConnection, sender: RTCRtpSender, onData: (bytes: Uint8Array) => void): IRtpDataLink {
        const sending = new MessageChannel();
        const receiving = new MessageChannel();
        const playout = new PlayoutQueue(onData);
        // Receiver of our sender's transceiver, on which the other end's track arrives.
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

    /** Closes the data of every link, and releases the transforms. */
    public dispose(): void {
        this._links.forEach((link) => link.close());
        this._transforms.release();
    }
}
