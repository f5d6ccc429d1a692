import "@babylonjs/core/Audio/audioSceneComponent.js";
import { TargetCamera } from "@babylonjs/core/Cameras/targetCamera.js";
import { Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { Logger } from "@babylonjs/core/Misc/logger.js";
import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import { Scene } from "@babylonjs/core/scene.js";
import type { IListenerNodes } from "../../src/spatial/sceneListener.js";
import { SpatialVoice } from "../../src/spatial/spatialVoice.js";
import type { ISpatialVoiceOptions } from "../../src/spatial/spatialVoiceOptions.js";
import { VoiceRenderer } from "../../src/spatial/voiceRenderer.js";
import { ParameterWrites } from "./audioGraph.js";
import { AudioScene, Settle } from "./audioScene.js";
import type { IAudioSceneOptions } from "./audioScene.js";

let world: AudioScene;
afterEach(() => world.dispose());

async function openAsync(options: IAudioSceneOptions = {}): Promise<void> {
    world = await AudioScene.CreateAsync(options);
}

function nodeAt(x: number, y = 0, z = 0, name = "node"): TransformNode {
    const node = new TransformNode(name, world.scene);
    node.position.set(x, y, z);
    return node;
}

async function speakAsync(node: TransformNode, options: Partial<ISpatialVoiceOptions> = {}, scene = world.scene): Promise<SpatialVoice> {
    const voice = new SpatialVoice(scene, world.track, { audioEngine: world.audioEngine, panningModel: "equalpower", ...options });
    voice.node = node;
    await voice.readyAsync;
    return voice;
}

const choose = (listener: TransformNode | TargetCamera | IListenerNodes | null): void =>
    VoiceRenderer.For(world.scene, world.audioEngine).choose(listener);

function expectEars(at: number, left: number, right: number): void {
    const heard = world.earsAt(at);
    expect(heard.left).toBeCloseTo(left, 3);
    expect(heard.right).toBeCloseTo(right, 3);
}

/** Moves the listener to the player, as a third-person game does. */
type Mover = (listener: AudioScene["audioEngine"]["listener"], at: Vector3, turn: Quaternion) => void;

const movers: readonly (readonly [string, () => Mover])[] = [
    [
        "puts vectors of its own there",
        () => (listener, at, turn) => {
            listener.position = at;
            listener.rotationQuaternion = turn;
        },
    ],
    [
        "writes into Babylon's vectors",
        () => (listener, at, turn) => {
            listener.position.copyFrom(at);
            listener.rotationQuaternion.copyFrom(turn);
        },
    ],
    [
        "writes into Babylon's vectors, which it has kept from the start",
        () => {
            let kept: { readonly position: Vector3; readonly rotationQuaternion: Quaternion } | null = null;
            return (listener, at, turn) => {
                kept ??= { position: listener.position, rotationQuaternion: listener.rotationQuaternion };
                kept.position.copyFrom(at);
                kept.rotationQuaternion.copyFrom(turn);
            };
        },
    ],
    [
        "writes into the vectors that it finds at first",
        () => {
            let kept: { readonly position: Vector3; readonly rotationQuaternion: Quaternion } | null = null;
            return (listener, at, turn) => {
                kept = at.equalsToFloats(0, 0, 0)
                    ? null
                    : (kept ?? { position: listener.position, rotationQuaternion: listener.rotationQuaternion });
                kept?.position.copyFrom(at);
                kept?.rotationQuaternion.copyFrom(turn);
            };
        },
    ],
    [
        "writes angles",
        () => (listener, at, turn) => {
            listener.position.copyFrom(at);
            listener.rotation = turn.toEulerAngles();
        },
    ],
];

describe("An app that moves Babylon's listener itself", () => {
    /**
     * Renders an app with its own sound at the right of the player. The player is far from the camera, and the camera turns.
     * @returns 50 ms of the left and the right ear from 0.25 s, 0.45 s and 0.9 s
     */
    async function renderAppAsync(mover: Mover, panningModel: "HRTF" | "equalpower", withVoice: boolean): Promise<Float32Array[]> {
        await openAsync({ speak: (context) => new ConstantSourceNode(context, { offset: 0 }) });
        const { listener } = world.audioEngine;
        const tone = new OscillatorNode(world.context, { frequency: 3000 });
        tone.start();
        await world.audioEngine.createSoundSourceAsync("the app's own", tone, {
            spatialEnabled: true,
            spatialAutoUpdate: false,
            spatialPanningModel: panningModel,
            spatialDistanceModel: "inverse",
            spatialPosition: new Vector3(12, 0, 0),
        });
        const [at, turn] = [new Vector3(10, 0, 0), Quaternion.Identity()];
        mover(listener, Vector3.Zero(), turn);
        world.scene.onBeforeRenderObservable.add(() => {
            mover(listener, at, turn);
            // Twice, since Babylon passes a changed quaternion or changed angles to WebAudio, but not both at once.
            listener.update();
            listener.update();
        });
        if (withVoice) {
            await speakAsync(nodeAt(3, 0, 3), { panningModel });
        }
        world.camera.position.set(0, 5, -8);
        await world.renderAsync({
            0.3: () => world.camera.rotation.set(0.3, 1.2, 0),
            0.5: () => {
                at.set(14, 0, 0);
                Quaternion.FromEulerAnglesToRef(0, 0.3, 0, turn);
            },
        });
        const heard = [0.25, 0.45, 0.9].flatMap((from) =>
            [0, 1].map((ear) =>
                world.rendered
                    .getChannelData(ear)
                    .slice(from * 44100, (from + 0.05) * 44100)
                    // Removes the sign of zeros.
                    .map((sample) => sample + 0),
            ),
        );
        world.dispose();
        return heard;
    }

    test.each(movers.flatMap(([name, mover]) => (["equalpower", "HRTF"] as const).map((model) => [name, model, mover] as const)))(
        "and %s (%s) hears its own sound as without voices",
        async (_name, panningModel, mover) => {
            const without = await renderAppAsync(mover(), panningModel, false);
            const withVoice = await renderAppAsync(mover(), panningModel, true);
            expect(withVoice).toEqual(without);
            // The app's sound is first on the player's right, then on the left.
            expect(without[1]?.[999]).not.toEqual(without[5]?.[999]);
        },
    );

    test.each(movers)("and %s hears voices, and determines earshot, from its own listener", async (_name, mover) => {
        await openAsync();
        const { listener } = world.audioEngine;
        const [at, turn, move] = [new Vector3(50, 0, 0), Quaternion.Identity(), mover()];
        move(listener, Vector3.Zero(), turn);
        world.scene.onBeforeRenderObservable.add(() => move(listener, at, turn));
        const avatar = nodeAt(52);
        const voice = await speakAsync(avatar);
        await world.renderAsync({
            0.01: () => undefined,
            0.4: () => Quaternion.FromEulerAnglesToRef(0, Math.PI, 0, turn),
            0.41: () => undefined,
        });
        expect(voice.inEarshot).toBe(true);
        expectEars(Settle, 0, 1 / 2);
        expectEars(0.4 + Settle, 1 / 2, 0);
        world.camera.position.set(51, 0, 0);
        at.set(0, 0, 1);
        world.scene.render();
        world.scene.render();
        expect(voice.inEarshot).toBe(false);
    });

    test("keeps a listener that it has set once, before there are voices", async () => {
        await openAsync();
        const player = nodeAt(4);
        world.audioEngine.listener.position = player.position;
        await speakAsync(nodeAt(2));
        await world.renderAsync({ 0.4: () => (player.position.x = 0) });
        expectEars(Settle, 1 / 2, 0);
        expectEars(0.4 + Settle, 0, 1 / 2);
        expect(world.audioEngine.listener.position).toBe(player.position);
    });

    test("can use a mesh's own position vector as the listener's, without that mesh being moved", async () => {
        await openAsync();
        const player = nodeAt(0);
        world.audioEngine.listener.position = player.position;
        world.camera.position.set(0, 5, -8);
        await speakAsync(nodeAt(2));
        await world.renderAsync({ 0.4: () => (player.position.x = 4) });
        expect(player.position.asArray()).toEqual([4, 0, 0]);
        expectEars(0.4 + Settle, 1 / 2, 0);
    });

    test("keeps its listener while voices come and go, but not in another scene", async () => {
        await openAsync();
        const { listener } = world.audioEngine;
        const first = await speakAsync(nodeAt(2));
        world.scene.render();
        listener.position = new Vector3(4, 0, 0);
        world.scene.render();
        first.dispose();
        const second = await speakAsync(nodeAt(2));
        world.camera.position.x = 1;
        world.scene.render();
        expect(listener.position.x).toBe(4);
        second.dispose();

        const next = new Scene(world.engine);
        next.activeCamera = new TargetCamera("next", new Vector3(7, 0, 0), next);
        await speakAsync(new TransformNode("avatar", next), {}, next);
        next.render();
        next.render();
        expect(listener.position.x).toBe(7);
        next.dispose();
    });

    test("can write WebAudio's own listener parameters, and hears voices from there", async () => {
        await openAsync();
        const ear = world.context.listener;
        world.scene.onBeforeRenderObservable.add(() => {
            ear.positionX.value = 4;
            ear.forwardX.value = 0;
            ear.forwardZ.value = 1;
        });
        const voice = await speakAsync(nodeAt(2));
        world.camera.position.set(80, 0, 0);
        await world.renderAsync({
            0.01: () => undefined,
            0.02: () => world.camera.position.set(81, 0, 0),
        });
        // The listener is turned by 180°: -x is on its right.
        expectEars(0.02 + Settle, 0, 1 / 2);
        expect(voice.inEarshot).toBe(true);
    });
});

describe("An app that uses the listener providers of Babylon's deprecated audio", () => {
    test("hears voices from the provided position and direction", async () => {
        await openAsync();
        const player = nodeAt(50);
        const along = new Vector3(0, 0, -1);
        const scene = world.scene as { audioListenerPositionProvider: unknown; audioListenerRotationProvider: unknown };
        scene.audioListenerPositionProvider = () => player.position;
        const voice = await speakAsync(nodeAt(52));
        await world.renderAsync({ 0.4: () => (scene.audioListenerRotationProvider = () => along), 0.5: () => along.set(0, 0, 1) });
        expect(voice.inEarshot).toBe(true);
        expectEars(Settle, 0, 1 / 2);
        expectEars(0.5 + Settle, 1 / 2, 0);
        scene.audioListenerPositionProvider = scene.audioListenerRotationProvider = null;
        world.scene.render();
        expect(world.audioEngine.listener.position.x).toBeCloseTo(0, 6);
        expect(voice.inEarshot).toBe(false);
    });

    test("keeps a voice in earshot if a provider throws, which is logged once", async () => {
        await openAsync();
        const told = jest.spyOn(Logger, "Error").mockReturnValue(undefined);
        const scene = world.scene as { audioListenerPositionProvider: unknown };
        const voice = await speakAsync(nodeAt(2));
        scene.audioListenerPositionProvider = () => {
            throw new Error("the app's own mistake");
        };
        expect(() => [1, 2, 3].forEach(() => world.scene.render())).not.toThrow();
        expect(told.mock.calls.filter(([line]) => String(line).includes("audioListenerPositionProvider"))).toHaveLength(1);
        expect(voice.inEarshot).toBe(true);
        told.mockRestore();
    });

    test.each([
        ["is only read if the deprecated audio writes it", true],
        ["is written without ramps, at which the deprecated audio would throw, if that writes the camera's pose", false],
    ])("and plays deprecated sounds on the same engine: the listener %s", async (_name, hasProvider) => {
        await openAsync();
        const scene = world.scene as { audioListenerPositionProvider: unknown; mainSoundTrack: { soundCollection: unknown[] } };
        const holder = world.engine.constructor as { audioEngine?: unknown };
        const player = nodeAt(50);
        scene.audioListenerPositionProvider = hasProvider ? () => player.position : null;
        scene.mainSoundTrack.soundCollection.push({});
        holder.audioEngine = { _v2: world.audioEngine };
        const glides = jest.spyOn(AudioParam.prototype, "setValueCurveAtTime");
        const writes = new ParameterWrites();
        try {
            await speakAsync(nodeAt(hasProvider ? 52 : 2));
            world.scene.render();
            writes.take();
            const before = glides.mock.calls.length;
            player.position.x = 51;
            world.camera.position.x = 1;
            world.scene.render();
            expect(VoiceRenderer.For(world.scene, world.audioEngine).position.x).toBe(hasProvider ? 51 : 1);
            expect(writes.take()).toBe(hasProvider ? 0 : 1);
            expect(glides.mock.calls.length).toBe(before);
        } finally {
            writes.dispose();
            glides.mockRestore();
            delete holder.audioEngine;
            scene.mainSoundTrack.soundCollection.length = 0;
        }
    });

    test("gets no deprecated audio component in a scene without one", async () => {
        await openAsync();
        await speakAsync(nodeAt(2));
        world.scene.render();
        expect(world.scene._getComponent("Audio")).toBeNull();
    });
});

describe.each([
    ["left-handed", false],
    ["right-handed", true],
] as const)("The listener that an app chooses in a %s scene", (_name, rightHanded) => {
    /** Opens a scene with a node at x = 10 that faces away from the camera's direction of view, and with a voice 2 m from the node. */
    async function openChosenAsync(panningModel: "equalpower" | "HRTF" = "equalpower"): Promise<TransformNode> {
        await openAsync({ rightHanded });
        const player = nodeAt(10, 0, 0, "player");
        player.lookAt(new Vector3(10, 0, -world.ahead));
        await speakAsync(nodeAt(12), { panningModel });
        return player;
    }

    test("can be a node, with its position and orientation", async () => {
        const player = await openChosenAsync();
        choose(player);
        await world.renderAsync({ 0.4: () => player.position.set(14, 0, 0) });
        // The node faces the opposite direction, so the camera's right is the node's left.
        expectEars(Settle, 1 / 2, 0);
        expectEars(0.4 + Settle, 0, 1 / 2);
    });

    test("can be a node's position with the active camera's orientation", async () => {
        const player = await openChosenAsync();
        choose({ position: player });
        const other = new TargetCamera("other", new Vector3(0, 9, 0), world.scene);
        other.rotation.set(0, Math.PI, 0);
        await world.renderAsync({ 0.4: () => (world.scene.activeCamera = other) });
        expectEars(Settle, 0, 1 / 2);
        expectEars(0.4 + Settle, 1 / 2, 0);
    });

    test("can be a node's position with the orientation of another node or of a camera", async () => {
        const player = await openChosenAsync();
        const head = nodeAt(0, 0, 0, "head");
        head.lookAt(new Vector3(0, 0, world.ahead));
        choose({ position: player, orientation: head });
        await world.renderAsync({
            0.4: () => {
                world.camera.rotation.y = Math.PI;
                choose({ position: player, orientation: world.camera });
            },
        });
        expectEars(Settle, 0, 1 / 2);
        expectEars(0.4 + Settle, 1 / 2, 0);
    });

    test("can be a camera that is not active, and can change while voices are heard", async () => {
        const player = await openChosenAsync();
        const spectator = new TargetCamera("spectator", new Vector3(20, 0, 0), world.scene);
        spectator.rotation.set(0, 0, 0);
        world.scene.activeCamera = world.camera;
        choose(spectator);
        await world.renderAsync({ 0.3: () => choose(player), 0.6: () => choose(null) });
        expectEars(0.25, 1 / 8, 0);
        expectEars(0.55, 1 / 2, 0);
        expectEars(0.95, 0, 1 / 12);
    });

    test("is oriented correctly in a mirrored model, such as a glTF model in a left-handed scene", async () => {
        const player = await openChosenAsync();
        const root = new TransformNode("__root__", world.scene);
        root.scaling.z = -1;
        player.parent = root;
        player.position.set(10, 0, 0);
        player.rotationQuaternion = Quaternion.Identity();
        choose(player);
        await world.renderAsync();
        // The node's own +z is the world's -z.
        expectEars(Settle, rightHanded ? 0 : 1 / 2, rightHanded ? 1 / 2 : 0);
    });

    test("is replaced by the active camera once its node is disposed", async () => {
        const player = await openChosenAsync();
        choose(player);
        await world.renderAsync({ 0.4: () => player.dispose() });
        expectEars(Settle, 1 / 2, 0);
        expectEars(0.4 + Settle, 0, 1 / 12);
    });

    test("overrides what the app writes into Babylon's listener, until it is reset", async () => {
        const player = await openChosenAsync();
        const { listener } = world.audioEngine;
        let x = 30;
        world.scene.onBeforeRenderObservable.add(() => (listener.position = new Vector3(x++, 0, 0)));
        world.scene.render();
        choose(player);
        world.scene.render();
        expect(listener.position.x).toBe(10);
        choose(null);
        world.scene.render();
        world.scene.render();
        expect(listener.position.x).toBe(x - 1);
    });
});

test.each([[{}], [{ position: null }], [{ position: Vector3.Zero() }], ["camera"], [7], [{ position: "node", orientation: "camera" }]])(
    "%j is rejected as a listener, and changes nothing",
    async (wrong) => {
        await openAsync();
        const ears = nodeAt(3);
        choose(ears);
        expect(() => choose(wrong as unknown as TransformNode)).toThrow(expect.objectContaining({ code: "invalidArgument" }) as Error);
        expect(VoiceRenderer.For(world.scene, world.audioEngine).nodes?.position).toBe(ears);
    },
);

describe("One bad frame", () => {
    /** Faults that last for a few frames, with correct values before and after. Each function causes a fault and returns a function that ends it. */
    const faults: readonly (readonly [string, (player: TransformNode) => () => void])[] = [
        [
            "a camera at NaN",
            () => {
                world.camera.position.x = NaN;
                return () => (world.camera.position.x = 0);
            },
        ],
        [
            "a camera turned by NaN",
            () => {
                world.camera.rotation.y = NaN;
                return () => (world.camera.rotation.y = 0);
            },
        ],
        [
            "a camera at infinity",
            () => {
                world.camera.position.z = Infinity;
                return () => (world.camera.position.z = 0);
            },
        ],
        [
            "a camera in a rig without size",
            () => {
                const rig = nodeAt(0, 0, 0, "rig");
                rig.scaling.setAll(0);
                world.camera.parent = rig;
                return () => (world.camera.parent = null);
            },
        ],
        [
            "a chosen node without size",
            (player) => {
                choose(player);
                world.scene.render();
                player.scaling.setAll(0);
                return () => player.scaling.setAll(1);
            },
        ],
        [
            "a chosen node at NaN",
            (player) => {
                choose(player);
                world.scene.render();
                player.position.x = NaN;
                return () => (player.position.x = 0);
            },
        ],
        [
            "an app that writes NaN into Babylon's listener",
            () => {
                const { listener } = world.audioEngine;
                listener.position = Vector3.Zero();
                world.scene.render();
                listener.position.x = NaN;
                return () => (listener.position.x = 0);
            },
        ],
        [
            "a listener that is attached to a node at NaN",
            (player) => {
                const { listener } = world.audioEngine;
                listener.attach(player);
                listener.update();
                player.position.x = NaN;
                world.scene.onBeforeRenderObservable.add(() => listener.update());
                return () => (player.position.x = 0);
            },
        ],
    ];

    test.each(faults)("(%s) keeps the last pose: voices stay in earshot, and the log stays short", async (_name, breakIt) => {
        await openAsync();
        const warn = jest.spyOn(Logger, "Warn").mockImplementation(() => undefined);
        const voice = await speakAsync(nodeAt(2));
        const player = nodeAt(0, 0, 0, "player");
        player.rotation.y = Math.PI * 2;
        const earshot: boolean[] = [];
        voice.inEarshot$.subscribe((is) => earshot.push(is));
        let mend = (): void => undefined;
        await world.renderAsync({
            0.1: () => {
                mend = breakIt(player);
                for (let i = 0; i < 5; i++) {
                    world.scene.render();
                }
            },
            0.5: () => mend(),
        });
        expect(earshot).toEqual([true]);
        expectEars(0.45, 0, 1 / 2);
        expectEars(0.9, 0, 1 / 2);
        // Babylon itself warns if the app makes it write NaN.
        const limit = /Babylon's listener|attached/.test(_name) ? Infinity : 0;
        expect(warn.mock.calls.length).toBeLessThanOrEqual(limit);
        warn.mockRestore();
    });

    test.each([
        ["NaN", NaN],
        ["infinity", Infinity],
        ["a distance beyond the range of 32-bit floats", 1e39],
        ["a distance whose square is beyond that range", 1e30],
    ])("with an avatar at %s keeps the last position of its voice, and does not stop the render loop", async (_name, x) => {
        await openAsync();
        const avatar = nodeAt(2);
        const voice = await speakAsync(avatar, { maxDistance: Number.MAX_VALUE });
        // As with Babylon's `useHighPrecisionMatrix`: the elements of matrices are 64-bit floats.
        const matrix = avatar.getWorldMatrix();
        const exact = { m: Array.from(matrix.asArray()), updateFlag: 0 };
        avatar.getWorldMatrix = () => exact as unknown as typeof matrix;
        await world.renderAsync({ 0.3: () => (exact.m[12] = x), 0.6: () => (exact.m[12] = -2) });
        expect(voice.inEarshot).toBe(true);
        expectEars(0.25, 0, 1 / 2);
        expectEars(0.55, 0, 1 / 2);
        expectEars(0.95, 1 / 2, 0);
    });

    test("250 km from the origin, where 32-bit floats are 1.6 cm apart, a voice 1 m away is heard from its position", async () => {
        await openAsync();
        world.camera.position.x = 250_000;
        await speakAsync(nodeAt(250_001.01), { minDistance: 0.5 });
        await world.renderAsync();
        expect(world.earsAt(Settle).left).toBeCloseTo(0, 3);
        expect(Math.abs(world.earsAt(Settle).right - 0.5 / 1.01)).toBeLessThan(0.01);
    });

    test("with an avatar without size keeps the last position and direction of its voice", async () => {
        await openAsync();
        const avatar = nodeAt(2);
        avatar.rotation.y = -Math.PI / 2 + 0.2;
        await speakAsync(avatar, { coneInnerAngle: 1, coneOuterAngle: 2, coneOuterVolume: 0.1 });
        await world.renderAsync({
            0.3: () => avatar.scaling.setAll(0),
            0.6: () => (avatar.rotation.y = Math.PI / 2),
            0.7: () => avatar.scaling.setAll(1),
        });
        expect(world.earsAt(0.25).right).toBeGreaterThan(0.01);
        expect(world.earsAt(0.55)).toEqual(world.earsAt(0.25));
        expect(world.earsAt(0.95).right).not.toBeCloseTo(world.earsAt(0.25).right, 1);
    });
});

test("a rendered scene keeps its own camera as the listener beside a scene that is not rendered", async () => {
    await openAsync();
    (globalThis as { window?: unknown }).window = new EventTarget();
    jest.useFakeTimers({ doNotFake: ["setImmediate", "queueMicrotask", "nextTick", "performance", "Date"] });
    const still = new Scene(world.engine);
    try {
        still.activeCamera = new TargetCamera("still", new Vector3(7, 0, 0), still);
        await speakAsync(new TransformNode("avatar", still), {}, still);
        await speakAsync(nodeAt(2));
        const { listener } = world.audioEngine;
        const at: number[] = [];
        for (let frame = 0; frame < 40; frame++) {
            world.camera.position.x = frame * 0.01;
            world.engine.beginFrame();
            world.scene.render();
            world.engine.endFrame();
            // A frame that another scene of the app renders.
            world.engine.beginFrame();
            world.engine.endFrame();
            jest.advanceTimersByTime(100);
            at.push(listener.position.x);
        }
        expect(Math.max(...at.slice(2))).toBeLessThan(1);
    } finally {
        still.dispose();
        jest.useRealTimers();
        delete (globalThis as { window?: unknown }).window;
    }
});

test("nothing is written to a listener that stands still, whatever has set its pose", async () => {
    await openAsync();
    const writes = new ParameterWrites();
    await speakAsync(nodeAt(2), { panningModel: "HRTF" });
    for (const start of [
        () => undefined,
        () => choose(nodeAt(1)),
        () => choose(null),
        () => (world.audioEngine.listener.position = new Vector3(1, 0, 0)),
    ]) {
        start();
        for (let i = 0; i < 4; i++) {
            world.scene.render();
        }
        writes.take();
        world.scene.render();
        world.scene.render();
        expect(writes.take()).toBe(0);
    }
    writes.dispose();
});
