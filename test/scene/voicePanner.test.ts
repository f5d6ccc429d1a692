import { CreateAudioEngineAsync } from "@babylonjs/core/AudioV2/webAudio/webAudioEngine.js";
import { CreateAudioEngineAsync as createOldestAsync } from "@babylonjs/core-oldest/AudioV2/webAudio/webAudioEngine.js";
import { Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import { Logger } from "@babylonjs/core/Misc/logger.js";
import { AudioHost } from "../../src/audio/audioHost.js";
import { SpatialVoice } from "../../src/spatial/spatialVoice.js";
import { resolveSpatialVoiceOptions } from "../../src/spatial/spatialVoiceOptions.js";
import { VoiceListener } from "../../src/spatial/voiceListener.js";
import { VoicePanner } from "../../src/spatial/voicePanner.js";
import { AudioScene, SampleRate, Settle } from "./audioScene.js";

const seconds = 1;

/** Renders a voice that is a constant 1, while the voice and the listener move. Returns the levels at the ears before and after each move. */
async function renderAsync(createAsync: typeof CreateAudioEngineAsync): Promise<{ ears: number[][]; isCheap: boolean }> {
    if (typeof document === "undefined") {
        globalThis.document = new EventTarget() as Document;
    }
    const context = new OfflineAudioContext(2, seconds * SampleRate, SampleRate);
    const engine = await createAsync({ audioContext: context, disableDefaultUI: true, listenerAutoUpdate: false } as unknown as Parameters<
        typeof CreateAudioEngineAsync
    >[0]);
    const host = AudioHost.For(engine);
    const listener = VoiceListener.For(host);
    listener.hold();
    const source = new ConstantSourceNode(context);
    source.start();
    const mono = new GainNode(context, { channelCount: 1, channelCountMode: "explicit" });
    source.connect(mono);
    const options = resolveSpatialVoiceOptions({ panningModel: "equalpower" });
    const voice = await VoicePanner.CreateAsync(host, "voice", mono, options);
    const place = { position: { x: -2, y: 0, z: 0 }, facing: { x: 0, y: 0, z: 1 } };
    const camera = Vector3.Zero();
    listener.move(camera, Quaternion.Identity(), engine, 0);
    voice.place(place, false, false);
    const acts = [
        () => (place.position.x = 4),
        () => (camera.x = 8),
        // An inaudible move. It is applied too, once the listener rests.
        () => (camera.x = 8.005),
    ];
    const doing = acts.map(async (act, index) => {
        await context.suspend(0.3 * (index + 1));
        act();
        for (let frame = 0; frame < 3; frame++) {
            engine.listener.position = camera;
            listener.move(camera, Quaternion.Identity(), engine, 0);
            voice.follow(place, false, frame === 0 && index === 0);
        }
        await context.resume();
    });
    for (const start = performance.now(); performance.now() < start + 60;) {
        await new OfflineAudioContext(1, 128, SampleRate).startRendering();
    }
    const rendered = await context.startRendering();
    await Promise.all(doing);
    const ears = [0.2, 0.5, 0.8, 0.98].map((at) => [0, 1].map((ear) => rendered.getChannelData(ear)[at * SampleRate] ?? NaN));
    engine.dispose();
    return { ears, isCheap: listener.isCheap };
}

const engines = [
    ["the oldest Babylon that is supported", createOldestAsync as unknown as typeof CreateAudioEngineAsync],
    ["the newest", CreateAudioEngineAsync],
] as const;

test.each(engines)("with %s the panner is found, and levels are exact", async (_which, createAsync) => {
    const warn = jest.spyOn(Logger, "Warn");
    const { ears, isCheap } = await renderAsync(createAsync);
    expect(isCheap).toBe(true);
    expect(warn).not.toHaveBeenCalled();
    const expected = [
        [1 / 2, 0],
        [0, 1 / 4],
        [1 / 4, 0],
        [1 / 4.005, 0],
    ];
    ears.forEach((heard, index) => heard.forEach((level, ear) => expect(level).toBeCloseTo(expected[index]?.[ear] ?? NaN, 5)));
    warn.mockRestore();
});

test("without k-rate, Babylon's setters give the same levels, and this is logged once", async () => {
    const rate = Object.getOwnPropertyDescriptor(AudioParam.prototype, "automationRate") ?? {};
    Object.defineProperty(AudioParam.prototype, "automationRate", { configurable: true, get: () => undefined, set: () => undefined });
    const warn = jest.spyOn(Logger, "Warn").mockImplementation(() => undefined);
    try {
        const first = await renderAsync(CreateAudioEngineAsync);
        expect(first.isCheap).toBe(false);
        const [beside] = (await renderAsync(CreateAudioEngineAsync)).ears;
        expect(beside?.[0]).toBeCloseTo(1 / 2, 5);
        expect(first.ears[1]?.[1]).toBeCloseTo(1 / 4, 5);
        expect(first.ears[2]?.[0]).toBeCloseTo(1 / 4, 5);
        expect(warn).toHaveBeenCalledTimes(1);
    } finally {
        Object.defineProperty(AudioParam.prototype, "automationRate", rate);
        warn.mockRestore();
    }
});

describe("A scene with a voice", () => {
    let world: AudioScene;
    afterEach(() => world.dispose());

    test("has the listener's parameters at k-rate until its last voice is disposed", async () => {
        world = await AudioScene.CreateAsync();
        const rates = (): Set<string> => {
            const { positionX, positionY, positionZ, forwardX, forwardY, forwardZ, upX, upY, upZ } = world.context.listener;
            const all = [positionX, positionY, positionZ, forwardX, forwardY, forwardZ, upX, upY, upZ];
            return new Set(all.map(({ automationRate }) => automationRate));
        };
        const before = rates();
        const voices = [1, 2].map(() => new SpatialVoice(world.scene, world.track, { audioEngine: world.audioEngine }));
        voices.forEach((voice) => (voice.node = new TransformNode("avatar", world.scene)));
        await Promise.all(voices.map((voice) => voice.readyAsync));
        expect(rates()).toEqual(new Set(["k-rate"]));
        voices[0]?.dispose();
        expect(rates()).toEqual(new Set(["k-rate"]));
        voices[1]?.dispose();
        expect(rates()).toEqual(before);
    });

    test("smooths the moves of a voice that walks past with equal power, where the browser does not blend", async () => {
        world = await AudioScene.CreateAsync({ seconds: 2 });
        const avatar = new TransformNode("avatar", world.scene);
        // The avatar walks past at 1.5 m/s, half a metre away.
        const walk = (at: number): void => void avatar.position.set(1.5 * (at - 1), 0, -0.5);
        walk(0);
        const voice = new SpatialVoice(world.scene, world.track, { audioEngine: world.audioEngine, panningModel: "equalpower" });
        voice.node = avatar;
        await voice.readyAsync;
        const frames = Array.from({ length: 90 }, (_, i) => (i + 15) / 60);
        await world.renderAsync(Object.fromEntries(frames.map((at) => [at, () => walk(at)])));
        // Without smoothing, each write (30 per second, so 5 cm of movement) would be a step of 0.04 at the nearest point.
        expect(world.steepest(Settle, 1.8)).toBeLessThan(0.01);
    });
});
