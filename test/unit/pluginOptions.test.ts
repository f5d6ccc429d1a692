/** @jest-environment ./test/scene/audioEnvironment.cjs */
import { Logger } from "@babylonjs/core/Misc/logger.js";
import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import { RtcPlugin } from "../../src/rtcPlugin.js";
import type { IRtcPluginOptions } from "../../src/rtcPlugin.js";
import { installFakeMedia } from "../fakes/fakeMedia.js";
import { FakeRoomSource } from "../../src/testing/fakeRoomSource.js";
import { FakeVoiceTransport } from "../../src/testing/fakeVoiceTransport.js";
import { AudioScene } from "../scene/audioScene.js";

installFakeMedia();

/** Values that are invalid for every option that takes an object, an array or a function. */
const never = [NaN, "", "x", 7, true] as const;

describe("The options of RtcPlugin.AddToSceneAsync", () => {
    let world: AudioScene;

    beforeAll(async () => (world = await AudioScene.CreateAsync()));
    afterAll(() => world.dispose());

    const addAsync = (options: object): Promise<RtcPlugin<FakeRoomSource>> =>
        RtcPlugin.AddToSceneAsync(world.scene, {
            server: "http://localhost:9000",
            user: { name: "Me" },
            audioEngine: world.audioEngine,
            ...options,
        });
    const census = (): number[] => [
        world.scene.transformNodes.length,
        // Babylon (9.34) only marks a removed observer, and takes it out of the list in a later task.
        world.scene.onDisposeObservable.observers.filter((observer) => !observer._willBeUnregistered).length,
    ];

    it.each<[string, readonly unknown[]]>([
        ["server", [undefined, null, NaN, 7, "", {}]],
        ["user", [undefined, null, ...never]],
        ["user.name", [undefined, null, 7, {}]],
        ["user.token", [7, {}, ""]],
        ["user.attributes", [7, "red", { text: "x".repeat(3_000) }]],
        ["token", [...never, {}, Promise.resolve("t")]],
        ["avatarOf", [...never, {}, new Map()]],
        ["rooms", never],
        ["rooms.status$", [undefined, null, {}, "inRoom"]],
        ["rooms.members$", [{}, "x", new Map()]],
        ["transport", [...never, {}, { joinAsync: 7 }]],
        ["player", [...never, {}]],
        ["listener", [...never, {}, { position: 7 }, { orientation: {} }]],
        ["audioEngine", never],
        ["microphone", never],
        ["spatial", never],
        ["maxDistance", [NaN, -1, "10", null, Infinity].map((maxDistance) => ({ spatial: { maxDistance } }))],
        ["opus", never],
        ["opus.bitrate", [NaN, 1, "32000", null].map((bitrate) => ({ opus: { bitrate } }))],
        ["opus.stereo", [7, "yes"].map((stereo) => ({ opus: { stereo } }))],
        ["scenario", [null, "", 7, "karaoke", "toString"]],
        ["profile", [null, "", 7, "slow"]],
        ["dataInRtp", ["yes", 1, {}]],
        ["ridesData", ["yes", 1, {}]],
        ["relayOnly", ["yes", 1, {}]],
        ["autoSubscribe", ["no", 0, {}]],
        ["statisticsIntervalMs", [null, NaN, 0, 99, Infinity, "2000"]],
        ["storage", [...never, {}, { load: () => null }, { load: 7, save: 7 }]],
        ["deviceStorage", [...never, {}, { save: () => undefined }]],
        ["signal", [...never, {}]],
        [
            "iceServers",
            [
                ...never,
                {},
                [null],
                [{}],
                [{ urls: "stun.l.google.com:19302" }],
                [{ urls: "turn:turn.example" }],
                [{ urls: [] }],
                [{ urls: "stun:" }],
            ],
        ],
    ])("%s: invalid values are rejected by name, and the scene stays unchanged", async (option, values) => {
        const before = census();
        const [name = "", inner] = option.split(".");
        for (const value of values) {
            const asked =
                typeof value === "object" && value !== null && ("spatial" in value || "opus" in value)
                    ? value
                    : {
                          [name]:
                              inner === undefined
                                  ? value
                                  : {
                                        ...(name === "user" && { name: "Me" }),
                                        ...(name === "rooms" && { status$: new FakeRoomSource().status$ }),
                                        [inner]: value,
                                    },
                      };
            await expect(addAsync(asked)).rejects.toMatchObject({
                name: "RtcError",
                code: "invalidArgument",
                message: expect.stringContaining(option) as string,
            });
        }
        expect(census()).toEqual(before);
        (await addAsync({})).dispose();
    });

    it.each<[string, unknown]>([
        ["options", null],
        ["options", 7],
        ["scene", { scene: null }],
        ["scene", { scene: {} }],
        ["avatarOf", { avatarOf: {} }],
        ["player", { player: {} }],
        ["listener", { listener: "ears" }],
        ["listener", { listener: { position: 7 } }],
    ])("invalid arguments of moveToSceneAsync are rejected by name as well: %s, %p", async (name, asked) => {
        const plugin = await addAsync({});
        const node = plugin.rtc.attachedNode;
        const before = census();
        const { scene = world.scene, ...options } = (asked ?? {}) as { scene?: never };
        const moving = plugin.moveToSceneAsync(scene, typeof asked === "object" && asked ? options : (asked as never));
        await expect(moving).rejects.toMatchObject({ code: "invalidArgument", message: expect.stringContaining(name) as string });
        expect(census()).toEqual(before);
        expect(plugin.rtc.attachedNode).toBe(node);
        plugin.dispose();
    });

    it.each([undefined, null, 7, "options"])("%p instead of options is rejected", async (options) => {
        await expect(RtcPlugin.AddToSceneAsync(world.scene, options as never)).rejects.toMatchObject({
            code: "invalidArgument",
            message: expect.stringContaining("options") as string,
        });
    });

    it.each([undefined, null, 7, {}])("%p instead of a scene is rejected", async (scene) => {
        const options = { server: "http://localhost:9000", user: { name: "Me" } };
        await expect(RtcPlugin.AddToSceneAsync(scene as never, options)).rejects.toMatchObject({
            code: "invalidArgument",
            message: expect.stringContaining("scene") as string,
        });
    });

    it("an option that does not exist is ignored with a warning", async () => {
        const warn = jest.spyOn(Logger, "Warn").mockImplementation(() => undefined);
        try {
            (await addAsync({ dataInRtp: false })).dispose();
            expect(warn).not.toHaveBeenCalled();
            (await addAsync({ avatarof: () => null, toString: "x" })).dispose();
            expect(warn.mock.calls).toEqual([[expect.stringContaining("no option avatarof, toString. Options: ")]]);
            // The type makes the compiler reject a missing option.
            const names = {
                server: 0,
                user: 0,
                avatarOf: 0,
                rooms: 0,
                player: 0,
                token: 0,
                iceServers: 0,
                listener: 0,
                audioEngine: 0,
                transport: 0,
                microphone: 0,
                scenario: 0,
                profile: 0,
                opus: 0,
                spatial: 0,
                dataInRtp: 0,
                ridesData: 0,
                relayOnly: 0,
                statisticsIntervalMs: 0,
                autoSubscribe: 0,
                storage: 0,
                deviceStorage: 0,
                signal: 0,
            } satisfies Record<keyof IRtcPluginOptions, 0>;
            const told = String(warn.mock.calls[0]).split("Options: ")[1]?.replace(".", "").split(", ");
            expect(told?.sort()).toEqual(Object.keys(names).sort());
        } finally {
            warn.mockRestore();
        }
    });

    it("a misplaced token is not repeated in the error message", async () => {
        const refused = await addAsync({ token: "eyJhbGciOi" }).catch((error: unknown) => error);
        expect(String(refused)).toContain("token");
        expect(String(refused)).not.toContain("eyJ");
    });

    it("undefined, and null for an optional value, mean that the option is not given", async () => {
        const player = new TransformNode("mine", world.scene);
        const rooms = new FakeRoomSource();
        const options = {
            player,
            rooms,
            transport: new FakeVoiceTransport(),
            token: async () => "t",
            avatarOf: null,
            spatial: null,
            signal: undefined,
        };
        const plugin = await addAsync(options);
        expect(plugin.room).toBe(rooms);
        plugin.dispose();
    });
});
