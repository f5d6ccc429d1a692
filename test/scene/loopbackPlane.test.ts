import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import { AudioHost } from "../../src/audio/audioHost.js";
import { RtcPlugin } from "../../src/rtcPlugin.js";
import { ServerTransport } from "../../src/transport/serverTransport.js";
import { FakeTrack, fakeStream, installFakeMedia } from "../fakes/fakeMedia.js";
import { FakeRoomSource } from "../../src/testing/fakeRoomSource.js";
import { FakeRtcServer } from "../fakes/fakeRtcServer.js";
import { FakeRemoteTrack } from "../../src/testing/fakeVoiceSession.js";
import { LoopbackPlane } from "../fakes/loopbackPlane.js";
import { settleAsync } from "../fakes/settle.js";
import { AudioScene, Settle } from "./audioScene.js";

const mockServer = new FakeRtcServer();

jest.mock("../../src/interop/serverRoom.js", () => ({
    openServerRoomAsync: (request: Parameters<FakeRtcServer["openAsync"]>[0]) => mockServer.openAsync(request),
    preloadServerRoomsAsync: () => Promise.resolve(),
}));

installFakeMedia();

it("A voice of a second media plane is heard from its avatar while its speaker publishes and is not blocked", async () => {
    const transport = new ServerTransport("https://voice.example", LoopbackPlane.Planes());
    const world = await AudioScene.CreateAsync({ seconds: 3 });
    const gains: { readonly track: MediaStreamTrack; readonly gain: GainNode }[] = [];
    AudioHost.For(world.audioEngine).openTrack = (context, track) => {
        const voice = new ConstantSourceNode(context);
        const gain = new GainNode(context, { gain: 0 });
        voice.connect(gain);
        voice.start();
        gains.push({ track, gain });
        return { node: gain, playingAsync: Promise.resolve(), dispose: () => gain.disconnect() };
    };
    const listen = async (): Promise<void> => {
        await settleAsync();
        gains.forEach(({ track, gain }) => (gain.gain.value = track instanceof FakeRemoteTrack && track.flowing ? 1 : 0));
    };
    const avatar = new TransformNode("Alice", world.scene);
    avatar.position.x = -1;
    const rooms = new FakeRoomSource("Bob");
    const plugin = await RtcPlugin.AddToSceneAsync<FakeRoomSource>(world.scene, {
        server: "https://voice.example",
        user: { name: "Bob" },
        rooms,
        transport,
        token: async ({ room, user }) => mockServer.grants.grant({ room, user: user.id }),
        microphone: fakeStream(new FakeTrack("Bob")),
        avatarOf: () => avatar,
        audioEngine: world.audioEngine,
        spatial: { panningModel: "equalpower" },
        storage: null,
    });
    rooms.enter("lobby");
    await settleAsync();
    const alice = await transport.joinAsync(mockServer.grants.grant({ user: "Alice" }), new AbortController().signal);
    await settleAsync();
    await world.renderAsync({
        0.5: async () => {
            await alice.publishAsync(new FakeTrack("Alice"));
            await listen();
        },
        1: async () => {
            plugin.rtc.block("Alice");
            await listen();
        },
        1.5: async () => {
            plugin.rtc.unblock("Alice");
            await listen();
        },
        2: async () => {
            await alice.publishAsync(null);
            await listen();
        },
    });
    const heard = [0.4, 0.5 + Settle, 1 + Settle, 1.5 + Settle, 2 + Settle].map((at) => world.earsAt(at).left);
    expect(heard.map((level) => Math.round(level * 100) / 100)).toEqual([0, 1, 0, 1, 0]);
    expect(world.earsAt(0.5 + Settle).right).toBeLessThan(0.001);
    plugin.dispose();
    await alice.leaveAsync();
    world.dispose();
    expect(mockServer.inside("lobby")).toEqual([]);
});
