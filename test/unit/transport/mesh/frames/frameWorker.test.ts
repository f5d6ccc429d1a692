import { MessageChannel } from "node:worker_threads";
import { settleAsync } from "../../../../fakes/settle.js";
import { frameWorker } from "../../../../../src/transport/mesh/frames/frameWorker.js";
import type {
    IEncodedFrame,
    IRtpDataReceived,
    IFrameWorkerScope,
    IFrameTransformer,
} from "../../../../../src/transport/mesh/frames/frameWorker.js";

const frame = (bytes: Iterable<number>): IEncodedFrame => ({
    data: Uint8Array.from(bytes).buffer,
    getMetadata: () => ({ rtpTimestamp: 4_800 }),
});
const bytesOf = ({ data }: IEncodedFrame): number[] => [...new Uint8Array(data)];

describe("The frame worker", () => {
    let channels: MessageChannel[];
    let scope: IFrameWorkerScope;
    let said: unknown[];

    beforeEach(() => {
        channels = [];
        said = [];
        scope = { onrtctransform: null, postMessage: (message) => said.push(message) };
        // As in the browser, the worker is created from its source text only.
        // eslint-disable-next-line @typescript-eslint/no-implied-eval -- a worker evaluates its text in the same way
        (new Function("scope", `(${frameWorker.toString()})(scope)`) as (scope: IFrameWorkerScope) => void)(scope);
    });
    afterEach(() => channels.forEach(({ port1 }) => port1.close()));

    /** Opens one end of a link. `pass` puts a frame in and returns the frame that comes out. */
    const open = (side: "send" | "receive", more: readonly MessageChannel[] = []) => {
        const { readable, writable: into } = new TransformStream<IEncodedFrame, IEncodedFrame>();
        const { readable: out, writable } = new TransformStream<IEncodedFrame, IEncodedFrame>();
        const channel = new MessageChannel();
        channels.push(channel);
        const received: IRtpDataReceived[] = [];
        channel.port1.on("message", (message: IRtpDataReceived) => received.push(message));
        const stages = [channel, ...more].map(({ port2 }) => ({ name: "rtpData" as const, port: port2 as unknown as MessagePort }));
        scope.onrtctransform?.({ transformer: { options: { side, stages }, readable, writable } satisfies IFrameTransformer });
        const writer = into.getWriter();
        const reader = out.getReader();
        return {
            received,
            send: async (bytes: number[], times = 1): Promise<void> => {
                channel.port1.postMessage({ bytes: Uint8Array.from(bytes), times });
                await settleAsync();
                await new Promise((resolve) => setTimeout(resolve, 5));
            },
            pass: async (given: IEncodedFrame): Promise<IEncodedFrame> => {
                void writer.write(given);
                const { value } = await reader.read();
                await settleAsync();
                return value ?? given;
            },
        };
    };

    it("reports that it has started", () => {
        expect(said).toEqual(["ready"]);
    });

    it("leaves frames unchanged while no data is pending", async () => {
        const given = frame([1, 2, 3]);
        const { data } = given;
        expect((await open("send").pass(given)).data).toBe(data);
        expect((await open("receive").pass(given)).data).toBe(data);
    });

    it("appends pending data to the next frame, from which the receiver extracts it with the RTP timestamp", async () => {
        const sender = open("send");
        const receiver = open("receive");
        const data = Array.from({ length: 255 }, (_, index) => 255 - index);
        await sender.send(data);
        const whole = await sender.pass(frame([1, 2, 3]));
        expect(whole.data.byteLength).toBe(3 + 255 + 9);
        expect(bytesOf(await receiver.pass(whole))).toEqual([1, 2, 3]);
        await settleAsync();
        expect(receiver.received).toEqual([{ bytes: Uint8Array.from(data), rtpTimestamp: 4_800 }]);
        expect(bytesOf(await sender.pass(frame([4])))).toEqual([4]);
    });

    it.each([48, -48])("appends pending data even if the clock jumps by %i h", async (hours) => {
        const sender = open("send");
        await sender.send([7]);
        const clock = jest.spyOn(Date, "now").mockReturnValue(Date.now() + hours * 3_600_000);
        try {
            expect((await sender.pass(frame([1, 2, 3]))).data.byteLength).toBe(3 + 1 + 9);
        } finally {
            clock.mockRestore();
        }
    });

    it("sends repeats after the first copies of other messages, and delivers each message once", async () => {
        const sender = open("send");
        const receiver = open("receive");
        await sender.send([1], 3);
        await sender.send([2], 2);
        const order: number[] = [];
        for (let index = 0; index < 6; index++) {
            const whole = await sender.pass(frame([9, 9]));
            order.push(whole.data.byteLength > 2 ? (bytesOf(whole)[2] ?? 0) : 0);
            expect(bytesOf(await receiver.pass(whole))).toEqual([9, 9]);
        }
        expect(order).toEqual([1, 2, 1, 2, 1, 0]);
        await settleAsync();
        expect(receiver.received.map(({ bytes }) => [...bytes])).toEqual([[1], [2]]);
    });

    it("applies stages in order when sending, and in reverse order when receiving", async () => {
        const [sending, receiving] = [new MessageChannel(), new MessageChannel()];
        channels.push(sending, receiving);
        const second: number[][] = [];
        receiving.port1.on("message", ({ bytes }: IRtpDataReceived) => second.push([...bytes]));
        const sender = open("send", [sending]);
        const receiver = open("receive", [receiving]);
        sending.port1.postMessage({ bytes: Uint8Array.of(2), times: 1 });
        await sender.send([1]);
        const whole = await sender.pass(frame([9, 9]));
        expect(bytesOf(whole)).toHaveLength(2 + 2 * (1 + 9));
        expect([bytesOf(whole)[2], bytesOf(whole)[12]]).toEqual([1, 2]);
        expect(bytesOf(await receiver.pass(whole))).toEqual([9, 9]);
        await settleAsync();
        expect(receiver.received.map(({ bytes }) => [...bytes])).toEqual([[1]]);
        expect(second).toEqual([[2]]);
    });

    it("delivers a repeat if the first copy was lost", async () => {
        const sender = open("send");
        const receiver = open("receive");
        await sender.send([1], 2);
        await sender.pass(frame([9]));
        await receiver.pass(await sender.pass(frame([9])));
        await settleAsync();
        expect(receiver.received).toHaveLength(1);
    });

    it("waits for a frame that has room", async () => {
        const sender = open("send");
        await sender.send([1, 2]);
        expect((await sender.pass(frame(new Uint8Array(1_095)))).data.byteLength).toBe(1_095);
        expect((await sender.pass(frame(new Uint8Array(0)))).data.byteLength).toBe(0);
        expect((await sender.pass(frame(new Uint8Array(1_089)))).data.byteLength).toBe(1_100);
    });

    it("passes hostile frames unchanged: wrong length, wrong marker, wrong checksum, no audio", async () => {
        const sender = open("send");
        const receiver = open("receive");
        await sender.send([5, 6, 7]);
        const good = bytesOf(await sender.pass(frame([1, 2])));
        const changed = (at: number, to: number): number[] => good.map((byte, index) => (index === good.length + at ? to : byte));
        const hostile = [
            [],
            [0xb7, 0x5e],
            [0, 0, 0, 0, 0, 0, 0, 0xb7, 0x5e],
            changed(-1, 0),
            changed(-2, 0),
            changed(-3, 1),
            changed(-7, 0),
            changed(-7, 4),
            changed(-7, 5),
            changed(-7, 255),
            changed(-10, 9),
            good.slice(2),
            good.slice(0, -1),
            [...good, 0],
        ];
        for (const bytes of hostile) {
            const given = frame(bytes);
            const { data } = given;
            expect((await receiver.pass(given)).data).toBe(data);
        }
        // Frames that throw are passed on, too.
        const broken = {
            getMetadata: () => ({}),
            get data(): ArrayBuffer {
                throw new Error("no");
            },
        } as IEncodedFrame;
        expect(await receiver.pass(broken)).toBe(broken);
        expect(bytesOf(await receiver.pass(frame(good)))).toEqual([1, 2]);
        await settleAsync();
        expect(receiver.received).toHaveLength(1);
    });
});
