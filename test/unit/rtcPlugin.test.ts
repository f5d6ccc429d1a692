/** @jest-environment ./test/scene/audioEnvironment.cjs */
import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import { RtcPlugin } from "../../src/rtcPlugin.js";
import type { IRtcPluginOptions } from "../../src/rtcPlugin.js";
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
    /** Nodes and observers of the scene: what a plugin could leave behind. */
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
        /** Nothing but what `plugin` holds: others are refused, and after its end the scene is as it was. */
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
    ])("engine: initialise: a bad config (%p) is refused with invalidArgument", async (options) => {
        // What only JavaScript can pass.
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

    it("is disposed with its scene", async () => {
        await addAsync();
        rooms.enter();
        await settleAsync();
        world.scene.dispose();
        await settleAsync();
        expect(transport.open).toHaveLength(0);
        expect(device.live).toHaveLength(0);
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
