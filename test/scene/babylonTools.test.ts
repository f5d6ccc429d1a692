import type { AbstractSoundSource } from "@babylonjs/core/AudioV2/abstractAudio/abstractSoundSource.js";
import { SpatialAudioGizmo } from "@babylonjs/core/Gizmos/spatialAudioGizmo.js";
import { Space } from "@babylonjs/core/Maths/math.axis.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { Logger } from "@babylonjs/core/Misc/logger.js";
import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import { UtilityLayerRenderer } from "@babylonjs/core/Rendering/utilityLayerRenderer.js";
import { SpatialVoice } from "../../src/spatial/spatialVoice.js";
import type { ISpatialVoiceOptions } from "../../src/spatial/spatialVoiceOptions.js";
import { AudioScene, Settle } from "./audioScene.js";

let world: AudioScene;
afterEach(() => world.dispose());

const noise = (context: BaseAudioContext): AudioScheduledSourceNode => {
    const buffer = new AudioBuffer({ length: context.sampleRate / 10, sampleRate: context.sampleRate });
    let seed = 1;
    buffer.copyToChannel(
        Float32Array.from({ length: buffer.length }, () => (seed = (seed * 16807) % 2147483647) / 1073741824 - 1),
        0,
    );
    return new AudioBufferSourceNode(context, { buffer, loop: true });
};

/** Creates a voice and its avatar, and Babylon's gizmo in the same way as the Inspector. */
async function inspectAsync(options: Partial<ISpatialVoiceOptions> = {}): Promise<{
    voice: SpatialVoice;
    avatar: TransformNode;
    source: AbstractSoundSource;
    seen: () => Vector3;
}> {
    const made = jest.spyOn(world.audioEngine, "createSoundSourceAsync");
    const avatar = new TransformNode("avatar", world.scene);
    avatar.position.set(-3, 1, 2);
    const voice = new SpatialVoice(world.scene, world.track, { audioEngine: world.audioEngine, name: "Bob", ...options });
    voice.node = avatar;
    await voice.readyAsync;
    const source = (await made.mock.results[made.mock.calls.findIndex(([name]) => name === "Bob")]?.value) as AbstractSoundSource;
    made.mockRestore();
    const layer = new UtilityLayerRenderer(world.scene);
    const gizmo = new SpatialAudioGizmo(layer);
    gizmo.soundSource = source;
    const seen = (): Vector3 => {
        layer.utilityLayerScene.onBeforeRenderObservable.notifyObservers(layer.utilityLayerScene);
        return gizmo.attachedMesh?.position.clone() ?? Vector3.Zero();
    };
    return { voice, avatar, source, seen };
}

describe.each([
    ["left-handed", false],
    ["right-handed", true],
] as const)("Babylon's Inspector in a %s scene", (_name, rightHanded) => {
    test.each(["HRTF", "equalpower"] as const)(
        "draws a voice (%s) within 1 cm of its avatar, and it is heard from there, however the camera turns",
        async (panningModel) => {
            world = await AudioScene.CreateAsync({ rightHanded, speak: noise });
            const { avatar, seen } = await inspectAsync({ panningModel });
            const apart: number[] = [];
            const look = (): void => void apart.push(Vector3.Distance(seen(), avatar.getAbsolutePosition()));
            world.camera.position.set(1, 1, 1);
            await world.renderAsync({
                0.1: look,
                // The camera turns by 180°: what was on the left is now on the right.
                0.4: () => (world.camera.rotation.y = Math.PI),
                0.5: look,
                0.6: () => avatar.position.set(-5, 0.5, 3),
                0.7: look,
            });
            expect(apart).toHaveLength(3);
            expect(Math.max(...apart)).toBeLessThan(0.01);
            const [before, after] = [world.earsAt(0.35), world.earsAt(0.9)];
            expect(before.left).toBeGreaterThan(1.5 * before.right);
            expect(after.right).toBeGreaterThan(1.5 * after.left);
        },
    );

    test("draws a voice at its avatar while silenced, out of earshot, and after the avatar is disposed", async () => {
        world = await AudioScene.CreateAsync({ rightHanded });
        const { voice, avatar, seen } = await inspectAsync();
        world.camera.rotation.y = 0.4;
        world.scene.render();
        voice.audible = false;
        avatar.position.set(2, 0, 5);
        world.scene.render();
        expect(seen().asArray()).toEqual([2, 0, 5]);
        voice.audible = true;
        avatar.position.set(90, 0, 5);
        world.scene.render();
        expect(voice.inEarshot).toBe(false);
        avatar.position.set(95, 0, 5);
        world.scene.render();
        expect(seen().asArray()).toEqual([95, 0, 5]);
        avatar.dispose();
        world.scene.render();
        expect(seen().asArray()).toEqual([95, 0, 5]);
    });

    test("reads the direction of the avatar as that of the cone", async () => {
        world = await AudioScene.CreateAsync({ rightHanded });
        const { avatar, source } = await inspectAsync({ coneInnerAngle: 1, coneOuterAngle: 2 });
        avatar.lookAt(new Vector3(0.6, 0, 0.8), 0, 0, 0, Space.LOCAL);
        world.camera.rotation.y = 0.4;
        world.scene.render();
        const { x, y, z } = source.spatial.orientation;
        const facing = avatar.getDirection(new Vector3(0, 0, 1));
        [x - facing.x, y - facing.y, z - facing.z].forEach((difference) => expect(difference).toBeCloseTo(0, 5));
    });

    test("draws a voice at its avatar if Babylon's setters move the voice", async () => {
        const rate = Object.getOwnPropertyDescriptor(AudioParam.prototype, "automationRate") ?? {};
        Object.defineProperty(AudioParam.prototype, "automationRate", { configurable: true, get: () => undefined, set: () => undefined });
        const warn = jest.spyOn(Logger, "Warn").mockImplementation(() => undefined);
        try {
            world = await AudioScene.CreateAsync({ rightHanded, speak: noise });
            const { avatar, seen } = await inspectAsync();
            world.camera.position.set(1, 1, 1);
            await world.renderAsync({ 0.4: () => avatar.position.set(5, 0.5, 3) });
            expect(seen().asArray()).toEqual([5, 0.5, 3]);
            expect(world.earsAt(Settle).left).toBeGreaterThan(1.5 * world.earsAt(Settle).right);
            expect(world.earsAt(0.9).right).toBeGreaterThan(1.5 * world.earsAt(0.9).left);
        } finally {
            Object.defineProperty(AudioParam.prototype, "automationRate", rate);
            warn.mockRestore();
        }
    });
});
