import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import type { BehaviorSubject } from "rxjs";
import type { SpatialVoice } from "../../src/spatial/spatialVoice.js";
import { VoiceBehavior } from "../../src/spatial/voiceBehavior.js";
import { RtcError } from "../../src/errors/rtcError.js";
import { AudioGraph } from "./audioGraph.js";
import { AudioScene, Settle } from "./audioScene.js";

let world: AudioScene;
let graph: AudioGraph;
let avatar: TransformNode;
let stream: MediaStream;

beforeEach(async () => {
    graph = new AudioGraph();
    world = await AudioScene.CreateAsync();
    avatar = new TransformNode("avatar", world.scene);
    avatar.position.x = -2;
    stream = { getAudioTracks: () => [world.track] } as unknown as MediaStream;
});

afterEach(() => {
    world.dispose();
    graph.dispose();
});

const behave = (): VoiceBehavior => new VoiceBehavior(stream, { audioEngine: world.audioEngine, panningModel: "equalpower" });

test("a stream is heard from the node that the behavior is added to", async () => {
    avatar.addBehavior(behave());
    const voice = avatar.getBehaviorByName("Voice") as VoiceBehavior;
    await voice.readyAsync;
    await world.renderAsync();
    expect(world.earsAt(Settle).left).toBeCloseTo(1 / 2, 3);
    expect(world.earsAt(Settle).right).toBeCloseTo(0, 3);
});

test("settings made before the behavior is attached apply from the start", async () => {
    const voice = behave();
    voice.volume = 0.5;
    voice.setOptions({ rolloffFactor: 0 });
    avatar.addBehavior(voice);
    await voice.readyAsync;
    await world.renderAsync();
    expect(world.earsAt(Settle).left).toBeCloseTo(1 / 2, 3);
    expect(voice.options.rolloffFactor).toBe(0);
});

test.each([
    ["removed", (voice: VoiceBehavior) => avatar.removeBehavior(voice)],
    ["disposed with its node", () => avatar.dispose()],
    ["disposed with its scene", () => world.scene.dispose()],
])("everything is released when the behavior is %s", async (_how, end) => {
    const before = graph.size;
    const voice = behave();
    avatar.addBehavior(voice);
    await voice.readyAsync;
    expect(world.openTracks).toBe(1);
    end(voice);
    expect(world.openTracks).toBe(0);
    expect(graph.size).toBe(before);
    expect(voice.attachedNode).toBeNull();
    expect(AudioEngineV2.Instances).toContain(world.audioEngine);
});

test("removing the behavior before it is ready leaves no open track", async () => {
    const voice = behave();
    avatar.addBehavior(voice);
    avatar.removeBehavior(voice);
    await voice.readyAsync;
    expect(world.openTracks).toBe(0);
});

test("the behavior can be removed and added to another node, and keeps its settings", async () => {
    const voice = behave();
    avatar.addBehavior(voice);
    await voice.readyAsync;
    voice.volume = 0.5;
    avatar.removeBehavior(voice);
    const other = new TransformNode("other", world.scene);
    other.position.x = 2;
    other.addBehavior(voice);
    await voice.readyAsync;
    await world.renderAsync();
    expect(world.earsAt(Settle).right).toBeCloseTo(1 / 4, 3);
});

test("adding the behavior to a second node throws", () => {
    const voice = behave();
    avatar.addBehavior(voice);
    expect(() => new TransformNode("other", world.scene).addBehavior(voice)).toThrow(RtcError);
    expect(voice.attachedNode).toBe(avatar);
});

test("a stream without audio is rejected", () => {
    expect(() => new VoiceBehavior({ getAudioTracks: () => [] } as unknown as MediaStream)).toThrow(RtcError);
});

test("the properties of the behavior are those of its voice", async () => {
    const behavior = behave();
    avatar.addBehavior(behavior);
    await behavior.readyAsync;
    const { value: voice } = (behavior as unknown as { readonly _voice: BehaviorSubject<SpatialVoice> })._voice;
    behavior.volume = 3;
    behavior.audible = false;
    behavior.setOptions({ maxDistance: 7 });
    expect(voice).toMatchObject({ volume: 3, audible: false, options: { maxDistance: 7 } });
    voice.volume = 2;
    expect(behavior.volume).toBe(2);
});
