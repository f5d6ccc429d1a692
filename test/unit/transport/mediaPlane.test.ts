import type { PeerOptions } from "peerjs";
import { Mesh } from "../../../src/transport/mesh/mesh.js";
import { defaultOpusSettings } from "../../../src/transport/opusSettings.js";
import { FakeTrack, installFakeMedia } from "../../fakes/fakeMedia.js";
import { FakeCallTrack } from "../../fakes/fakeMediaConnection.js";
import { FakePeer } from "../../fakes/fakePeer.js";
import type { IFakePeerServer } from "../../fakes/fakePeer.js";
import { FakePeerNetwork } from "../../fakes/fakePeerNetwork.js";
import { settleAsync } from "../../fakes/settle.js";
import { describeMediaPlane } from "./describeMediaPlane.js";

let mockConnect: (id: string, options: PeerOptions) => FakePeer;

jest.mock("peerjs", () => ({
    Peer: function Peer(id: string, options: PeerOptions) {
        return mockConnect(id, options);
    },
}));

installFakeMedia();

describeMediaPlane("The mesh, with fake sockets and fake calls", () => {
    const server: IFakePeerServer = {
        network: new FakePeerNetwork(),
        reachable: true,
        admits: (peerId, secret) => secret === `secret of ${peerId}`,
        onSocket: () => undefined,
    };
    const peers: FakePeer[] = [];
    mockConnect = (id, options) => {
        const peer = new FakePeer(id, options, server);
        peers.push(peer);
        return peer;
    };
    const silences: FakeTrack[] = [];
    const microphones = new Set<MediaStreamTrack>();
    let order = 0;
    return {
        patienceMs: 500,
        seatAsync: async (id) => {
            const plane = await Mesh.CreateAsync(
                {
                    silentTrack: () => {
                        const track = new FakeTrack("silence");
                        silences.push(track);
                        return { track, dispose: () => track.stop() };
                    },
                    iceServers: undefined,
                    opus: defaultOpusSettings,
                    jitterTargetMs: null,
                    retryPolicy: { nextRetryDelayInMs: () => null },
                },
                false,
            );
            const peerId = `${id}-${++order}`;
            return { plane, order, opening: { server: "https://voice.example", peerId, secret: `secret of ${peerId}`, iceServers: [] } };
        },
        track: () => {
            const track = new FakeTrack("microphone");
            microphones.add(track);
            return track;
        },
        arrivesAsync: async (track, what) => {
            await settleAsync();
            const flowing = track instanceof FakeCallTrack ? track.flowing : null;
            if ((flowing !== null && microphones.has(flowing)) !== (what === "sound")) {
                throw new Error(`Expected ${what} to arrive, but got ${what === "sound" ? "silence" : "sound"}.`);
            }
        },
        releaseAsync: async () => {
            await settleAsync();
            expect(server.network.open).toEqual([]);
            expect(peers.every(({ destroyed }) => destroyed)).toBe(true);
            expect(silences.every(({ readyState }) => readyState === "ended")).toBe(true);
        },
    };
});
