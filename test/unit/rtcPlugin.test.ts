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
    /** Counts of the scene's nodes and observers, which a plugin could leave behind. */
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

    it("engine: initialise: a scene that has voice chat already refuses more with invalidArgument, until that is disposed", async () => {
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

    it("engine: initialise: a scene that could not have it the first time can have it later", async () => {
        await expect(addAsync({ server: "nowhere" })).rejects.toMatchObject({ code: "invalidArgument" });
        (await addAsync()).dispose();
    });

    describe("added again before the one before is gone", () => {
        /** Expects that nothing but `plugin` is left: further plugins are refused, and after its disposal the scene is as before. */
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
            "aborted %p turns after it was asked for, and added again in the same tick, it is there once",
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

        it("without a signal, and disposed of on arrival, it is there once", async () => {
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

        it("a failed one makes room for the next, which waits for it", async () => {
            const failing = addAsync({ server: "nowhere" }).catch((error: unknown) => error);
            const plugin = await addAsync();
            expect(await failing).toMatchObject({ code: "invalidArgument" });
            plugin.dispose();
        });

        it("disposed and added again in the same tick, it enters the room anew", async () => {
            const before = census();
            const first = await addAsync();
            rooms.enter();
            await settleAsync();
            first.dispose();
            const again = addAsync();
            first.dispose();
            await expectAloneAsync(await again, before);
        });

        it("disposed and added again by whoever hears that it has left the room", async () => {
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

        it("one that is aborted while it waits for another leaves that one alone", async () => {
            const before = census();
            const first = addAsync();
            const impatient = new AbortController();
            const waiting = addAsync({ signal: impatient.signal }).catch((error: unknown) => error);
            impatient.abort();
            expect(await waiting).toMatchObject({ code: "aborted" });
            await expectAloneAsync(await first, before);
        });

        it("a scene that is disposed meanwhile gets none", async () => {
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
    ])("engine: initialise: a bad config (%p) is refused with invalidArgument", async (options) => {
        // A value that only JavaScript can pass.
        const bad = options as Partial<IRtcPluginOptions<FakeRoomSource>>;
        await expect(addAsync({ ...bad, transport: undefined as never })).rejects.toMatchObject({ code: "invalidArgument" });
        (await addAsync()).dispose();
    });

    it("scenario: opens the microphone as the scenario says, and the app's constraints go over it", async () => {
        const plugin = await addAsync({ scenario: "music", microphone: { autoGainControl: true } });
        await plugin.rtc.microphone.startAsync();
        expect(device.asked[0]).toMatchObject({ echoCancellation: false, noiseSuppression: false, autoGainControl: true, channelCount: 1 });
        plugin.dispose();
    });

    it("asks for nothing until a room is entered, and is ready at once when it is there", async () => {
        const plugin = await addAsync();
        await expect(plugin.rtc.startAsync()).resolves.toBeUndefined();
        plugin.rtc.microphone.stop();
        expect(transport.joins).toHaveLength(0);
        expect(device.asked).toHaveLength(1);
        plugin.dispose();
    });

    it("follows the app's own rooms, on a node of its own", async () => {
        const plugin = await addAsync();
        expect(plugin.room).toBe(rooms);
        rooms.enter();
        await settleAsync();
        expect(transport.open).toHaveLength(1);
        expect(world.scene.getTransformNodeByName("player")?.getBehaviorByName("Rtc")).toBe(plugin.rtc);
        plugin.dispose();
    });

    it("lives on the app's player, and leaves that node in the scene", async () => {
        const player = new TransformNode("mine", world.scene);
        const plugin = await addAsync({ player });
        expect(player.getBehaviorByName("Rtc")).toBe(plugin.rtc);
        plugin.dispose();
        expect(player.getBehaviorByName("Rtc")).toBeNull();
        expect(player.isDisposed()).toBe(false);
    });

    it("hears from the node that is chosen, at first or later, and from the camera again once it is disposed", async () => {
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

    it("takes avatars that arrive after their voice", async () => {
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

    it("releases everything when it is disposed, once or twice, and leaves the app's engine as it is", async () => {
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

    it("is disposed with its scene, and says so", async () => {
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

    it("says nothing of an end that the app wants", async () => {
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
        /** Expects that the plugin is still in the RTC room, with its one microphone, as before. */
        const expectUndisturbed = (): void => {
            expect(transport.joins).toHaveLength(1);
            expect(transport.open).toHaveLength(1);
            expect(device.asked).toHaveLength(1);
            expect(device.live).toHaveLength(1);
            expect(bob.remotes$.value.has("me")).toBe(true);
        };
        const voiceOn = (node: Node): unknown => node.getBehaviorByName("Voice");

        it("moves to another scene, keeps session, member, mutes, silences and volumes, and lets the old scene go in the same tick", async () => {
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

        it("leaves nothing in the scene before, which may have another plugin then, and is disposed with the new one", async () => {
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

        it("asks for the avatars anew, frame by frame, forgets those of the scene before, and takes them late", async () => {
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

        it("takes another player, and other avatars, of the same scene", async () => {
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

        it("moves while the room is being entered, and while nobody is in it", async () => {
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
            ["something else than a scene", "invalidArgument", () => [{}]],
            ["avatars that are no function", "invalidArgument", () => [next, { avatarOf: {} }]],
            ["no player", "invalidArgument", () => [next, { player: null }]],
            ["something else than a player", "invalidArgument", () => [next, { player: {} }]],
            ["a player of another scene", "invalidArgument", () => [next, { player: new TransformNode("mine", world.scene) }]],
            [
                "a player that is disposed",
                "invalidArgument",
                () => {
                    const player = new TransformNode("mine", next);
                    player.dispose();
                    return [next, { player }];
                },
            ],
            [
                "a scene that is disposed",
                "disposed",
                () => {
                    next.dispose();
                    return [next];
                },
            ],
        ])("refuses to move to %s with %s, and stays where it is", async (_what, code, argumentsOf) => {
            const avatar = new TransformNode("bob", world.scene);
            const plugin = await insideAsync({ avatarOf: () => avatar });
            const before = census();
            // Values that only JavaScript can pass.
            const [scene, options] = argumentsOf() as Parameters<typeof plugin.moveToSceneAsync>;
            await expect(plugin.moveToSceneAsync(scene, options)).rejects.toMatchObject({ name: "RtcError", code });
            expect(census()[1]).toEqual(before[1]);
            expect(voiceOn(avatar)).not.toBeNull();
            expectUndisturbed();
            plugin.dispose();
        });

        it("follows its behavior where the app carries that by hand, and ends there", async () => {
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

        it("is not lost when its behavior is taken off, the scene disposed, and the behavior put elsewhere in the same tick", async () => {
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

        it("says that it has ended when its behavior is taken off and put nowhere before the scene is disposed", async () => {
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
