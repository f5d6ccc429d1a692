import { FakeTrack } from "../../fakes/fakeMedia.js";
import { FakeRemoteTrack } from "../../../src/testing/fakeVoiceSession.js";
import { FakeRtcServer } from "../../fakes/fakeRtcServer.js";
import { LoopbackPlane } from "../../fakes/loopbackPlane.js";
import { ServerTransport } from "../../../src/transport/serverTransport.js";
import { describeMediaPlane } from "./describeMediaPlane.js";
import { describeVoiceTransport } from "./describeVoiceTransport.js";

let mockServer = new FakeRtcServer();

jest.mock("../../../src/interop/serverRoom.js", () => ({
    openServerRoomAsync: (request: Parameters<FakeRtcServer["openAsync"]>[0]) => mockServer.openAsync(request),
    preloadServerRoomsAsync: () => Promise.resolve(),
}));

async function arrivesAsync(track: MediaStreamTrack, what: "sound" | "silence"): Promise<void> {
    const arriving = track instanceof FakeRemoteTrack && track.flowing !== null ? "sound" : "silence";
    if (arriving !== what) {
        throw new Error(`Not so: what arrives is ${what}.`);
    }
}

describeMediaPlane("The loopback plane", () => {
    const open = new Map<string, LoopbackPlane>();
    let order = 0;
    return {
        patienceMs: 100,
        seatAsync: async (id) => ({
            plane: new LoopbackPlane(open),
            opening: { server: "", peerId: `${id}-${++order}`, secret: "", iceServers: [] },
            order,
        }),
        track: () => new FakeTrack(),
        arrivesAsync,
        releaseAsync: async () => expect(open.size).toBe(0),
    };
});

describeVoiceTransport("A session over the loopback plane", async () => {
    mockServer = new FakeRtcServer();
    const open = new Map<string, LoopbackPlane>();
    return {
        transport: new ServerTransport("https://voice.example", LoopbackPlane.Planes(open)),
        patienceMs: 100,
        grantAsync: async (user, privileges, room = "lobby") =>
            mockServer.grants.grant({ ...privileges, user, room, name: user.toUpperCase() }),
        track: () => new FakeTrack(),
        arrivesAsync,
        releaseAsync: async () => expect(open.size).toBe(0),
    };
});
