import type { Node } from "@babylonjs/core/node.js";
import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import { firstValueFrom, take, toArray } from "rxjs";
import { RtcError } from "../../src/errors/rtcError.js";
import { SpatialVoice } from "../../src/spatial/spatialVoice.js";
import type { ISpatialVoiceInit } from "../../src/spatial/spatialVoice.js";
import { AudioGraph, ParameterWrites } from "./audioGraph.js";
import { AudioScene, Settle } from "./audioScene.js";
import type { IAudioSceneOptions } from "./audioScene.js";

let world: AudioScene;
let graph: AudioGraph;

async function openAsync(options: IAudioSceneOptions = {}): Promise<void> {
    world = await AudioScene.CreateAsync(options);
}

beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ["setImmediate", "queueMicrotask", "nextTick", "performance", "Date"] });
    graph = new AudioGraph();
});

afterEach(() => {
    world.dispose();
    graph.dispose();
    jest.useRealTimers();
});

function avatarAt(x: number, y = 0, z = 0): TransformNode {
    const avatar = new TransformNode("avatar", world.scene);
    avatar.position.set(x, y, z);
    return avatar;
}

function makeVoice(options: Partial<ISpatialVoiceInit> = {}): SpatialVoice {
    return new SpatialVoice(world.scene, world.track, { audioEngine: world.audioEngine, panningModel: "equalpower", ...options });
}

async function speakAsync(node: Node | null, options: Partial<ISpatialVoiceInit> = {}): Promise<SpatialVoice> {
    const voice = makeVoice(options);
    voice.node = node;
    await voice.readyAsync;
    return voice;
}

/** Waits until pending promise callbacks have run. */
const turnsAsync = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Difference between successive samples above which a click is audible. A fade of 50 ms to full level has steps of 0.00045. */
const Click = 0.001;

describe("A voice without an avatar", () => {
    test("is heard in both ears as if straight ahead, and moves to its avatar without a click", async () => {
        await openAsync();
        const voice = await speakAsync(null);
        await world.renderAsync({ 0.5: () => (voice.node = avatarAt(-2)) });
        expect(world.earsAt(Settle).left).toBeCloseTo(Math.SQRT1_2, 3);
        expect(world.earsAt(Settle).right).toBeCloseTo(Math.SQRT1_2, 3);
        expect(world.earsAt(0.5 + Settle).left).toBeCloseTo(1 / 2, 3);
        expect(world.earsAt(0.5 + Settle).right).toBeCloseTo(0, 3);
        expect(world.steepest(0, 1)).toBeLessThan(Click);
    });

    test('is silent until the avatar is set, if withoutAvatar is "silent"', async () => {
        await openAsync();
        const voice = await speakAsync(null, { withoutAvatar: "silent" });
        await world.renderAsync({ 0.5: () => (voice.node = avatarAt(-2)) });
        expect(world.loudest(0, 0.5)).toBe(0);
        expect(world.earsAt(0.5 + Settle).left).toBeCloseTo(1 / 2, 3);
    });

    test("counts as within earshot", async () => {
        await openAsync();
        const voice = await speakAsync(null);
        expect(voice.inEarshot).toBe(true);
    });

    test("keeps no audio nodes of its first output once it has an avatar", async () => {
        await openAsync();
        const voice = await speakAsync(null);
        const nodes = world.audioEngine.nodes.size;
        voice.node = avatarAt(1);
        await turnsAsync();
        jest.advanceTimersByTime(200);
        expect(world.audioEngine.nodes.size).toBe(nodes);
    });
});

describe("A voice whose avatar is disposed", () => {
    test("stays at the last position of the avatar, without a jump", async () => {
        await openAsync();
        const avatar = avatarAt(-4);
        const voice = await speakAsync(avatar);
        await world.renderAsync({ 0.5: () => avatar.dispose() });
        expect(voice.node).toBeNull();
        expect(world.earsAt(0.5 + Settle)).toEqual(world.earsAt(Settle));
        expect(world.steepest(0.4, 1)).toBeLessThan(1e-6);
    });

    test("stays at the avatar's last world position, although disposing detaches an avatar from its parent", async () => {
        await openAsync();
        const parent = new TransformNode("parent", world.scene);
        parent.position.x = -4;
        const avatar = avatarAt(0);
        avatar.parent = parent;
        await speakAsync(avatar);
        await world.renderAsync({ 0.5: () => parent.dispose() });
        expect(world.earsAt(0.5 + Settle).left).toBeCloseTo(1 / 4, 3);
    });

    test("is heard from the last position of the avatar when the listener moves", async () => {
        await openAsync();
        const avatar = avatarAt(-4);
        await speakAsync(avatar);
        await world.renderAsync({ 0.3: () => avatar.dispose(), 0.5: () => (world.camera.position.x = -6) });
        expect(world.earsAt(0.5 + Settle).right).toBeCloseTo(1 / 2, 3);
    });

    test("moves to another node when one is set", async () => {
        await openAsync();
        const avatar = avatarAt(-4);
        const voice = await speakAsync(avatar);
        await world.renderAsync({ 0.3: () => avatar.dispose(), 0.5: () => (voice.node = avatarAt(2)) });
        expect(world.earsAt(0.5 + Settle).right).toBeCloseTo(1 / 2, 3);
    });
});

test("a voice keeps its position when the position of its avatar becomes NaN", async () => {
    await openAsync();
    const avatar = avatarAt(-4);
    await speakAsync(avatar);
    await world.renderAsync({ 0.5: () => (avatar.position.x = NaN) });
    expect(world.earsAt(0.5 + Settle).left).toBeCloseTo(1 / 4, 3);
});

test("a new voice is heard from its own position only", async () => {
    await openAsync();
    await speakAsync(avatarAt(-4));
    await world.renderAsync();
    expect(world.loudest(0, 1)).toBeLessThan(1 / 4 + 1e-6);
    expect(world.steepest(0, 1)).toBeLessThan(Click);
});

describe("Earshot", () => {
    test("disconnects a voice beyond the maximum distance, and reconnects it on its return", async () => {
        await openAsync();
        const avatar = avatarAt(-9);
        const voice = await speakAsync(avatar, { maxDistance: 10 });
        const told = firstValueFrom(voice.inEarshot$.pipe(take(3), toArray()));
        expect(graph.livePanners).toBe(1);
        await world.renderAsync({
            0.3: () => (avatar.position.x = -11),
            0.5: () => {
                jest.advanceTimersByTime(200);
                expect(graph.livePanners).toBe(0);
            },
            0.7: () => (avatar.position.x = -8),
        });
        expect(world.earsAt(0.25).left).toBeCloseTo(1 / 9, 3);
        expect(world.loudest(0.5, 0.7)).toBe(0);
        expect(world.earsAt(0.9).left).toBeCloseTo(1 / 8, 3);
        expect(world.steepest(0, 1)).toBeLessThan(Click);
        expect(await told).toEqual([true, false, true]);
    });

    test("creates no sound source for a voice that starts beyond the maximum distance", async () => {
        await openAsync();
        const nodes = world.audioEngine.nodes.size;
        const voice = await speakAsync(avatarAt(41));
        expect(voice.inEarshot).toBe(false);
        expect(world.audioEngine.nodes.size).toBe(nodes);
    });

    test("is checked again when the maximum distance changes", async () => {
        await openAsync();
        const voice = await speakAsync(avatarAt(-20));
        voice.setOptions({ maxDistance: 15 });
        expect(voice.inEarshot).toBe(false);
    });
});

describe("The sound of a voice", () => {
    test.each([
        ["its volume", (voice: SpatialVoice) => (voice.volume = 0.5), 1 / 4],
        ["the volume for all", (voice: SpatialVoice) => (voice.master = 0.5), 1 / 4],
        ["being silenced", (voice: SpatialVoice) => (voice.audible = false), 0],
        ["a volume of 0", (voice: SpatialVoice) => (voice.volume = 0), 0],
    ])("follows %s, without a click", async (_what, change, level) => {
        await openAsync();
        const voice = await speakAsync(avatarAt(-2));
        await world.renderAsync({ 0.5: () => change(voice) });
        expect(world.earsAt(Settle).left).toBeCloseTo(1 / 2, 3);
        expect(world.earsAt(0.5 + Settle).left).toBeCloseTo(level, 6);
        expect(world.steepest(0, 1)).toBeLessThan(Click);
    });

    test("continues without a gap or a click when its track is replaced", async () => {
        let offset = 1;
        await openAsync({ speak: (context) => new ConstantSourceNode(context, { offset }) });
        const voice = await speakAsync(avatarAt(-2));
        offset = 0.999;
        await world.renderAsync({ 0.5: () => voice.changeTrack(world.track) });
        expect(world.earsAt(0.4).left).toBeCloseTo(1 / 2, 5);
        expect(world.earsAt(0.9).left).toBeCloseTo(0.999 / 2, 5);
        expect(world.steepest(Settle, 1)).toBeLessThan(Click);
        expect(world.openTracks).toBe(1);
        voice.dispose();
        expect(world.openTracks).toBe(0);
    });

    test("returns at its present position if it moved while silenced, and is not heard in between", async () => {
        await openAsync();
        const avatar = avatarAt(-2);
        const voice = await speakAsync(avatar);
        await world.renderAsync({
            0.2: () => (voice.audible = false),
            0.4: () => {
                jest.advanceTimersByTime(200);
                avatar.position.x = 4;
            },
            0.6: () => (voice.audible = true),
        });
        expect(world.earsAt(0.9).right).toBeCloseTo(1 / 4, 3);
        expect(world.loudest(0.4, 1, ["left"])).toBeLessThan(1e-6);
    });

    test("is disconnected while silenced, and costs the audio thread nothing", async () => {
        await openAsync();
        const voice = await speakAsync(avatarAt(-2));
        const connections = graph.size;
        voice.audible = false;
        expect(graph.size).toBe(connections);
        jest.advanceTimersByTime(200);
        expect(graph.livePanners).toBe(0);
        // The voice is disconnected at both ends: it has no input and no output.
        expect(graph.size).toBe(connections - 2);
        voice.audible = true;
        expect(graph.livePanners).toBe(1);
        expect(graph.size).toBe(connections);
    });

    test("is not connected if it is silenced while Babylon creates it", async () => {
        await openAsync();
        const voice = makeVoice();
        voice.node = avatarAt(-2);
        await Promise.resolve();
        voice.audible = false;
        await voice.readyAsync;
        expect(world.audioEngine.nodes.size).toBe(4);
        expect(graph.livePanners).toBe(0);
    });

    test("does not click when a fade is cancelled halfway", async () => {
        await openAsync();
        const voice = await speakAsync(avatarAt(-1));
        await world.renderAsync({ 0.3: () => (voice.audible = false), 0.325: () => (voice.audible = true) });
        expect(world.steepest(0, 1)).toBeLessThan(Click);
        expect(world.earsAt(0.5).left).toBeCloseTo(1, 3);
    });

    test.each([-0.1, 4.1, NaN, "1" as unknown as number])("rejects a volume of %p, and keeps its volume", async (volume) => {
        await openAsync();
        const voice = makeVoice();
        voice.volume = 3;
        expect(() => (voice.volume = volume)).toThrow(RtcError);
        expect(voice.volume).toBe(3);
    });
});

describe("level$", () => {
    test("emits the level of the arriving voice, also while silenced, and has an analyser only while subscribed", async () => {
        await openAsync();
        const voice = await speakAsync(avatarAt(-8));
        voice.audible = false;
        jest.advanceTimersByTime(200);
        const connections = graph.size;
        const heard: number[] = [];
        const first = voice.level$.subscribe((level) => heard.push(level));
        const second = voice.level$.subscribe();
        expect(graph.size).toBe(connections + 1);
        // Only the emission is checked, not its level: node-web-audio-api does not compute an analyser without an output, unlike browsers.
        expect(jest.getTimerCount()).toBe(1);
        jest.advanceTimersByTime(100);
        expect(heard).toHaveLength(1);
        first.unsubscribe();
        second.unsubscribe();
        expect(graph.size).toBe(connections);
        expect(jest.getTimerCount()).toBe(0);
    });

    test("completes when the voice is disposed", async () => {
        await openAsync();
        const voice = await speakAsync(avatarAt(-8));
        const ended = jest.fn();
        voice.level$.subscribe({ complete: ended });
        voice.dispose();
        expect(ended).toHaveBeenCalledTimes(1);
        voice.level$.subscribe({ complete: ended });
        expect(ended).toHaveBeenCalledTimes(2);
    });
});

describe("Writes to WebAudio parameters", () => {
    let writes: ParameterWrites;
    beforeEach(() => (writes = new ParameterWrites()));
    afterEach(() => writes.dispose());

    /** Writes for a move: one per coordinate, if all three change. */
    const WritesPerMove = 3;

    test.each([true, false])("do not happen in a frame without a move (right-handed: %p)", async (rightHanded) => {
        await openAsync({ rightHanded });
        await speakAsync(avatarAt(-2), { panningModel: "HRTF" });
        world.scene.render();
        writes.take();
        world.scene.render();
        world.scene.render();
        expect(writes.take()).toBe(0);
    });

    test("happen only for the voice that moved", async () => {
        await openAsync();
        const avatar = avatarAt(-2);
        await speakAsync(avatar, { panningModel: "HRTF" });
        await speakAsync(avatarAt(5), { panningModel: "HRTF" });
        world.scene.render();
        writes.take();
        avatar.position.set(-3, 1, 2);
        world.scene.render();
        expect(writes.take()).toBe(WritesPerMove);
    });

    test.each([
        ["the listener only, in a right-handed scene", true, "HRTF", 3],
        ["the listener and the mirrored voices, in a left-handed scene with HRTF", false, "HRTF", 3 + 2 * WritesPerMove],
        ["the listener only, in a left-handed scene without HRTF, since front and back sound the same", false, "equalpower", 3],
    ] as const)("happen when the listener moves for %s", async (_what, rightHanded, panningModel, count) => {
        await openAsync({ rightHanded });
        world.camera.rotation.set(0.3, 0.4, 0);
        await speakAsync(avatarAt(-2), { panningModel });
        await speakAsync(avatarAt(5), { panningModel });
        world.scene.render();
        writes.take();
        world.camera.position.set(1, 1, 1);
        world.scene.render();
        expect(writes.take()).toBe(count);
    });

    test("do not happen for a voice that is not heard", async () => {
        await openAsync();
        const avatar = avatarAt(-2);
        const voice = await speakAsync(avatar, { panningModel: "HRTF" });
        voice.audible = false;
        world.scene.render();
        writes.take();
        avatar.position.x = -3;
        world.scene.render();
        expect(writes.take()).toBe(0);
    });
});

describe("dispose", () => {
    test("leaves no connection, sound, track, timer or observer", async () => {
        await openAsync();
        const before = graph.size;
        const sounds = world.audioEngine.nodes.size;
        const avatar = avatarAt(-2);
        const observers = (): number => avatar.onDisposeObservable.observers.length + world.scene.onAfterRenderObservable.observers.length;
        const watched = observers();
        const placed = await speakAsync(avatar);
        const unplaced = await speakAsync(null);
        placed.level$.subscribe();
        placed.volume = 0.5;
        world.scene.render();
        expect(graph.size).toBeGreaterThan(before);
        placed.dispose();
        unplaced.dispose();
        placed.dispose();
        await turnsAsync();
        expect(graph.size).toBe(before);
        expect(world.audioEngine.nodes.size).toBe(sounds);
        expect(world.openTracks).toBe(0);
        // Babylon removes observers from its lists a moment later.
        jest.advanceTimersByTime(0);
        expect(jest.getTimerCount()).toBe(0);
        expect(observers()).toBe(watched);
    });

    test("is safe before the voice is ready", async () => {
        await openAsync();
        const before = graph.size;
        const early = makeVoice();
        early.node = avatarAt(1);
        early.dispose();
        const later = makeVoice();
        later.node = avatarAt(1);
        await Promise.resolve();
        later.dispose();
        await Promise.all([early.readyAsync, later.readyAsync]);
        await turnsAsync();
        expect(graph.size).toBe(before);
        expect(world.openTracks).toBe(0);
        expect(world.audioEngine.nodes.size).toBe(1);
    });

    test("is called when the scene is disposed", async () => {
        await openAsync();
        await speakAsync(avatarAt(1));
        world.scene.dispose();
        expect(world.openTracks).toBe(0);
    });

    test("is safe after the audio engine is disposed", async () => {
        await openAsync();
        const avatar = avatarAt(1);
        const voice = await speakAsync(avatar);
        world.audioEngine.dispose();
        avatar.position.x = 2;
        world.scene.render();
        voice.volume = 0.5;
        expect(() => voice.dispose()).not.toThrow();
    });

    test("turns later changes of the voice into no-ops", async () => {
        await openAsync();
        const voice = await speakAsync(avatarAt(1));
        voice.dispose();
        const before = graph.size;
        voice.node = avatarAt(2);
        voice.volume = 2;
        voice.audible = false;
        voice.audible = true;
        voice.setOptions({ maxDistance: 5 });
        world.scene.render();
        await turnsAsync();
        expect(graph.size).toBe(before);
    });
});

test("invalid options are rejected and change nothing", async () => {
    await openAsync();
    expect(() => makeVoice({ maxDistance: -1 })).toThrow(RtcError);
    expect(world.openTracks).toBe(0);
    const voice = makeVoice({ maxDistance: 30 });
    expect(() => voice.setOptions({ rolloffFactor: 2, minDistance: 50 })).toThrow(RtcError);
    expect(voice.options).toMatchObject({ rolloffFactor: 1, minDistance: 1, maxDistance: 30 });
});

describe("While the app's render loop stands still on a visible page", () => {
    beforeEach(() => {
        (globalThis as { window?: unknown }).window = new EventTarget();
    });
    afterEach(() => {
        delete (globalThis as { window?: unknown }).window;
    });

    test("a voice follows its avatar, and the listener the camera, once a second", async () => {
        await openAsync();
        const avatar = avatarAt(-2);
        const voice = await speakAsync(avatar);
        world.scene.render();
        // The first second brings no update, since a frame was rendered just before.
        jest.advanceTimersByTime(1_000);
        const writes = new ParameterWrites();
        avatar.position.x = 4;
        jest.advanceTimersByTime(1_000);
        expect(writes.take()).toBeGreaterThan(0);
        world.camera.position.x = 1;
        jest.advanceTimersByTime(1_000);
        expect(writes.take()).toBeGreaterThan(0);
        expect(world.audioEngine.listener.position.x).toBe(1);
        jest.advanceTimersByTime(10_000);
        expect(writes.take()).toBe(0);
        writes.dispose();
        avatar.position.x = 60;
        jest.advanceTimersByTime(1_000);
        expect(voice.inEarshot).toBe(false);
        voice.dispose();
        jest.advanceTimersByTime(1_000);
        expect(jest.getTimerCount()).toBe(0);
    });
});
