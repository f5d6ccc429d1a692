import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Conversation } from "../../../samples/bots/conversation.js";
import { opusPacketMs, readOggPackets, readOpusClip } from "../../../samples/bots/oggOpus.js";
import type { IOpusClip } from "../../../samples/bots/oggOpus.js";
import { Speaker } from "../../../samples/bots/speaker.js";
import { poseOf } from "../../../samples/bots/spots.js";
import { FrameClock } from "../../../samples/bots/startBots.js";

const file = readFileSync(join(__dirname, "../../../samples/bots/clips/rowan/1.opus"));

/** An Ogg page. Its checksum is not set, since the reader does not verify it. */
function page(flags: number, lacing: number[], body: Uint8Array): Uint8Array {
    const head = new Uint8Array(27 + lacing.length);
    head.set(Buffer.from("OggS"));
    head[5] = flags;
    head[26] = lacing.length;
    head.set(lacing, 27);
    return Buffer.concat([head, body]);
}

/** A clip of 20 ms packets. In each packet, the first byte (Opus' TOC) gives the duration, and the second one marks the clip. */
function clipOf(length: number, mark = 0): IOpusClip {
    const packets = Array.from({ length }, (_, index) => Uint8Array.of(0x78, mark, index));
    return { packets, durationMs: length * 20 };
}

describe("the Ogg Opus reader", () => {
    it("returns the packets of a recorded phrase, 20 ms each", () => {
        const clip = readOpusClip(file);

        // opusinfo reports 2.049 s of sound after 6.5 ms of pre-skip.
        expect(clip.packets).toHaveLength(103);
        expect(clip.durationMs).toBe(2_060);
        expect(clip.packets.every((packet) => opusPacketMs(packet) === 20)).toBe(true);
        const bytes = clip.packets.reduce((sum, packet) => sum + packet.length, 0);
        expect((bytes * 8) / clip.durationMs).toBeGreaterThan(20);
        expect((bytes * 8) / clip.durationMs).toBeLessThan(32);
    });

    it("joins the parts of a packet that spans two pages", () => {
        const long = Uint8Array.from({ length: 600 }, (_, index) => index % 251);
        const first = page(0, [3, 255, 255], Buffer.concat([Uint8Array.of(1, 2, 3), long.subarray(0, 510)]));
        const second = page(1, [90, 255, 0], Buffer.concat([long.subarray(510), new Uint8Array(255)]));

        const packets = readOggPackets(Buffer.concat([first, second]));

        expect(packets.map((packet) => packet.length)).toEqual([3, 600, 255]);
        expect([...(packets[1] ?? [])]).toEqual([...long]);
    });

    it("drops the end of a packet whose beginning is missing", () => {
        const torn = page(0, [255], new Uint8Array(255));
        const whole = page(0, [2], Uint8Array.of(7, 8));

        expect(readOggPackets(Buffer.concat([torn, whole])).map((packet) => [...packet])).toEqual([[7, 8]]);
    });

    it.each([
        ["data that is not Ogg", Buffer.from("RIFF....WAVE".padEnd(64))],
        ["a truncated file", file.subarray(0, file.length - 1)],
        ["Ogg without Opus", Buffer.from(page(0, [4], Buffer.from("Vorb")))],
    ])("rejects %s", (_what, bytes) => {
        expect(() => readOpusClip(bytes)).toThrow();
    });

    it("rejects stereo, and frames of another length", () => {
        const head = Buffer.from("OpusHead\x01\x02");
        const tags = Buffer.from("OpusTags");
        const stereo = page(0, [head.length, tags.length], Buffer.concat([head, tags]));
        head[9] = 1;
        const sixty = page(0, [head.length, tags.length, 1], Buffer.concat([head, tags, Uint8Array.of(0x18)]));

        expect(() => readOpusClip(stereo)).toThrow("2 channels");
        expect(() => readOpusClip(sixty)).toThrow("60 ms");
    });

    it.each([
        [[0x08], 20, "SILK"],
        [[0x60], 10, "hybrid"],
        [[0xfc], 20, "CELT, stereo"],
        [[0xe1], 5, "two CELT frames of 2.5 ms"],
        [[0x7b, 3], 60, "three hybrid frames"],
        [[], 0, "nothing"],
    ])("reads from %j a packet duration of %d ms (%s)", (bytes, ms) => {
        expect(opusPacketMs(Uint8Array.from(bytes))).toBe(ms);
    });
});

describe("a speaker", () => {
    it("marks the first frame of a phrase, and advances its timestamps during a pause", () => {
        const speaker = new Speaker();
        speaker.say(clipOf(2));
        const phrase = [speaker.next(100), speaker.next(101)];
        speaker.say(clipOf(1, 9));

        expect(phrase.map((frame) => frame && [frame.timestamp, frame.marker, frame.payload[2]])).toEqual([
            [96_000, true, 0],
            [96_960, false, 1],
        ]);
        expect(speaker.next(400)).toMatchObject({ timestamp: 384_000, marker: true, payload: Uint8Array.of(0x78, 9, 0) });
        expect(speaker.speaking).toBe(false);
    });

    it("sends a packet of one byte every 400 ms of silence", () => {
        const speaker = new Speaker();
        speaker.say(clipOf(1));
        speaker.next(0);

        const pause = Array.from({ length: 60 }, (_, index) => speaker.next(index + 1));

        expect(pause.flatMap((frame, index) => (frame ? [index] : []))).toEqual([0, 20, 40]);
        expect(pause[0]).toEqual({ payload: Uint8Array.of(0x78), timestamp: 960, marker: false });
    });

    it("wraps its timestamps at 32 bits, as RTP does", () => {
        const timestamp = new Speaker().next(2 ** 32 / 256)?.timestamp;

        expect(timestamp).toBe((2 ** 24 * 960) % 2 ** 32);
        expect(timestamp).toBeLessThan(2 ** 32);
    });
});

describe("a conversation", () => {
    const taker = (mark: number, present = true): { speaker: Speaker; clips: IOpusClip[]; present: boolean } => ({
        speaker: new Speaker(),
        clips: [clipOf(100, mark), clipOf(50, mark + 1)],
        present,
    });
    /** Clip mark of each participant's packet, by frame; 0 = the participant is silent in that frame. */
    function run(takers: ReturnType<typeof taker>[], frames: number): number[][] {
        let seed = 1;
        const conversation = new Conversation(takers, () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647);
        return Array.from({ length: frames }, (_, frame) => {
            conversation.step(frame);
            return takers.map(({ speaker }) => speaker.next(frame)?.payload[1] ?? 0);
        });
    }
    /** Clip marks of the phrases, in the order in which the phrases start. */
    const phrases = (said: number[][]): number[] =>
        said.flatMap((frame, index) => frame.filter((mark, who) => mark !== 0 && mark !== said[index - 1]?.[who]));
    /** Pauses between the phrases of one participant, in milliseconds. */
    function pauses(said: number[][], who: number): number[] {
        const spoken = said.flatMap((frame, index) => (frame[who] === 0 ? [] : [index]));
        return spoken.flatMap((frame, index) => {
            const gap = (frame - (spoken[index - 1] ?? frame) - 1) * 20;
            return gap > 0 ? [gap] : [];
        });
    }

    it("never lets two speakers talk at once, and gives each a turn", () => {
        const said = run([taker(10), taker(20), taker(30)], 3_000);

        expect(said.filter((frame) => frame.filter((mark) => mark !== 0).length > 1)).toEqual([]);
        expect(phrases(said).slice(0, 8)).toEqual([10, 20, 30, 11, 21, 31, 10, 20]);
    });

    it("skips a speaker without connected members", () => {
        expect(phrases(run([taker(10), taker(20, false), taker(30)], 1_500)).slice(0, 4)).toEqual([10, 30, 11, 31]);
    });

    it("pauses for 3 to 7 s between the phrases of a single speaker", () => {
        const gaps = pauses(run([taker(10)], 5_000), 0);

        expect(gaps.length).toBeGreaterThan(5);
        expect(Math.min(...gaps)).toBeGreaterThanOrEqual(3_000);
        expect(Math.max(...gaps)).toBeLessThanOrEqual(7_040);
        expect(new Set(gaps).size).toBeGreaterThan(3);
    });

    it("is silent without speakers", () => {
        expect(phrases(run([], 500))).toEqual([]);
    });
});

describe("FrameClock", () => {
    beforeEach(() => jest.useFakeTimers());
    afterEach(() => {
        jest.restoreAllMocks();
        jest.useRealTimers();
    });

    it("counts 50 frames per second even if its timer fires unevenly", () => {
        const frames: number[] = [];
        const clock = new FrameClock((frame) => frames.push(frame));
        for (let step = 0; step < 100; step++) {
            jest.advanceTimersByTime(step % 2 === 0 ? 3 : 97);
        }
        clock.stop();

        expect(frames).toEqual(Array.from({ length: 251 }, (_, index) => index));
    });

    it("skips frames that were missed while the process was blocked", () => {
        const frames: number[] = [];
        const clock = new FrameClock((frame) => frames.push(frame));
        jest.advanceTimersByTime(100);
        hold(5_000);
        jest.advanceTimersByTime(40);
        clock.stop();

        expect(frames).toEqual([0, 1, 2, 3, 4, 5, 256, 257]);
    });

    it("does not call back after it has stopped, not even for frames that are due", () => {
        const frames: number[] = [];
        const clock = new FrameClock((frame) => {
            frames.push(frame);
            if (frame === 2) {
                clock.stop();
            }
        });
        jest.advanceTimersByTime(1_000);

        expect(frames).toEqual([0, 1, 2]);
        expect(jest.getTimerCount()).toBe(0);
    });

    /** Advances the clock without firing timers. */
    function hold(ms: number): void {
        const now = performance.now.bind(performance);
        jest.spyOn(performance, "now").mockImplementation(() => now() + ms);
    }
});

describe("the position of a bot", () => {
    it("is 5 to 8 m from the arena's entrance, faces it, and differs from the other positions", () => {
        const poses = Array.from({ length: 16 }, (_, index) => poseOf(index, 1_234));

        for (const { p, r } of poses) {
            const [x, z] = [-p[0], -9 - p[2]];
            const distance = Math.hypot(x, z);
            expect(distance).toBeGreaterThanOrEqual(4.5);
            expect(distance).toBeLessThanOrEqual(8.5);
            expect(p[1]).toBe(0);
            // The viewing direction at yaw r is (sin r, cos r).
            expect((x * Math.sin(r) + z * Math.cos(r)) / distance).toBeGreaterThan(Math.cos(0.31));
        }
        const closest = poses.flatMap(({ p: a }, i) => poses.slice(i + 1).map(({ p: b }) => Math.hypot(a[0] - b[0], a[2] - b[2])));
        expect(Math.min(...closest)).toBeGreaterThanOrEqual(0.49);
    });
});
