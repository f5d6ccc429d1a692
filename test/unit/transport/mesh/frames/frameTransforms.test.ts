import { FrameTransforms } from "../../../../../src/transport/mesh/frames/frameTransforms.js";
import type { ILinkStage } from "../../../../../src/transport/mesh/frames/frameTransforms.js";

/** The part of a `Worker` that is used. It starts if `starts` is true; otherwise it fails to start. */
class FakeWorker {
    static starts = true;
    static readonly running = new Set<FakeWorker>();
    onmessage: (() => void) | null = null;
    onerror: (() => void) | null = null;

    constructor() {
        FakeWorker.running.add(this);
        setImmediate(() => (FakeWorker.starts ? this.onmessage?.() : this.onerror?.()));
    }

    terminate(): void {
        FakeWorker.running.delete(this);
    }
}

class FakeScriptTransform {
    readonly worker: FakeWorker;
    readonly options: unknown;
    readonly ports: readonly MessagePort[];

    constructor(worker: FakeWorker, options: unknown, ports: readonly MessagePort[]) {
        this.worker = worker;
        this.options = options;
        this.ports = ports;
    }
}

const end = (): RTCRtpSender & RTCRtpReceiver => ({}) as RTCRtpSender & RTCRtpReceiver;
const port = (name: string): MessagePort => name as unknown as MessagePort;
const stage: ILinkStage = { name: "rtpData", send: port("send"), receive: port("receive") };

describe("FrameTransforms", () => {
    const urls = new Set<string>();

    beforeEach(() => {
        FakeWorker.starts = true;
        jest.spyOn(URL, "createObjectURL").mockImplementation(() => {
            const url = `blob:${urls.size}`;
            urls.add(url);
            return url;
        });
        jest.spyOn(URL, "revokeObjectURL").mockImplementation((url) => void urls.delete(url));
        Object.assign(globalThis, { Worker: FakeWorker, RTCRtpScriptTransform: FakeScriptTransform });
    });
    afterEach(() => {
        expect([...urls, ...FakeWorker.running]).toEqual([]);
        Object.assign(globalThis, { Worker: undefined, RTCRtpScriptTransform: undefined });
        jest.restoreAllMocks();
    });

    it("shares one instance among all sessions, and runs one worker while links are attached", async () => {
        const [first, second] = await Promise.all([FrameTransforms.AcquireAsync(), FrameTransforms.AcquireAsync()]);
        expect(first).not.toBeNull();
        expect(second).toBe(first);
        expect(await FrameTransforms.AcquireAsync()).toBe(first);
        expect(FakeWorker.running.size).toBe(0);
        const [sender, receiver, other] = [end(), end(), end()];
        const detach = first?.attach(sender, receiver, [stage]);
        const detachOther = second?.attach(other, undefined, [stage]);
        expect(FakeWorker.running.size).toBe(1);
        expect(sender.transform).toMatchObject({ options: { side: "send", stages: [{ name: "rtpData", port: "send" }] }, ports: ["send"] });
        expect(receiver.transform).toMatchObject({ options: { side: "receive", stages: [{ name: "rtpData", port: "receive" }] } });
        expect(other.transform).toMatchObject({ worker: [...FakeWorker.running][0], options: { side: "send" } });
        detach?.();
        expect(FakeWorker.running.size).toBe(1);
        detachOther?.();
        expect(FakeWorker.running.size).toBe(0);
        first?.release();
        second?.release();
        expect(urls.size).toBe(1);
        first?.release();
    });

    it("terminates its worker if the browser rejects a transform", async () => {
        const transforms = await FrameTransforms.AcquireAsync();
        Object.assign(globalThis, {
            RTCRtpScriptTransform: class {
                constructor() {
                    throw new DOMException("no", "InvalidStateError");
                }
            },
        });
        expect(() => transforms?.attach(end(), end(), [stage])).toThrow("no");
        expect(FakeWorker.running.size).toBe(0);
        transforms?.release();
    });

    it("returns null if the worker fails or the browser lacks the API, and tries again next time", async () => {
        FakeWorker.starts = false;
        expect(await FrameTransforms.AcquireAsync()).toBeNull();
        Object.assign(globalThis, { RTCRtpScriptTransform: undefined });
        expect(await FrameTransforms.AcquireAsync()).toBeNull();
        FakeWorker.starts = true;
        Object.assign(globalThis, { RTCRtpScriptTransform: FakeScriptTransform });
        const transforms = await FrameTransforms.AcquireAsync();
        expect(transforms).not.toBeNull();
        transforms?.release();
    });
});
