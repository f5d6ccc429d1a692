import { TargetCamera } from "@babylonjs/core/Cameras/targetCamera.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import { Scene } from "@babylonjs/core/scene.js";
import { MemberVoices } from "../../src/rtc/remote/memberVoices.js";
import { VoicePreferences } from "../../src/rtc/remote/voicePreferences.js";
import type { ISpatialVoiceOptions } from "../../src/spatial/spatialVoiceOptions.js";
import { remoteVoice } from "../fakes/remoteVoice.js";
import { AudioScene, SampleRate, Settle } from "./audioScene.js";

/** Maximum gap caused by a move, in seconds. */
const longestGap = 0.06;

/** Waits until pending promise callbacks have run. */
const turnsAsync = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("A voice whose listener moves to another scene", () => {
    let world: AudioScene;
    let next: Scene;
    let voices: MemberVoices;
    /** Position of Bob's avatar, by scene. */
    let avatars: Map<Scene, TransformNode>;

    /** Places Bob 2 m to the left of the camera of a scene; the camera is at `x`. */
    const placeBob = (scene: Scene, x = 0): void => {
        const avatar = new TransformNode("bob", scene);
        avatar.position.x = x - 2;
        avatars.set(scene, avatar);
    };
    const openAsync = async (spatial: Partial<ISpatialVoiceOptions> = {}, cameraX = 0, rightHanded = false): Promise<void> => {
        world = await AudioScene.CreateAsync({ seconds: 2 });
        next = new Scene(world.engine);
        next.useRightHandedSystem = rightHanded;
        const camera = new TargetCamera("camera", new Vector3(cameraX, 0, 0), next);
        camera.rotation.setAll(0);
        avatars = new Map();
        let asked = world.scene;
        voices = new MemberVoices({
            scene: world.scene,
            audioEngine: world.audioEngine,
            spatial: { panningModel: "equalpower", ...spatial },
            avatars: new Map(),
            avatarOf: () => avatars.get(asked) ?? null,
            preferences: new VoicePreferences(null, true),
            onError: (error) => {
                throw error;
            },
        });
        voices.scene$.subscribe((scene) => (asked = scene));
        const bob = remoteVoice("bob", { name: "Bob", track: world.track });
        voices.update(new Map([["bob", bob]]), null);
        await voices.voiceOf("bob")?.spatial?.readyAsync;
    };
    /** Moves to the next scene after half a second, and renders only that scene from then on. */
    const moveAsync = async (later: () => void = () => undefined): Promise<void> => {
        await voices.voiceOf("bob")?.spatial?.readyAsync;
        await world.renderAsync({
            0.5: () => {
                voices.moveTo(next);
                world.scene.dispose();
                jest.spyOn(world.scene, "render").mockImplementation(() => next.render());
            },
            1: later,
        });
    };
    /** Longest period, in seconds, in which the louder ear is below half of `level`. */
    const gapBelow = (level: number, from: number, to: number): number => {
        const window = 0.005;
        let longest = 0;
        let gap = 0;
        for (let at = from; at < to; at += window) {
            const samples = [0, 1].map((channel) =>
                world.rendered.getChannelData(channel).subarray(Math.round(at * SampleRate), Math.round((at + window) * SampleRate)),
            );
            const loudest = Math.max(...samples.map((part) => Math.sqrt(part.reduce((sum, x) => sum + x * x, 0) / part.length)));
            gap = loudest < level / 2 ? gap + window : 0;
            longest = Math.max(longest, gap);
        }
        return longest;
    };

    beforeEach(() => {
        jest.useFakeTimers({ doNotFake: ["setImmediate", "queueMicrotask", "nextTick", "performance", "Date"] });
    });

    afterEach(() => {
        voices.dispose();
        next.dispose();
        world.dispose();
        jest.useRealTimers();
    });

    it.each([
        ["the same place", 0, false],
        ["another place, a kilometre away", 1_000, false],
        ["the same place in a right-handed scene", 0, true],
    ])("continues without a gap from its avatar in %s", async (_where, x, rightHanded) => {
        await openAsync({}, x, rightHanded);
        placeBob(world.scene);
        placeBob(next, x);
        world.scene.render();
        await moveAsync();
        for (const at of [0.44, 0.5, 0.51, 0.55, 0.6, 1.5]) {
            // The jump of the voice may come one block of 128 samples before or after that of the listener.
            expect(world.earsAt(at).left).toBeGreaterThan(0.48);
            expect(world.earsAt(at).left).toBeLessThan(0.51);
            expect(world.earsAt(at).right).toBeCloseTo(0, 2);
        }
        expect(gapBelow(0.5, 0.4, 1.9)).toBe(0);
    });

    it("jumps to its new position, without being heard in between", async () => {
        await openAsync({}, 100);
        placeBob(world.scene);
        const avatar = new TransformNode("bob", next);
        avatar.position.x = 104;
        avatars.set(next, avatar);
        world.scene.render();
        await moveAsync();
        expect(world.earsAt(0.44).left).toBeCloseTo(0.5, 2);
        expect(world.earsAt(0.51).right).toBeCloseTo(0.25, 2);
        expect(world.earsAt(0.51).left).toBeCloseTo(0, 2);
        expect(gapBelow(0.25, 0.4, 1.9)).toBe(0);
    });

    it("continues as a voice without an avatar, and moves to an avatar that is added later", async () => {
        await openAsync({}, 500);
        placeBob(world.scene);
        world.scene.render();
        await moveAsync(() => placeBob(next, 500));
        expect(world.earsAt(0.5 + Settle).left).toBeCloseTo(Math.SQRT1_2, 2);
        expect(world.earsAt(0.5 + Settle).right).toBeCloseTo(Math.SQRT1_2, 2);
        expect(world.earsAt(1.5).left).toBeCloseTo(0.5, 2);
        expect(world.earsAt(1.5).right).toBeCloseTo(0, 2);
        expect(gapBelow(0.5, 0.4, 1.9)).toBe(0);
    });

    it("continues without an avatar in either scene", async () => {
        await openAsync();
        await moveAsync();
        expect(gapBelow(Math.SQRT1_2, Settle, 1.9)).toBe(0);
        expect(world.earsAt(0.51).left).toBeCloseTo(Math.SQRT1_2, 2);
    });

    it("moves to its avatar if it has one in the new scene only", async () => {
        await openAsync({}, 50);
        placeBob(next, 50);
        await moveAsync();
        expect(world.earsAt(1).left).toBeCloseTo(0.5, 2);
        expect(gapBelow(0.5, Settle, 1.9)).toBe(0);
    });

    it("enters earshot with the move, and leaves it later", async () => {
        await openAsync({ maxDistance: 10 }, 0);
        const far = new TransformNode("bob", world.scene);
        far.position.x = -20;
        avatars.set(world.scene, far);
        placeBob(next);
        world.scene.render();
        await moveAsync(() => (avatars.get(next) ?? far).position.set(30, 0, 0));
        expect(world.loudest(0.3, 0.5)).toBe(0);
        expect(world.earsAt(0.5 + Settle).left).toBeCloseTo(0.5, 2);
        expect(world.loudest(1.5, 1.9)).toBe(0);
    });

    it('is silent without an avatar if withoutAvatar is "silent"', async () => {
        await openAsync({ withoutAvatar: "silent" });
        placeBob(world.scene);
        world.scene.render();
        await moveAsync(() => placeBob(next));
        expect(world.loudest(0.7, 1)).toBe(0);
        expect(world.earsAt(1.5).left).toBeCloseTo(0.5, 2);
    });

    it("has no gap above 60 ms with HRTF", async () => {
        await openAsync({ panningModel: "HRTF" }, 1_000);
        placeBob(world.scene);
        placeBob(next, 1_000);
        world.scene.render();
        await moveAsync();
        const level = world.earsAt(0.4).left;
        expect(level).toBeGreaterThan(0.1);
        expect(world.earsAt(1.5).left).toBeCloseTo(level, 1);
        expect(gapBelow(level, 0.4, 1.9)).toBeLessThanOrEqual(longestGap);
    });

    it("leaves no nodes, tracks or observers behind after several moves", async () => {
        await openAsync();
        placeBob(world.scene);
        placeBob(next);
        world.scene.render();
        await turnsAsync();
        jest.advanceTimersByTime(200);
        const nodes = world.audioEngine.nodes.size;
        const observersOf = (scene: Scene): number[] => [
            scene.onAfterRenderObservable.observers.length,
            scene.onBeforeRenderObservable.observers.length,
        ];
        for (let i = 0; i < 3; i++) {
            voices.moveTo(next);
            await turnsAsync();
            jest.advanceTimersByTime(200);
            expect(observersOf(world.scene)).toEqual([0, 0]);
            voices.moveTo(world.scene);
            await turnsAsync();
            jest.advanceTimersByTime(200);
            expect(observersOf(next)).toEqual([0, 0]);
        }
        expect(world.audioEngine.nodes.size).toBe(nodes);
        expect(world.openTracks).toBe(1);
    });
});
