import type { IRtcPeer } from "../../../../../protocol/wire.js";
import { defaultOpusSettings } from "../../../../../src/transport/opusSettings.js";
import { FakeTrack, fakeStream, installFakeMedia } from "../../../../fakes/fakeMedia.js";
import { FakePeerNetwork } from "../../../../fakes/fakePeerNetwork.js";
import { RuledMesh } from "../../../../fakes/ruledMesh.js";
import { settleAsync } from "../../../../fakes/settle.js";
import { rtcPeer } from "../../../../fakes/fakeControl.js";

installFakeMedia();

const peer = (id: string, order: number, more: Partial<IRtcPeer> = {}): IRtcPeer => rtcPeer(id, order, { dataInRtp: true, ...more });

/** A mesh that records its data links instead of creating them. */
class Person {
    public readonly links: { sent: number[][]; closed: boolean; arrive: (bytes: Uint8Array) => void }[] = [];
    public readonly heard: string[] = [];
    public readonly mesh: RuledMesh;
    public readonly info: IRtcPeer;

    constructor(network: FakePeerNetwork, info: IRtcPeer) {
        this.info = info;
        this.mesh = new RuledMesh({
            info,
            silentTrack: () => ({ track: new FakeTrack("silence"), dispose: () => undefined }),
            opus: defaultOpusSettings,
            jitterTargetMs: null,
            retryPolicy: { nextRetryDelayInMs: () => null },
            call: (peerId, track, sdpTransform) => network.call(info.peerId, peerId, fakeStream(track), sdpTransform).asPeerJs,
            rtpData: info.dataInRtp
                ? {
                      dispose: () => undefined,
                      serve: (_connection, _sender, arrive) => {
                          const link = { sent: [] as number[][], closed: false, arrive };
                          this.links.push(link);
                          return {
                              send: (bytes, times) => link.sent.push([...bytes, times]),
                              close: () => (link.closed = true),
                          };
                      },
                  }
                : null,
            onRtpData: (from, bytes) => this.heard.push(`${from} ${bytes.join()}`),
            onRemotes: () => undefined,
            onError: () => undefined,
        });
        network.register(info.peerId, (call) => this.mesh.onCall(call.asPeerJs));
    }
}

describe("Data in voice packets", () => {
    let people: Person[];
    let alice: Person;
    let bob: Person;
    let carol: Person;

    const tell = async (...changes: (Partial<IRtcPeer> & { id: string })[]): Promise<void> => {
        const list = new Map(people.map(({ info }) => [info.id, { ...info, ...changes.find(({ id }) => id === info.id) }]));
        people.forEach(({ mesh }) => mesh.setPeers(list));
        await settleAsync();
    };

    beforeEach(async () => {
        const network = new FakePeerNetwork();
        alice = new Person(network, peer("alice", 1));
        bob = new Person(network, peer("bob", 2));
        carol = new Person(network, peer("carol", 3, { dataInRtp: false }));
        people = [alice, bob, carol];
        await tell();
        people.forEach(({ mesh }) => mesh.setOnline(true));
        await settleAsync();
    });
    afterEach(() => people.forEach(({ mesh }) => mesh.dispose()));

    it("is sent on links where both ends support it, and on no other link", () => {
        expect([alice.links.length, bob.links.length, carol.links.length]).toEqual([1, 1, 0]);
        expect(alice.mesh.sendWithVoice(Uint8Array.of(7), 3)).toEqual(new Set(["bob"]));
        expect(alice.links[0]?.sent).toEqual([[7, 3]]);
        expect(carol.mesh.sendWithVoice(Uint8Array.of(7), 3)).toEqual(new Set());
        expect([alice.mesh.canSendWithVoice("bob"), alice.mesh.canSendWithVoice("carol"), alice.mesh.canSendWithVoice("nobody")]).toEqual([
            true,
            false,
            false,
        ]);
    });

    it("has the link's member as its sender", () => {
        alice.links[0]?.arrive(Uint8Array.of(1, 2));
        expect(alice.heard).toEqual(["bob 1,2"]);
    });

    it("is not sent to a member who paused our voice or may not subscribe", async () => {
        alice.mesh.setWanted("bob", "off");
        expect(alice.mesh.canSendWithVoice("bob")).toBe(false);
        expect(alice.mesh.sendWithVoice(Uint8Array.of(7), 3)).toEqual(new Set());
        alice.mesh.setWanted("bob", "on");
        expect(alice.mesh.canSendWithVoice("bob")).toBe(true);
        await tell({ id: "bob", maySubscribe: false });
        expect(alice.mesh.canSendWithVoice("bob")).toBe(false);
        expect(alice.links[0]?.sent).toEqual([]);
    });

    it.each([{ mayPublish: false }, { muted: "moderator" as const }])(
        "is not sent by a member with %p, and is dropped if a modified client sends it",
        async (change) => {
            await tell({ id: "bob", ...change });
            expect(bob.mesh.sendWithVoice(Uint8Array.of(7), 3)).toEqual(new Set());
            alice.links[0]?.arrive(Uint8Array.of(1));
            expect(alice.heard).toEqual([]);
        },
    );

    it("stops when its link is closed, at both ends", async () => {
        alice.mesh.setBlocked(["bob"]);
        expect(alice.links[0]?.closed).toBe(true);
        expect(alice.mesh.canSendWithVoice("bob")).toBe(false);
        await settleAsync();
        expect(bob.links[0]?.closed).toBe(true);
    });
});
