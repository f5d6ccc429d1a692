import { PlayoutQueue } from "../../../../../src/transport/mesh/frames/playoutQueue.js";

describe("PlayoutQueue", () => {
    let playing: number | undefined;
    let got: number[];
    let queue: PlayoutQueue;

    const receiver = {
        getSynchronizationSources: () =>
            playing === undefined ? [] : [{ rtpTimestamp: playing, source: 1, timestamp: 0 } as RTCRtpSynchronizationSource],
    };
    const add = (rtpTimestamp: number | null, byte: number): void => queue.add(receiver, rtpTimestamp, Uint8Array.of(byte));

    beforeEach(() => {
        jest.useFakeTimers();
        playing = 1_000;
        got = [];
        queue = new PlayoutQueue(([byte = -1]) => got.push(byte));
    });
    afterEach(() => {
        queue.dispose();
        expect(jest.getTimerCount()).toBe(0);
        jest.useRealTimers();
    });

    it("delivers data in order, when the matching audio is played", () => {
        add(2_920, 1);
        add(3_880, 2);
        add(2_920, 3);
        jest.advanceTimersByTime(50);
        expect(got).toEqual([]);
        playing = 2_920;
        jest.advanceTimersByTime(5);
        expect(got).toEqual([1]);
        playing = 4_000;
        jest.advanceTimersByTime(5);
        expect(got).toEqual([1, 2, 3]);
    });

    it("delivers data at once if its audio was already played, is unknown or is too far ahead", () => {
        add(900, 1);
        add(null, 2);
        add(1_000_000, 3);
        playing = undefined;
        add(2_000, 4);
        expect(got).toEqual([1, 2, 3, 4]);
    });

    it("handles the wraparound of RTP timestamps", () => {
        playing = 2 ** 32 - 480;
        add(480, 1);
        expect(got).toEqual([]);
        playing = 480;
        jest.advanceTimersByTime(5);
        expect(got).toEqual([1]);
    });

    it("delivers data after at most 500 ms", () => {
        add(2_000, 1);
        jest.advanceTimersByTime(495);
        expect(got).toEqual([]);
        jest.advanceTimersByTime(10);
        expect(got).toEqual([1]);
    });

    it("drops queued data on dispose", () => {
        add(2_000, 1);
        queue.dispose();
        playing = 3_000;
        jest.advanceTimersByTime(1_000);
        expect(got).toEqual([]);
    });
});
