import { PoseTrack, between, fromMessage, isSamePose, toMessage } from "../../../../../samples/arena/poses/pose.js";
import type { IPose } from "../../../../../samples/arena/poses/pose.js";

const pose = (x: number, yaw = 0, pitch = 0): IPose => ({ position: [x, 0, 0], yaw, pitch });

describe("A pose that is sent through the room", () => {
    it("arrives rounded to a millimetre and a milliradian", () => {
        const sent: IPose = { position: [1.23456, 0, -7.5], yaw: 3.14159, pitch: -0.25 };
        expect(fromMessage(JSON.parse(JSON.stringify(toMessage(sent))))).toEqual({ position: [1.235, 0, -7.5], yaw: 3.142, pitch: -0.25 });
    });

    it.each([
        null,
        "here",
        {},
        { p: [1, 2], r: 0 },
        { p: [1, 2, "3"], r: 0 },
        { p: [1, 2, NaN], r: 0 },
        { p: [1, 2, 1e9], r: 0 },
        { p: [1, 2, 3], r: null },
        { p: { length: 3 }, r: 0 },
    ])("is ignored if any part of it is no position or direction: %j", (message) => {
        expect(fromMessage(message)).toBeNull();
    });

    it("looks straight ahead if the message has no pitch", () => {
        expect(fromMessage({ p: [0, 0, 0], r: 1 })).toEqual({ position: [0, 0, 0], yaw: 1, pitch: 0 });
    });

    it("is the same after a full turn, but not after a small turn or move", () => {
        expect(isSamePose(pose(0, 0.001), pose(0, 2 * Math.PI))).toBe(true);
        expect(isSamePose(pose(0), pose(0, 0.1))).toBe(false);
        expect(isSamePose(pose(0), pose(0.1))).toBe(false);
    });

    it("is interpolated the shorter way round", () => {
        expect(between(pose(0, 3), pose(0, -3), 0.5).yaw).toBeCloseTo(Math.PI, 5);
    });
});

describe("The track of an avatar", () => {
    it("moves from the shown to the received position in the time between two messages", () => {
        const track = new PoseTrack(pose(0), 0);
        track.push(pose(1), 100);
        expect([100, 150, 200, 900].map((now) => track.at(now).position[0])).toEqual([0, 0.5, 1, 1]);
    });

    it("continues from the shown position when the next message comes early", () => {
        const track = new PoseTrack(pose(0), 0);
        track.push(pose(1), 100);
        track.push(pose(2), 150);
        expect(track.at(150).position[0]).toBeCloseTo(0.5);
        expect(track.at(200).position[0]).toBeCloseTo(2);
    });

    it("jumps at once when the member has teleported", () => {
        const track = new PoseTrack(pose(0), 0);
        track.push(pose(10), 100);
        expect(track.at(100).position[0]).toBe(10);
    });

    it("moves for at most 250 ms, however long no message came", () => {
        const track = new PoseTrack(pose(0), 0);
        track.push(pose(1), 5_000);
        expect(track.at(5_250).position[0]).toBe(1);
        expect(track.at(5_125).position[0]).toBeCloseTo(0.5);
    });
});
