/** @jest-environment ./test/scene/audioEnvironment.cjs */
import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import { TargetCamera } from "@babylonjs/core/Cameras/targetCamera.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import type { Node } from "@babylonjs/core/node.js";
import { Scene } from "@babylonjs/core/scene.js";
import type { RtcError } from "../../src/errors/rtcError.js";
import { RtcPlugin } from "../../src/rtcPlugin.js";
import type { IRtcPluginOptions } from "../../src/rtcPlugin.js";
import { SpatialVoice } from "../../src/spatial/spatialVoice.js";
import { VoiceRenderer } from "../../src/spatial/voiceRenderer.js";
import { FakeMicrophone, installFakeMicrophone } from "../fakes/fakeMicrophone.js";
import { installFakeMedia } from "../fakes/fakeMedia.js";
import { FakeRoomSource } from "../../src/testing/fakeRoomSource.js";
import { FakeVoiceSession } from "../../src/testing/fakeVoiceSession.js";
import { FakeVoiceTransport } from "../../src/testing/fakeVoiceTransport.js";
import { settleAsync } from "../fakes/settle.js";
import { AudioScene } from "../scene/audioScene.js";

describe("RtcPlugin", () => {
    let world: AudioScene;
    let rooms: FakeRoomSource;
    let transport: FakeVoiceTransport;
    let device: FakeMicrophone;

    const addAsync = (options: Partial<IRtcPluginOptions<FakeRoomSource>> = {}): Promise<RtcPlugin<FakeRoomSource>> =>
        RtcPlugin.AddToSceneAsync<FakeRoomSource>(world.scene, {
            server: "http://localhost:9000",
            user: { name: "Me" },
            rooms,
            transport,
            token: async ({ room, user }) => transport.server.grant({ room, user: user.id }),
            audioEngine: world.audioEngine,
            ...options,
        });
    /** Numbers of transform nodes and observers of the scene. They show whether a plugin leaves some behind. */
    const census = (): number[] => [
        world.scene.transformNodes.length,
        world.scene.onDisposeObservable.observers.length,
        world.scene.onBeforeRenderObservable.observers.length,
        world.scene.onAfterRenderObservable.observers.length,
    ];

    beforeEach(async () => {
        world = await AudioScene.CreateAsync();
        jest.useFakeTimers({ doNotFake: ["setImmediate", "queueMicrotask", "nextTick", "performance"] });
        installFakeMedia();
        device = new FakeMicrophone();
        installFakeMicrophone(device);
        rooms = new FakeRoomSource();
        transport = new FakeVoiceTransport();
    });

    afterEach(() => {
        world.dispose();
        jest.useRealTimers();
    });

    it("engine: initialise: rejects a second plugin in a scene with invalidArgument until the first is disposed", async () => {
        const adding = addAsync();
        await expect(addAsync()).rejects.toMatchObject({ name: "RtcError", code: "invalidArgument" });
        const plugin = await adding;
        const before = census();
        await expect(addAsync()).rejects.toMatchObject({ code: "invalidArgument" });
        expect(census()).toEqual(before);
        rooms.enter();
        await settleAsync();
        expect(transport.open).toHaveLength(1);
        plugin.dispose();
        const next = await addAsync();
        next.dispose();
    });

    it("engine: initialise: can be added to a scene after a failed attempt", async () => {
        await expect(addAsync({ server: "nowhere" })).rejects.toMatchObject({ code: "invalidArgument" });
        (await addAsync()).dispose();
    });

    describe("added again before the previous one is disposed", () => {
        /**
         * Expects that `plugin` is the only plugin of the scene: another one is rejected, only one voice session is open, and after the disposal of
         * `plugin` none is open and the scene is as before. Disposes `plugin`.
         * @param plugin - the plugin that was added
         * @param before - `census` before any plugin was added
         */
        const expectAloneAsync = async (plugin: RtcPlugin<FakeRoomSource> | null | undefined, before: readonly number[]): Promise<void> => {
            if (!plugin) {
                throw new Error("There is none.");
            }
            await expect(addAsync()).rejects.toMatchObject({ code: "invalidArgument" });
            rooms.enter();
            await settleAsync();
            expect(transport.open).toHaveLength(1);
            plugin.dispose();
            await settleAsync();
            jest.advanceTimersByTime(0);
            expect(transport.open).toHaveLength(0);
            expect(census()).toEqual(before);
        };

        it.each([0, 1, 2, 3, 4, 5])(
            "exists once if it is aborted %p microtasks after the call and added again in the same tick",
            async (turns) => {
                const before = census();
                const first = new AbortController();
                const aborted = addAsync({ signal: first.signal }).catch((error: unknown) => error);
                for (let turn = 0; turn < turns; turn++) {
                    await Promise.resolve();
                }
                first.abort();
                const again = addAsync();
                expect(await aborted).toMatchObject({ code: "aborted" });
                await expectAloneAsync(await again, before);
            },
        );

        it("exists once if the others are disposed as soon as they are added", async () => {
            const before = census();
            const mountAsync = async (isWanted: () => boolean): Promise<RtcPlugin<FakeRoomSource> | null> => {
                const plugin = await addAsync();
                if (isWanted()) {
                    return plugin;
                }
                plugin.dispose();
                return null;
            };
            const mounted = [mountAsync(() => false), mountAsync(() => false), mountAsync(() => true)];
            const [first, second, third] = await Promise.all(mounted);
            expect([first, second]).toEqual([null, null]);
            await expectAloneAsync(third, before);
        });

        it("waits for a previous attempt that fails, and is then added", async () => {
            const failing = addAsync({ server: "nowhere" }).catch((error: unknown) => error);
            const plugin = await addAsync();
            expect(await failing).toMatchObject({ code: "invalidArgument" });
            plugin.dispose();
        });

        it("joins the RTC room again if it is disposed and added again in the same tick", async () => {
            const before = census();
            const first = await addAsync();
            rooms.enter();
            await settleAsync();
            first.dispose();
            const again = addAsync();
            first.dispose();
            await expectAloneAsync(await again, before);
        });

        it("exists once if a subscriber of connection$ disposes it and adds it again", async () => {
            const before = census();
            const first = await addAsync();
            rooms.enter();
            await settleAsync();
            const adding: Promise<RtcPlugin<FakeRoomSource>>[] = [];
            first.rtc.connection$.subscribe((connection) => {
                if (connection === "disconnected") {
                    first.dispose();
                    adding.push(addAsync());
                }
            });
            first.dispose();
            const [plugin, ...more] = await Promise.all(adding);
            expect(more).toEqual([]);
            await expectAloneAsync(plugin, before);
        });

        it("does not affect the first plugin if it is aborted while it waits for the first", async () => {
            const before = census();
            const first = addAsync();
            const impatient = new AbortController();
            const waiting = addAsync({ signal: impatient.signal }).catch((error: unknown) => error);
            impatient.abort();
            expect(await waiting).toMatchObject({ code: "aborted" });
            await expectAloneAsync(await first, before);
        });

        it("rejects with disposed if the scene is disposed meanwhile", async () => {
            const adding = addAsync().catch((error: unknown) => error);
            await Promise.resolve();
            world.scene.dispose();
            expect(await adding).toMatchObject({ code: "disposed" });
            rooms.enter();
            await settleAsync();
            expect(transport.open).toHaveLength(0);
        });
    });

    it.each([
        { scenario: "karaoke" },
        { profile: "slow" },
        { opus: { bitrate: 1 } },
        { opus: { frameMs: 7 } },
        { statisticsIntervalMs: 1 },
        { listener: {} },
    ])("engine: initialise: rejects a bad config (%p) with invalidArgument", async (options) => {
        // Only JavaScript code can pass such a value.
        const bad = options as Partial<IRtcPluginOptions<FakeRoomSource>>;
        await expect(addAsync({ ...bad, transport: undefined as never })).rejects.toMatchObject({ code: "invalidArgument" });
        (await addAsync()).dispose();
    });

    it("scenario: opens the microphone with the scenario's constraints, overridden by the app's", async () => {
        const plugin = await addAsync({ scenario: "music", microphone: { autoGainControl: true } });
        await plugin.rtc.microphone.startAsync();
        expect(device.asked[0]).toMatchObject({ echoCancellation: false, noiseSuppression: false, autoGainControl: true, channelCount: 1 });
        plugin.dispose();
    });

    it("joins no RTC room until a room is entered, and can start the microphone before that", async () => {
        const plugin = await addAsync();
        await expect(plugin.rtc.startAsync()).resolves.toBeUndefined();
        plugin.rtc.microphone.stop();
        expect(transport.joins).toHaveLength(0);
        expect(device.asked).toHaveLength(1);
        plugin.dispose();
    });

    it("joins the RTC room of the app's own room, on a node of its own", async () => {
        const plugin = await addAsync();
        expect(plugin.room).toBe(rooms);
        rooms.enter();
        await settleAsync();
        expect(transport.open).toHaveLength(1);
        expect(world.scene.getTransformNodeByName("player")?.getBehaviorByName("Rtc")).toBe(plugin.rtc);
        plugin.dispose();
    });

    it("is attached to the app's player, and does not dispose that node", async () => {
        const player = new TransformNode("mine", world.scene);
        const plugin = await addAsync({ player });
        expect(player.getBehaviorByName("Rtc")).toBe(plugin.rtc);
        plugin.dispose();
        expect(player.getBehaviorByName("Rtc")).toBeNull();
        expect(player.isDisposed()).toBe(false);
    });

    it("listens from the chosen node, and from the camera again once the plugin is disposed", async () => {
        const [player, other] = [new TransformNode("player", world.scene), new TransformNode("other", world.scene)];
        player.position.x = 5;
        other.position.x = 7;
        const plugin = await addAsync({ listener: player });
        const renderer = VoiceRenderer.For(world.scene, world.audioEngine);
        const voice = new SpatialVoice(world.scene, world.track, { audioEngine: world.audioEngine });
        await settleAsync();
        const heardAt = (): number => {
            world.scene.render();
            return renderer.position.x;
        };
        expect(plugin.listener).toBe(player);
        expect(heardAt()).toBe(5);
        plugin.listener = { position: other };
        expect(heardAt()).toBe(7);
        expect(() => Reflect.set(plugin, "listener", {})).toThrow(expect.objectContaining({ code: "invalidArgument" }) as Error);
        expect(plugin.listener).toEqual({ position: other });
        expect(heardAt()).toBe(7);
        plugin.dispose();
        expect(heardAt()).toBeCloseTo(0, 6);
        voice.dispose();
    });

    it("attaches a voice to an avatar that is set later, and detaches it on dispose", async () => {
        const { server } = transport;
        const bob = new FakeVoiceSession(server, server.verify(server.grant({ user: "bob" }).token));
        const plugin = await addAsync();
        rooms.enter();
        await settleAsync();
        const avatar = new TransformNode("bob", world.scene);
        plugin.setAvatar("bob", avatar);
        expect(avatar.getBehaviorByName("Voice")).not.toBeNull();
        plugin.dispose();
        expect(avatar.getBehaviorByName("Voice")).toBeNull();
        await bob.leaveAsync();
    });

    it("releases everything when disposed once or twice, and does not dispose the app's engine", async () => {
        const before = census();
        const dispose = jest.spyOn(world.audioEngine, "dispose");
        const plugin = await addAsync();
        rooms.enter();
        await settleAsync();
        plugin.dispose();
        plugin.dispose();
        await settleAsync();
        jest.advanceTimersByTime(0);
        expect(census()).toEqual(before);
        expect(transport.open).toHaveLength(0);
        expect(device.live).toHaveLength(0);
        expect(rooms.status.observed).toBe(false);
        expect(dispose).not.toHaveBeenCalled();
        expect(jest.getTimerCount()).toBe(0);
    });

    it("is disposed with its scene, and emits an error", async () => {
        const plugin = await addAsync();
        const errors: RtcError[] = [];
        plugin.rtc.error$.subscribe((error) => errors.push(error));
        rooms.enter();
        await settleAsync();
        world.scene.dispose();
        await settleAsync();
        expect(transport.open).toHaveLength(0);
        expect(device.live).toHaveLength(0);
        expect(errors).toMatchObject([{ code: "disposed" }]);
        expect(errors[0]?.message).toContain("moveToSceneAsync");
    });

    it("emits no error if the app disposes the plugin", async () => {
        const plugin = await addAsync();
        const errors: RtcError[] = [];
        plugin.rtc.error$.subscribe((error) => errors.push(error));
        plugin.dispose();
        world.scene.dispose();
        expect(errors).toEqual([]);
    });

    describe("when scenes change", () => {
        let next: Scene;
        let bob: FakeVoiceSession;
        let codes: string[];

        beforeEach(() => {
            next = new Scene(world.engine);
            new TargetCamera("camera", Vector3.Zero(), next);
            const { server } = transport;
            bob = new FakeVoiceSession(server, server.verify(server.grant({ user: "bob" }).token));
            codes = [];
        });

        afterEach(async () => {
            await bob.leaveAsync();
            next.dispose();
        });

        const insideAsync = async (options: Partial<IRtcPluginOptions<FakeRoomSource>> = {}): Promise<RtcPlugin<FakeRoomSource>> => {
            const plugin = await addAsync(options);
            plugin.rtc.error$.subscribe(({ code }) => codes.push(code));
            rooms.enter();
            await settleAsync();
            return plugin;
        };
        /** Expects that the plugin has stayed in the RTC room with its microphone: it has neither rejoined nor opened the microphone again. */
        const expectUndisturbed = (): void => {
            expect(transport.joins).toHaveLength(1);
            expect(transport.open).toHaveLength(1);
            expect(device.asked).toHaveLength(1);
            expect(device.live).toHaveLength(1);
            expect(bob.remotes$.value.has("me")).toBe(true);
        };
        const voiceOn = (node: Node): unknown => node.getBehaviorByName("Voice");

        it("keeps session, voice, mutes, silences and volumes if the old scene is disposed in the tick of the move", async () => {
            const before = new TransformNode("bob", world.scene);
            const plugin = await insideAsync({ avatarOf: () => before });
            const voice = plugin.rtc.voiceOf("bob");
            plugin.rtc.muted = true;
            plugin.rtc.volume = 2;
            plugin.rtc.silence("bob");
            const after = new TransformNode("bob", next);
            const player = new TransformNode("player", next);
            const connections: string[] = [];
            plugin.rtc.connection$.subscribe((connection) => connections.push(connection));
            const moving = plugin.moveToSceneAsync(next, { avatarOf: () => after, player });
            world.scene.dispose();
            expect(voiceOn(after)).toBe(voice);
            await moving;
            expectUndisturbed();
            expect(connections).toEqual(["connected"]);
            expect(plugin.rtc.attachedNode).toBe(player);
            expect(plugin.rtc).toMatchObject({ muted: true, volume: 2 });
            expect(plugin.rtc.voiceOf("bob")).toBe(voice);
            expect(voice?.silenced).toBe(true);
            expect(device.live).toMatchObject([{ enabled: false }]);
            expect(world.openTracks).toBe(1);
            plugin.rtc.unsilence("bob");
            expect(codes).toEqual([]);
        });

        it("leaves nothing in the old scene, which can have another plugin, and is disposed with the new scene", async () => {
            const before = census();
            const plugin = await insideAsync({ avatarOf: () => null });
            await plugin.moveToSceneAsync(next);
            await settleAsync();
            jest.advanceTimersByTime(0);
            expect(census()).toEqual(before);
            expect(next.getTransformNodeByName("player")?.getBehaviorByName("Rtc")).toBe(plugin.rtc);
            const second = await addAsync({ rooms: new FakeRoomSource("other") });
            await expect(plugin.moveToSceneAsync(world.scene)).rejects.toMatchObject({ code: "invalidArgument" });
            expectUndisturbed();
            second.dispose();
            await plugin.moveToSceneAsync(world.scene);
            await plugin.moveToSceneAsync(next);
            expectUndisturbed();
            next.dispose();
            await settleAsync();
            expect(transport.open).toHaveLength(0);
            expect(world.openTracks).toBe(0);
            expect(codes).toEqual(["disposed"]);
            await expect(plugin.moveToSceneAsync(world.scene)).rejects.toMatchObject({ code: "disposed" });
        });

        it("detaches the old scene's avatars, asks for new ones in each frame, and accepts late ones", async () => {
            const old = new TransformNode("old", world.scene);
            let avatar: TransformNode | null = null;
            const plugin = await insideAsync();
            plugin.setAvatar("bob", old);
            await plugin.moveToSceneAsync(next, { avatarOf: () => avatar });
            expect(voiceOn(old)).toBeNull();
            avatar = new TransformNode("new", next);
            next.render();
            expect(voiceOn(avatar)).not.toBeNull();
            await plugin.moveToSceneAsync(world.scene);
            expect(voiceOn(avatar)).not.toBeNull();
            plugin.setAvatar("bob", old);
            expect(voiceOn(old)).not.toBeNull();
            plugin.dispose();
        });

        it("can change its player and the avatars within one scene", async () => {
            const avatars = ["one", "two"].map((name) => new TransformNode(name, world.scene));
            const player = new TransformNode("player", world.scene);
            const plugin = await insideAsync({ avatarOf: () => avatars[0] ?? null });
            await plugin.moveToSceneAsync(world.scene, { player, avatarOf: () => avatars[1] ?? null });
            expect(avatars.map((avatar) => voiceOn(avatar) !== null)).toEqual([false, true]);
            await plugin.moveToSceneAsync(world.scene, { player, avatarOf: () => avatars[0] ?? null });
            expect(avatars.map((avatar) => voiceOn(avatar) !== null)).toEqual([true, false]);
            expect(player.behaviors).toEqual([plugin.rtc]);
            expectUndisturbed();
            plugin.dispose();
            expect(player.behaviors).toEqual([]);
        });

        it("can move before a room is entered, and while it is entered", async () => {
            const plugin = await addAsync();
            await plugin.moveToSceneAsync(next);
            rooms.process();
            await plugin.moveToSceneAsync(world.scene);
            rooms.enter();
            const moving = plugin.moveToSceneAsync(next);
            world.scene.dispose();
            await moving;
            await settleAsync();
            expectUndisturbed();
            const avatar = new TransformNode("bob", next);
            plugin.setAvatar("bob", avatar);
            expect(voiceOn(avatar)).not.toBeNull();
        });

        it.each<[string, string, () => [unknown, object?]]>([
            ["no scene", "invalidArgument", () => [undefined]],
            ["a value that is no scene", "invalidArgument", () => [{}]],
            ["an avatarOf that is no function", "invalidArgument", () => [next, { avatarOf: {} }]],
            ["no player", "invalidArgument", () => [next, { player: null }]],
            ["a value that is no player", "invalidArgument", () => [next, { player: {} }]],
            ["a player of another scene", "invalidArgument", () => [next, { player: new TransformNode("mine", world.scene) }]],
            [
                "a disposed player",
                "invalidArgument",
                () => {
                    const player = new TransformNode("mine", next);
                    player.dispose();
                    return [next, { player }];
                },
            ],
            [
                "a disposed scene",
                "disposed",
                () => {
                    next.dispose();
                    return [next];
                },
            ],
        ])("rejects a move with %s as %s, and stays in its scene", async (_what, code, argumentsOf) => {
            const avatar = new TransformNode("bob", world.scene);
            const plugin = await insideAsync({ avatarOf: () => avatar });
            const before = census();
            // Only JavaScript code can pass these values.
            const [scene, options] = argumentsOf() as Parameters<typeof plugin.moveToSceneAsync>;
            await expect(plugin.moveToSceneAsync(scene, options)).rejects.toMatchObject({ name: "RtcError", code });
            expect(census()[1]).toEqual(before[1]);
            expect(voiceOn(avatar)).not.toBeNull();
            expectUndisturbed();
            plugin.dispose();
        });

        it("follows its behavior to a node of another scene, and is disposed with that scene", async () => {
            const plugin = await insideAsync();
            const node = new TransformNode("mine", next);
            node.addBehavior(plugin.rtc);
            world.scene.dispose();
            await settleAsync();
            expectUndisturbed();
            expect(codes).toEqual([]);
            await expect(
                RtcPlugin.AddToSceneAsync(next, { server: "http://localhost:9000", user: { name: "Me" }, audioEngine: world.audioEngine }),
            ).rejects.toMatchObject({ code: "invalidArgument" });
            next.dispose();
            await settleAsync();
            expect(transport.open).toHaveLength(0);
            expect(codes).toEqual(["disposed"]);
        });

        it("survives if its behavior is added to another scene in the tick in which the old scene is disposed", async () => {
            const plugin = await insideAsync();
            plugin.rtc.attachedNode?.removeBehavior(plugin.rtc);
            world.scene.dispose();
            new TransformNode("mine", next).addBehavior(plugin.rtc);
            await settleAsync();
            expect(transport.open).toHaveLength(1);
            expect(device.live).toHaveLength(1);
            expect(codes).toEqual([]);
            plugin.dispose();
        });

        it("emits disposed if its behavior was detached, and not added elsewhere, when the scene is disposed", async () => {
            const plugin = await insideAsync();
            plugin.rtc.attachedNode?.removeBehavior(plugin.rtc);
            world.scene.dispose();
            await settleAsync();
            expect(codes).toEqual(["disposed"]);
        });
    });

    it.each([
        { code: "aborted", options: { signal: AbortSignal.abort() } },
        { code: "invalidArgument", options: { server: "nowhere" } },
        { code: "invalidArgument", options: { spatial: { maxDistance: -1 } } },
        { code: "unsupported", options: { audioEngine: { state: "running" } as unknown as AudioEngineV2 } },
    ])("leaves nothing in the scene when it cannot be added ($code)", async ({ code, options }) => {
        const before = census();
        await expect(addAsync(options)).rejects.toMatchObject({ name: "RtcError", code });
        jest.advanceTimersByTime(0);
        expect(census()).toEqual(before);
        expect(rooms.status.observed).toBe(false);
    });
});
