import { PlayoutQueue } from "./playoutQueue.js";
import { frameWorker } from "./frameWorker.js";
import type { IFrameTransformOptions, IRtpDataReceived, IRtpDataToSend } from "./frameWorker.js";

/** How long the worker may take to start, in milliseconds. */
const startTimeoutMs = 3_000;

/** Data on one link. */
export interface IRtpDataLink {
    /**
     * Appends data to what is sent next.
     * @param bytes - 1 to 255
     * @param times - in how many packets
     */
    send(bytes: Uint8Array, times: number): void;
    /** Ends it, with its worker if it was the last one. */
    close(): void;
}

/** Appends data to the coded voices of a session's links, and takes it out. Its worker runs while there are links that it serves. */
export class RtpData {
    private readonly _url: string;
    private readonly _links = new Set<IRtpDataLink>();
    private _worker: Worker | null = null;

    private constructor(url: string) {
        this._url = url;
    }

    /**
     * Tries whether this browser and this page's rules (its Content-Security-Policy must allow `worker-src blob:`) let us.
     * @returns what serves links; the caller disposes it. Null if it cannot be. Never rejects.
     */
    public static async CreateAsync(): Promise<RtpData | null> {
        if (typeof RTCRtpScriptTransform === "undefined") {
            return null;
        }
        const url = URL.createObjectURL(new Blob([`(${frameWorker.toString()})(self)`], { type: "text/javascript" }));
        const starts = await startsAsync(url);
        if (!starts) {
            URL.revokeObjectURL(url);
        }
        return starts ? new RtpData(url) : null;
    }

    /**
     * Serves a link from now on. To be called as soon as the connection has its sender, before anything is negotiated: in Chromium 156 a
     * transform that is set later, even while `track` is told of, never runs.
     * @param connection - the link's; both ends must have said that they can take data out
     * @param sender - what sends our voice on it
     * @param onData - gets what the other end sent, when the sound that it came with is played
     * @returns the data on that link; the caller closes it before the connection
     */
    public serve(connection: RTCPeerConnection, sender: RTCRtpSender, onData: (bytes: Uint8Array) => void): IRtpDataLink {
        this._worker ??= new Worker(this._url);
        const worker = this._worker;
        const sending = new MessageChannel();
        const receiving = new MessageChannel();
        const playout = new PlayoutQueue(onData);
        transform(sender, worker, { side: "send", port: sending.port2 });
        // The one that came with our sender; the other end's track will be on it.
        const receiver = connection.getTransceivers().find((each) => each.sender === sender)?.receiver;
        if (receiver) {
            transform(receiver, worker, { side: "receive", port: receiving.port2 });
            receiving.port1.onmessage = ({ data }: MessageEvent<IRtpDataReceived>) => {
                playout.add(receiver, data.rtpTimestamp, data.bytes);
            };
        }
        const link: IRtpDataLink = {
            send: (bytes, times) => sending.port1.postMessage({ bytes, times } satisfies IRtpDataToSend),
            close: () => {
                playout.dispose();
                sending.port1.close();
                receiving.port1.close();
                this._forget(link);
            },
        };
        this._links.add(link);
        return link;
    }

    /** Ends everything. */
    public dispose(): void {
        [...this._links].forEach((link) => link.close());
        URL.revokeObjectURL(this._url);
    }

    private _forget(link: IRtpDataLink): void {
        this._links.delete(link);
        if (this._links.size === 0) {
            this._worker?.terminate();
            this._worker = null;
        }
    }
}

function transform(end: RTCRtpSender | RTCRtpReceiver, worker: Worker, options: IFrameTransformOptions): void {
    end.transform = new RTCRtpScriptTransform(worker, options, [options.port]);
}

async function startsAsync(url: string): Promise<boolean> {
    let worker: Worker | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
        const started = new Worker(url);
        worker = started;
        return await new Promise<boolean>((resolve) => {
            timer = setTimeout(() => resolve(false), startTimeoutMs);
            started.onmessage = () => resolve(true);
            started.onerror = () => resolve(false);
        });
    } catch {
        return false;
    } finally {
        clearTimeout(timer);
        worker?.terminate();
    }
}
