/** Used part of a worker's global scope. */
export interface IFrameWorkerScope {
    onrtctransform: ((event: { readonly transformer: IFrameTransformer }) => void) | null;
    postMessage(message: unknown): void;
}

/** Transformer of one direction of one link, from an `RTCTransformEvent`. */
export interface IFrameTransformer {
    readonly options: IFrameTransformOptions;
    readonly readable: ReadableStream<IEncodedFrame>;
    readonly writable: WritableStream<IEncodedFrame>;
}

/** Stage of a transform: `rtpData` appends data on the sending side and extracts it on the receiving side. */
export interface IFrameStage {
    readonly name: "rtpData";
    /** Port to the page: receives `IRtpDataToSend` on the sending side, posts `IRtpDataReceived` on the receiving side. */
    readonly port: MessagePort;
}

/** Options of a transform, one per sender or receiver. */
export interface IFrameTransformOptions {
    readonly side: "send" | "receive";
    /** Stages in the order in which a sender applies them; a receiver applies them in reverse order. */
    readonly stages: readonly IFrameStage[];
}

/** Encoded audio frame, usually 20 ms. */
export interface IEncodedFrame {
    data: ArrayBuffer;
    getMetadata(): { readonly rtpTimestamp?: number };
}

/** Data to append, and the number of frames to append it to. */
export interface IRtpDataToSend {
    readonly bytes: Uint8Array;
    readonly times: number;
}

/** Extracted data, and the RTP timestamp of its frame. */
export interface IRtpDataReceived {
    readonly bytes: Uint8Array;
    readonly rtpTimestamp: number | null;
}

/**
 * Code of the worker: passes encoded frames through the stages of their transform. The worker gets the text of this function, so the
 * function must not use anything outside itself, nor syntax that a build replaces by calls of helper functions.
 *
 * Format of the stage `rtpData`: the audio is followed by the data, a sequence number (2 bytes), the length of the data (1 byte), a checksum over
 * these three (4 bytes) and a mark (2 bytes). A frame without a valid mark, length and checksum is passed on unchanged.
 * @param scope - the worker's global scope
 */
export function frameWorker(scope: IFrameWorkerScope): void {
    const tailBytes = 9;
    const markA = 0xb7;
    const markB = 0x5e;
    /** Maximum frame size with data, in bytes. An audio frame is not split into several packets, and this size fits into one packet. */
    const maxFrameBytes = 1100;
    const maxWaiting = 64;
    const maxWaitMs = 2000;
    const remembered = 256;

    interface IWaiting {
        readonly bytes: Uint8Array;
        readonly sequence: number;
        readonly until: number;
        times: number;
    }

    /** FNV-1a, 32 bits. */
    function checksum(bytes: Uint8Array, from: number, to: number): number {
        let sum = 0x811c9dc5;
        for (let at = from; at < to; at++) {
            sum = Math.imul(sum ^ (bytes[at] ?? 0), 0x01000193);
        }
        return sum >>> 0;
    }

    function appending(port: MessagePort): (frame: IEncodedFrame) => void {
        let waiting: IWaiting[] = [];
        let sequence = 0;
        port.onmessage = (event: MessageEvent<IRtpDataToSend>) => {
            const { bytes, times } = event.data;
            if (waiting.length < maxWaiting) {
                waiting.push({ bytes, times, sequence, until: performance.now() + maxWaitMs });
                sequence = (sequence + 1) & 0xffff;
            }
        };
        return (frame) => {
            if (waiting.length === 0) {
                return;
            }
            const now = performance.now();
            waiting = waiting.filter((each) => each.until > now);
            const next = waiting[0];
            const audio = frame.data.byteLength;
            if (!next || audio === 0 || audio + next.bytes.length + tailBytes > maxFrameBytes) {
                return;
            }
            // Repetitions go to the end of the queue, so that the first copy of waiting data is not delayed by them.
            waiting.shift();
            next.times -= 1;
            if (next.times > 0) {
                waiting.push(next);
            }
            const length = next.bytes.length;
            const whole = new Uint8Array(audio + length + tailBytes);
            whole.set(new Uint8Array(frame.data), 0);
            whole.set(next.bytes, audio);
            const view = new DataView(whole.buffer);
            const at = audio + length;
            view.setUint16(at, next.sequence);
            view.setUint8(at + 2, length);
            view.setUint32(at + 3, checksum(whole, audio, at + 3));
            view.setUint8(at + 7, markA);
            view.setUint8(at + 8, markB);
            frame.data = whole.buffer;
        };
    }

    function takingOut(port: MessagePort): (frame: IEncodedFrame) => void {
        /** The last received sequence numbers, to recognize repetitions. */
        const seen: number[] = [];
        return (frame) => {
            const whole = new Uint8Array(frame.data);
            const at = whole.length - tailBytes;
            if (at < 2 || whole[at + 7] !== markA || whole[at + 8] !== markB) {
                return;
            }
            const view = new DataView(frame.data);
            const audio = at - view.getUint8(at + 2);
            if (audio < 1 || audio === at || view.getUint32(at + 3) !== checksum(whole, audio, at + 3)) {
                return;
            }
            const sequence = view.getUint16(at);
            const bytes = whole.slice(audio, at);
            frame.data = whole.slice(0, audio).buffer;
            if (!seen.includes(sequence)) {
                seen.push(sequence);
                if (seen.length > remembered) {
                    seen.shift();
                }
                const { rtpTimestamp } = frame.getMetadata();
                port.postMessage({ bytes, rtpTimestamp: rtpTimestamp ?? null });
            }
        };
    }

    const makers = { rtpData: { send: appending, receive: takingOut } };

    scope.onrtctransform = ({ transformer }) => {
        const { side, stages } = transformer.options;
        const changes = stages.map(({ name, port }) => makers[name][side](port));
        if (side === "receive") {
            changes.reverse();
        }
        const passing = new TransformStream<IEncodedFrame, IEncodedFrame>({
            transform: (frame, controller) => {
                for (const change of changes) {
                    try {
                        change(frame);
                    } catch {
                        // An error in a stage must not interrupt the audio.
                    }
                }
                controller.enqueue(frame);
            },
        });
        // When the link is closed, the streams end, possibly with an error.
        transformer.readable
            .pipeThrough(passing)
            .pipeTo(transformer.writable)
            .catch(() => undefined);
    };
    scope.postMessage("ready");
}
