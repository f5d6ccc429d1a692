import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import type { RtcError } from "../../src/errors/rtcError.js";
import { SpatialVoice } from "../../src/spatial/spatialVoice.js";
import { AudioScene, Settle } from "./audioScene.js";

let mockOffline = true;
let mockLoads = 0;

jest.mock("../../src/spatial/voicePanner.js", () => {
    mockLoads++;
    if (mockOffline) {
        throw new Error("offline");
    }
    return jest.requireActual<object>("../../src/spatial/voicePanner.js");
});

let world: AudioScene;

beforeEach(() => jest.useFakeTimers({ doNotFake: ["setImmediate", "queueMicrotask", "nextTick", "performance", "Date"] }));
afterEach(() => {
    world.dispose();
    jest.useRealTimers();
});

/** Waits until pending promise callbacks have run. */
const turnsAsync = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a disposed voice does not retry to load its code", async () => {
    world = await AudioScene.CreateAsync();
    const voice = new SpatialVoice(world.scene, world.track, { audioEngine: world.audioEngine });
    voice.node = new TransformNode("avatar", world.scene);
    await expect(voice.readyAsync).rejects.toMatchObject({ code: "serverUnreachable" });
    voice.dispose();
    const before = mockLoads;
    jest.advanceTimersByTime(60_000);
    await turnsAsync();
    expect(mockLoads).toBe(before);
});

test("a voice retries to load its code until it succeeds, and reports the failure once", async () => {
    world = await AudioScene.CreateAsync();
    const voice = new SpatialVoice(world.scene, world.track, { audioEngine: world.audioEngine, panningModel: "equalpower" });
    const errors: RtcError[] = [];
    voice.error$.subscribe((error) => errors.push(error));
    voice.node = new TransformNode("avatar", world.scene);
    await expect(voice.readyAsync).rejects.toMatchObject({ code: "serverUnreachable" });
    const first = mockLoads;
    jest.advanceTimersByTime(5_000);
    await turnsAsync();
    expect(mockLoads).toBeGreaterThan(first);
    // A change triggers an immediate attempt.
    const before = mockLoads;
    voice.volume = 0.5;
    await turnsAsync();
    expect(mockLoads).toBe(before + 1);
    expect(errors.map(({ code }) => code)).toEqual(["serverUnreachable"]);

    mockOffline = false;
    jest.advanceTimersByTime(5_000);
    await turnsAsync();
    await turnsAsync();
    await world.renderAsync();
    expect(world.earsAt(Settle).left).toBeGreaterThan(0.3);
    expect(errors).toHaveLength(1);
});
