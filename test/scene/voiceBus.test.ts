import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import { AudioHost } from "../../src/audio/audioHost.js";
import { VoiceBus } from "../../src/audio/voiceBus.js";
import { SpatialVoice } from "../../src/spatial/spatialVoice.js";
import { settleAsync } from "../fakes/settle.js";
import { AudioGraph } from "./audioGraph.js";
import { AudioScene, Settle } from "./audioScene.js";

let world: AudioScene;
let graph: AudioGraph;

/** Creates voices that play sines, 1 m to the left of the listener, so that the left ear hears them unchanged. */
async function humAsync(...tones: readonly (readonly [hz: number, amplitude: number])[]): Promise<SpatialVoice[]> {
    const waiting = [...tones];
    world = await AudioScene.CreateAsync({
        speak: (context) => {
            const [hz, amplitude] = waiting.shift() ?? [0, 0];
            // A sine of this amplitude: the second coefficient of a wave that is not normalized.
            const wave = new PeriodicWave(context, { real: [0, 0], imag: [0, amplitude], disableNormalization: true });
            return new OscillatorNode(context, { frequency: hz, periodicWave: wave });
        },
    });
    const avatar = new TransformNode("avatar", world.scene);
    avatar.position.x = -1;
    const voices = tones.map(
        () => new SpatialVoice(world.scene, world.track, { audioEngine: world.audioEngine, panningModel: "equalpower" }),
    );
    voices.forEach((voice) => (voice.node = avatar));
    await Promise.all(voices.map((voice) => voice.readyAsync));
    return voices;
}

/** Level of the left ear relative to a sine of this amplitude, in decibels. */
const deviation = (seconds: number, amplitude: number): number => 20 * Math.log10((world.earsAt(seconds).left * Math.SQRT2) / amplitude);

beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ["setImmediate", "queueMicrotask", "nextTick", "performance", "Date"] });
    graph = new AudioGraph();
});

afterEach(() => {
    world.dispose();
    graph.dispose();
    jest.useRealTimers();
});

describe("playback volume for all 0–400 %, for one user 0–400 %: the limiter", () => {
    test("does not change a single voice at 100 %, up to full scale", async () => {
        await humAsync([440, 1]);
        await world.renderAsync();
        expect(deviation(Settle, 1)).toBeCloseTo(0, 2);
    });

    test("keeps two voices at 400 % within 0 dBFS from the start", async () => {
        const voices = await humAsync([440, 1], [650, 1]);
        voices.forEach((voice) => (voice.volume = 4));
        await world.renderAsync();
        expect(world.loudest(0, 1)).toBeLessThanOrEqual(1);
        expect(world.loudest(Settle, 1)).toBeGreaterThan(0.7);
    });

    test("keeps voices within 0 dBFS when the volume for all is raised during playback", async () => {
        const voices = await humAsync([440, 0.5], [650, 0.5]);
        await world.renderAsync({ 0.4: () => voices.forEach((voice) => (voice.master = 4)) });
        expect(world.loudest(0.4, 1)).toBeLessThanOrEqual(1);
    });

    test("amplifies a soft voice as requested, within 0.1 dB, and starts and stops without a click", async () => {
        const [voice] = await humAsync([100, 0.1]);
        await world.renderAsync({
            0.3: () => voice && (voice.volume = 4),
            0.6: () => voice && (voice.volume = 1),
        });
        expect(deviation(0.5, 0.4)).toBeCloseTo(0, 1);
        expect(deviation(0.9, 0.1)).toBeCloseTo(0, 2);
        // A sine of 100 Hz with an amplitude of 0.4 rises by up to 0.0057 from sample to sample.
        expect(world.steepest(0, 1)).toBeLessThan(0.0065);
    });

    test("is not created for an engine that was disposed while the limiter's code was loaded", async () => {
        world = await AudioScene.CreateAsync();
        const before = graph.size;
        const host = AudioHost.For(world.audioEngine);
        const hold = VoiceBus.Hold(host);
        const input = hold.inputAsync;
        world.audioEngine.dispose();
        // An offline context never reports that it is closed, unlike a live one.
        Object.defineProperty(world.audioEngine, "state", { value: "closed" });
        const disposed = graph.size;
        await expect(input).resolves.toBeNull();
        expect(disposed).toBeLessThanOrEqual(before);
        expect(graph.size).toBe(disposed);
        hold.release();
    });

    test("is removed if Babylon creates its bus but not its sound source", async () => {
        world = await AudioScene.CreateAsync();
        const { nodes } = world.audioEngine;
        const before = nodes.size;
        const connections = graph.size;
        jest.spyOn(world.audioEngine, "createSoundSourceAsync").mockRejectedValue(new Error("no source"));
        const hold = VoiceBus.Hold(AudioHost.For(world.audioEngine));
        await expect(hold.inputAsync).rejects.toThrow("no source");
        await settleAsync();
        expect(nodes.size).toBe(before);
        expect(graph.size).toBe(connections);
        hold.release();
    });

    test.each([0, 1, 2, 3, 4, 5, 6])(
        "is removed if its last holder releases it %d microtasks after its parts exist",
        async (microtasks) => {
            world = await AudioScene.CreateAsync();
            const { nodes } = world.audioEngine;
            const before = nodes.size;
            const { createSoundSourceAsync } = world.audioEngine;
            const made = new Promise<void>((resolve) => {
                jest.spyOn(world.audioEngine, "createSoundSourceAsync").mockImplementation(async (...options) => {
                    const source = await createSoundSourceAsync.apply(world.audioEngine, options);
                    resolve();
                    return source;
                });
            });
            const hold = VoiceBus.Hold(AudioHost.For(world.audioEngine));
            await made;
            for (let i = 0; i < microtasks; i++) {
                await Promise.resolve();
            }
            hold.release();
            await hold.inputAsync.catch(() => undefined);
            await settleAsync();
            expect(nodes.size).toBe(before);
        },
    );

    test("is connected only while a voice is above 100 %, and is removed with the last voice", async () => {
        const [voice, other] = await humAsync([440, 0.1], [650, 0.1]);
        const connections = graph.size;
        if (!voice || !other) {
            throw new Error("There are no voices.");
        }
        voice.volume = 1.5;
        const limited = graph.size;
        expect(limited).toBeGreaterThan(connections);
        voice.volume = 1;
        jest.advanceTimersByTime(300);
        expect(graph.size).toBe(connections);
        other.volume = 2;
        expect(graph.size).toBe(limited);
        const { nodes } = world.audioEngine;
        voice.dispose();
        other.dispose();
        // Only the engine's main bus is left.
        expect(nodes.size).toBe(1);
        expect(world.openTracks).toBe(0);
    });
});
