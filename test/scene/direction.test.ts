import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import { TargetCamera } from "@babylonjs/core/Cameras/targetCamera.js";
import { Space } from "@babylonjs/core/Maths/math.axis.js";
import { Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { Logger } from "@babylonjs/core/Misc/logger.js";
import type { ISpatialVoiceOptions } from "../../src/spatial/spatialVoiceOptions.js";
import { SpatialVoice } from "../../src/spatial/spatialVoice.js";
import { AudioScene, Settle } from "./audioScene.js";
import type { IAudioSceneOptions } from "./audioScene.js";

let world: AudioScene;

async function openAsync(options: IAudioSceneOptions = {}): Promise<void> {
    world = await AudioScene.CreateAsync(options);
}

afterEach(() => world.dispose());

function avatarAt(x: number, y = 0, z = 0): TransformNode {
    const avatar = new TransformNode("avatar", world.scene);
    avatar.position.set(x, y, z);
    return avatar;
}

async function speakAsync(node: TransformNode, options: Partial<ISpatialVoiceOptions> = {}): Promise<SpatialVoice> {
    const voice = new SpatialVoice(world.scene, world.track, { audioEngine: world.audioEngine, panningModel: "equalpower", ...options });
    voice.node = node;
    await voice.readyAsync;
    return voice;
}

/** The equal-power law of the WebAudio specification for one source channel. The angle is measured from straight ahead to the right, in radians. */
function equalPower(angle: number): { left: number; right: number } {
    const folded = Math.asin(Math.sin(angle));
    const x = (folded + Math.PI / 2) / Math.PI;
    return { left: Math.cos((x * Math.PI) / 2), right: Math.sin((x * Math.PI) / 2) };
}

function expectEars(at: number, ears: { left: number; right: number }): void {
    const heard = world.earsAt(at);
    expect(heard.left).toBeCloseTo(ears.left, 3);
    expect(heard.right).toBeCloseTo(ears.right, 3);
}

test("Babylon's ramps work in this environment, as all other tests require", async () => {
    const warn = jest.spyOn(Logger, "Warn");
    await openAsync();
    const source = new ConstantSourceNode(world.context);
    source.start();
    const sound = await world.audioEngine.createSoundSourceAsync("plain", source, {
        spatialEnabled: true,
        spatialAutoUpdate: false,
        spatialPosition: new Vector3(5, 0, 0),
        spatialMaxDistance: 10,
    });
    await world.renderAsync();
    expect(warn).not.toHaveBeenCalled();
    // The level falls linearly from 1 m to 10 m: at 5 m it is 1 - 4 / 9, at the right ear.
    expectEars(Settle, { left: 0, right: 5 / 9 });
    sound.dispose();
    warn.mockRestore();
});

test("a track with two channels, as browsers deliver remote tracks, is panned as one voice", async () => {
    await openAsync({
        speak: (context) => {
            const buffer = new AudioBuffer({ length: 128, numberOfChannels: 2, sampleRate: context.sampleRate });
            buffer.getChannelData(0).fill(1);
            buffer.getChannelData(1).fill(1);
            return new AudioBufferSourceNode(context, { buffer, loop: true });
        },
    });
    const avatar = avatarAt(-2);
    await speakAsync(avatar);
    await world.renderAsync({ 0.5: () => avatar.position.set(0, 0, 2) });
    expectEars(Settle, { left: 1 / 2, right: 0 });
    expectEars(0.5 + Settle, { left: Math.SQRT1_2 / 2, right: Math.SQRT1_2 / 2 });
});

test.each([8_000, 16_000, 48_000, 96_000, 192_000])("a context of %d Hz has the same directions and distances", async (sampleRate) => {
    await openAsync({ sampleRate });
    const avatar = avatarAt(-2);
    await speakAsync(avatar);
    await world.renderAsync({ 0.5: () => avatar.position.set(4, 0, 0) });
    expectEars(Settle, { left: 1 / 2, right: 0 });
    expectEars(0.5 + Settle, { left: 0, right: 1 / 4 });
});

describe.each([
    ["left-handed", false],
    ["right-handed", true],
] as const)("in a %s scene", (_name, rightHanded) => {
    const open = (options: IAudioSceneOptions = {}): Promise<void> => openAsync({ ...options, rightHanded });

    test("a voice on the left is in the left ear only, and moves to the right ear with its avatar", async () => {
        await open();
        const avatar = avatarAt(-2);
        await speakAsync(avatar);
        await world.renderAsync({ 0.5: () => avatar.position.set(4, 0, 0) });
        expectEars(Settle, { left: 1 / 2, right: 0 });
        expectEars(0.5 + Settle, { left: 0, right: 1 / 4 });
    });

    test.each([0, 30, 60, 90, 135, 180, 270])("a voice at %d degrees is panned by the equal power law", async (degrees) => {
        await open();
        const angle = (degrees * Math.PI) / 180;
        await speakAsync(avatarAt(2 * Math.sin(angle), 0, world.ahead * 2 * Math.cos(angle)));
        await world.renderAsync();
        const law = equalPower(angle);
        expectEars(Settle, { left: law.left / 2, right: law.right / 2 });
    });

    test("turning the camera by 180° swaps the ears", async () => {
        await open();
        await speakAsync(avatarAt(-2));
        await world.renderAsync({ 0.5: () => (world.camera.rotation.y = Math.PI) });
        expectEars(Settle, { left: 1 / 2, right: 0 });
        expectEars(0.5 + Settle, { left: 0, right: 1 / 2 });
    });

    test("moving the camera away makes the voice softer", async () => {
        await open();
        await speakAsync(avatarAt(-2));
        await world.renderAsync({ 0.5: () => (world.camera.position.x = 6) });
        expectEars(Settle, { left: 1 / 2, right: 0 });
        expectEars(0.5 + Settle, { left: 1 / 8, right: 0 });
    });

    test("an avatar in a moved, turned and scaled parent is heard from its world position", async () => {
        await open();
        const parent = new TransformNode("parent", world.scene);
        parent.position.set(1, 2, 3);
        parent.scaling.set(2, 0.5, 4);
        parent.rotation.y = 0.7;
        const avatar = avatarAt(0);
        avatar.parent = parent;
        avatar.setAbsolutePosition(new Vector3(4, 0, 0));
        await speakAsync(avatar);
        await world.renderAsync({ 0.5: () => parent.position.addInPlaceFromFloats(4, 0, 0) });
        expectEars(Settle, { left: 0, right: 1 / 4 });
        expectEars(0.5 + Settle, { left: 0, right: 1 / 8 });
    });

    test("a camera in a parent listens from its world position", async () => {
        await open();
        const rig = new TransformNode("rig", world.scene);
        rig.position.set(10, 0, 0);
        rig.scaling.setAll(3);
        rig.rotation.y = Math.PI;
        world.camera.parent = rig;
        await speakAsync(avatarAt(8));
        await world.renderAsync();
        expectEars(Settle, { left: 0, right: 1 / 2 });
    });

    test("the active camera is the listener, also after it changes, as on entering XR", async () => {
        await open();
        await speakAsync(avatarAt(2));
        const headset = new TargetCamera("headset", new Vector3(6, 0, 0), world.scene);
        headset.rotationQuaternion = Quaternion.Identity();
        await world.renderAsync({ 0.5: () => (world.scene.activeCamera = headset) });
        expectEars(Settle, { left: 0, right: 1 / 2 });
        expectEars(0.5 + Settle, { left: 1 / 4, right: 0 });
    });

    test("a position or rotation that the app writes into Babylon's listener is used from then on", async () => {
        await open();
        await speakAsync(avatarAt(2));
        const { listener } = world.audioEngine;
        await world.renderAsync({
            0.1: () => listener.position.copyFromFloats(4, 0, 0),
            0.5: () => listener.rotationQuaternion.copyFromFloats(0, 1, 0, 0),
        });
        expectEars(0.1 + Settle, { left: 1 / 2, right: 0 });
        expectEars(0.5 + Settle, { left: 0, right: 1 / 2 });
    });

    test("the first of several active cameras is the listener", async () => {
        await open();
        await speakAsync(avatarAt(2));
        const map = new TargetCamera("mini map", new Vector3(6, 0, 0), world.scene);
        world.scene.activeCameras = [world.camera, map];
        await world.renderAsync({ 0.5: () => undefined });
        expectEars(0.5 + Settle, { left: 0, right: 1 / 2 });
    });

    describe("with HRTF", () => {
        const noise = (context: BaseAudioContext): AudioScheduledSourceNode => {
            const buffer = new AudioBuffer({ length: context.sampleRate / 10, sampleRate: context.sampleRate });
            let seed = 1;
            buffer.copyToChannel(
                Float32Array.from({ length: buffer.length }, () => {
                    seed = (seed * 16807) % 2147483647;
                    return seed / 1073741824 - 1;
                }),
                0,
            );
            return new AudioBufferSourceNode(context, { buffer, loop: true });
        };

        /** Both ears of WebAudio's own rendering of the noise at a position. The listener is at the origin and looks along -z. */
        async function plainAsync(x: number, y: number, z: number, options: PannerOptions = {}): Promise<Float32Array> {
            const context = new OfflineAudioContext(2, world.context.length, world.context.sampleRate);
            const source = noise(context);
            const panner = new PannerNode(context, { ...options, panningModel: "HRTF", positionX: x, positionY: y, positionZ: z });
            source.connect(panner).connect(context.destination);
            source.start();
            return settled(await context.startRendering());
        }

        /** The left ear, followed by the right one. */
        const settled = (buffer: AudioBuffer): Float32Array =>
            Float32Array.from([0, 1].flatMap((ear) => [...buffer.getChannelData(ear).slice(Settle * buffer.sampleRate)]));

        function difference(a: Float32Array, b: Float32Array): number {
            const energy = (samples: Float32Array): number => samples.reduce((sum, sample) => sum + sample * sample, 0);
            return energy(a.map((sample, i) => sample - (b[i] ?? 0))) / energy(b);
        }

        test.each([
            ["ahead", 0, 0, 2],
            ["behind", 0, 0, -2],
            ["above and behind to the left", -1, 1, -1],
        ])("a voice %s sounds like a plain panner there, and not like a mirrored one", async (_where, x, y, front) => {
            await open({ speak: noise });
            // An arbitrary pose of the camera. The avatar's position is relative to it.
            world.camera.position.set(3, 1, -5);
            world.camera.rotation.set(0.2, 1.1, 0.1);
            const avatar = avatarAt(x, y, world.ahead * front);
            avatar.parent = world.camera;
            await speakAsync(avatar, { panningModel: "HRTF" });
            await world.renderAsync();
            const heard = settled(world.rendered);
            expect(difference(heard, await plainAsync(x, y, -front))).toBeLessThan(1e-3);
            expect(difference(heard, await plainAsync(x, y, front))).toBeGreaterThan(0.1);
        });

        test("a voice is heard from its new side when only the camera turns", async () => {
            await open({ speak: noise });
            await speakAsync(avatarAt(0, 0, world.ahead * 2), { panningModel: "HRTF" });
            await world.renderAsync({ 0.01: () => (world.camera.rotation.y = Math.PI) });
            expect(difference(settled(world.rendered), await plainAsync(0, 0, 2))).toBeLessThan(1e-3);
        });

        test.each([
            ["towards the listener", 0, 1, 1],
            ["away from the listener", 0, -1, -1],
            ["past the listener", 0.6, 0.8, 0.8],
        ])("the cone of a voice ahead that faces %s is that of a plain panner", async (_where, x, back, z) => {
            await open({ speak: noise });
            world.camera.position.set(3, 1, -5);
            world.camera.rotation.set(0.2, 1.1, 0.1);
            const avatar = avatarAt(0, 0, world.ahead * 2);
            avatar.parent = world.camera;
            avatar.lookAt(new Vector3(x, 0, world.ahead * (2 - back)), 0, 0, 0, Space.LOCAL);
            const cone = { coneInnerAngle: 1, coneOuterAngle: 4, coneOuterVolume: 0.1 };
            await speakAsync(avatar, { panningModel: "HRTF", ...cone });
            await world.renderAsync();
            const heard = settled(world.rendered);
            const plain = {
                orientationX: x,
                orientationY: 0,
                orientationZ: z,
                coneInnerAngle: (1 * 180) / Math.PI,
                coneOuterAngle: (4 * 180) / Math.PI,
                coneOuterGain: 0.1,
            };
            expect(difference(heard, await plainAsync(0, 0, -2, plain))).toBeLessThan(1e-3);
            expect(difference(heard, await plainAsync(0, 0, -2, { ...plain, orientationZ: -z }))).toBeGreaterThan(0.1);
        });
    });
});

describe("The level over distance", () => {
    const cases = [1.5, 2, 8, 19].flatMap((distance) =>
        ([0.5, 1] as const).flatMap((rolloff) => [
            ["inverse", distance, rolloff, 1 / (1 + rolloff * (distance - 1))] as const,
            ["linear", distance, rolloff, 1 - (rolloff * (distance - 1)) / (20 - 1)] as const,
            ["exponential", distance, rolloff, Math.pow(distance, -rolloff)] as const,
        ]),
    );
    test.each(cases)("is that of the %s model at %d m with a rolloff of %d", async (distanceModel, distance, rolloffFactor, gain) => {
        await openAsync();
        await speakAsync(avatarAt(distance), { distanceModel, rolloffFactor, maxDistance: 20 });
        await world.renderAsync();
        expectEars(Settle, { left: 0, right: gain });
    });

    test("does not increase within the minimum distance", async () => {
        await openAsync();
        await speakAsync(avatarAt(1), { minDistance: 2 });
        await world.renderAsync();
        expectEars(Settle, { left: 0, right: 1 });
    });

    test("follows option changes during playback", async () => {
        await openAsync();
        const voice = await speakAsync(avatarAt(8));
        await world.renderAsync({
            0.5: () => voice.setOptions({ distanceModel: "linear", minDistance: 2, maxDistance: 14, rolloffFactor: 0.5 }),
        });
        expectEars(Settle, { left: 0, right: 1 / 8 });
        expectEars(0.5 + Settle, { left: 0, right: 1 - (0.5 * 6) / 12 });
    });

    test("follows option changes before Babylon's sound is created", async () => {
        await openAsync();
        const voice = new SpatialVoice(world.scene, world.track, { audioEngine: world.audioEngine });
        voice.node = avatarAt(0, 0, 2);
        await Promise.resolve();
        voice.setOptions({ panningModel: "equalpower", rolloffFactor: 0.5 });
        await voice.readyAsync;
        await world.renderAsync();
        expectEars(Settle, { left: Math.SQRT1_2 / 1.5, right: Math.SQRT1_2 / 1.5 });
    });
});
