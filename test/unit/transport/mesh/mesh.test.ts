import { getEventListeners } from "node:events";
import type { IRtcPeer } from "../../../../protocol/wire.js";
import { defaultOpusSettings } from "../../../../src/transport/opusSettings.js";
import type { IRetryContext, IRetryPolicy } from "../../../../src/transport/retryPolicy.js";
import type { IRemoteVoice } from "../../../../src/transport/voiceTransport.js";
import { rtcPeer } from "../../../fakes/fakeControl.js";
import { FakeTrack, fakeStream, installFakeMedia } from "../../../fakes/fakeMedia.js";
import { FakeCallTrack, FakeMediaConnection } from "../../../fakes/fakeMediaConnection.js";
import { FakePeerNetwork } from "../../../fakes/fakePeerNetwork.js";
import type { IFakeCall } from "../../../fakes/fakePeerNetwork.js";
import { RuledMesh } from "../../../fakes/ruledMesh.js";
import { settleAsync } from "../../../fakes/settle.js";

installFakeMedia();

/** Retries twice, after 1 s and 2 s. */
class TwicePolicy implements IRetryPolicy {
    public readonly asked: IRetryContext[] = [];

    nextRetryDelayInMs(context: IRetryContext): number | null {
        this.asked.push(context);
        return [1_000, 2_000][context.retries] ?? null;
    }
}

/** A mesh with all its dependencies. */
class Person {
    public readonly silence = new FakeTrack("silence");
    public silenceDisposed = 0;
    public readonly errors: Error[] = [];
    public readonly policy = new TwicePolicy();
    public readonly mesh: RuledMesh;
    public told: ReadonlyMap<string, IRemoteVoice>[] = [];
    public signalling = true;
    /** Peer id of the current signalling connection. */
    public callsAs: string;
    public readonly network: FakePeerNetwork;
    public readonly info: IRtcPeer;

    constructor(network: FakePeerNetwork, info: IRtcPeer, jitterTargetMs: number | null = null, adaptation: "full" | "off" = "off") {
        this.network = network;
        this.info = info;
        this.callsAs = info.peerId;
        this.mesh = new RuledMesh({
            info,
            silentTrack: () => ({ track: this.silence, dispose: () => this.silenceDisposed++ }),
            // Links do not adapt to the network by default, so that timers can be counted.
            opus: { ...defaultOpusSettings, bitrate: 24_000, adaptation },
            jitterTargetMs,
            retryPolicy: this.policy,
            call: (peerId, track, sdpTransform) =>
                this.signalling ? network.call(this.callsAs, peerId, fakeStream(track), sdpTransform).asPeerJs : null,
            onRemotes: (remotes) => this.told.push(remotes),
            onError: (error) => this.errors.push(error),
        });
        network.register(info.peerId, (call) => this.mesh.onCall(call.asPeerJs));
    }

    get remotes(): ReadonlyMap<string, IRemoteVoice> {
        return this.told.at(-1) ?? new Map<string, IRemoteVoice>();
    }

    /** Track that flows to this person from another member. */
    hears(id: string): MediaStreamTrack | null {
        const track = this.remotes.get(id)?.track ?? null;
        return track instanceof FakeCallTrack ? track.flowing : null;
    }
}

const peer = (id: string, order: number, more: Partial<IRtcPeer> = {}): IRtcPeer => rtcPeer(id, order, { name: id.toUpperCase(), ...more });

describe("the mesh", () => {
    let network: FakePeerNetwork;
    let alice: Person;
    let bob: Person;
    let carol: Person;

    /** Announces these people to each other, and sets their signalling online. */
    const meetAsync = async (...people: Person[]): Promise<void> => {
        const list = new Map(people.map(({ info }) => [info.id, info]));
        people.forEach(({ mesh }) => mesh.setPeers(list));
        people.forEach(({ mesh }) => mesh.setOnline(true));
        await settleAsync();
    };
    const callAt = (index: number): IFakeCall => {
        const call = network.calls.at(index);
        if (!call) {
            throw new Error(`There were ${network.calls.length} calls.`);
        }
        return call;
    };

    beforeEach(() => {
        jest.useFakeTimers({ doNotFake: ["setImmediate", "queueMicrotask", "nextTick"] });
        network = new FakePeerNetwork();
        alice = new Person(network, peer("alice", 1));
        bob = new Person(network, peer("bob", 2));
        carol = new Person(network, peer("carol", 3));
    });

    afterEach(() => {
        [alice, bob, carol].forEach(({ mesh }) => mesh.dispose());
        expect(jest.getTimerCount()).toBe(0);
        jest.useRealTimers();
    });

    describe("who calls whom", () => {
        it("lets who came later call everybody who came earlier, once, and those answer", async () => {
            await meetAsync(alice, bob, carol);
            expect([...network.log].sort()).toEqual(["bob-2>alice-1", "carol-3>alice-1", "carol-3>bob-2"]);
            expect(network.open).toHaveLength(3);
        });

        it("tells everybody of everybody else in join order, with a track", async () => {
            await meetAsync(alice, bob, carol);
            expect([...bob.remotes]).toMatchObject([
                ["alice", { id: "alice", name: "ALICE", muted: "no", mayPublish: true, publishing: true, capturing: true, blocked: false }],
                ["carol", { id: "carol", name: "CAROL" }],
            ]);
            expect([...bob.remotes.values()].every(({ track }) => track instanceof FakeCallTrack)).toBe(true);
        });

        it("calls nobody while its own signalling is down, and everybody when it stands", async () => {
            bob.mesh.setPeers(new Map([["alice", alice.info], ["bob", bob.info]])); // prettier-ignore
            expect(network.calls).toHaveLength(0);
            bob.mesh.setOnline(true);
            expect(network.log).toEqual(["bob-2>alice-1"]);
        });

        it("calls somebody as soon as they can be called", async () => {
            bob.mesh.setOnline(true);
            bob.mesh.setPeers(new Map([["alice", { ...alice.info, ready: false }], ["bob", bob.info]])); // prettier-ignore
            expect(network.calls).toHaveLength(0);
            bob.mesh.setPeers(new Map([["alice", alice.info], ["bob", bob.info]])); // prettier-ignore
            expect(network.log).toEqual(["bob-2>alice-1"]);
        });

        it("does not call again what stands, whatever else is told", async () => {
            await meetAsync(alice, bob);
            await meetAsync(alice, bob, carol);
            bob.mesh.setOnline(false);
            bob.mesh.setOnline(true);
            expect(network.log.filter((each) => each.startsWith("bob"))).toHaveLength(1);
        });

        it("is not held up by a browser that makes no more connections, and tries again", async () => {
            const call = jest.spyOn(network, "call").mockImplementationOnce(() => {
                throw new DOMException("Cannot create so many PeerConnections", "UnknownError");
            });
            await meetAsync(alice, bob, carol);
            expect(call).toHaveBeenCalledTimes(3);
            expect(network.open).toHaveLength(2);
            carol.mesh.setPeers(new Map([alice, bob, carol].map(({ info }) => [info.id, { ...info, muted: "self" }])));
            expect([...carol.remotes.values()].map(({ muted }) => muted)).toEqual(["self", "self"]);
            await jest.advanceTimersByTimeAsync(1_000);
            await settleAsync();
            expect(network.open).toHaveLength(3);
        });

        it("asks for its Opus settings in offer and answer", async () => {
            await meetAsync(alice, bob);
            expect(callAt(0).calling.sdp).toContain("maxaveragebitrate=24000");
            expect(callAt(0).called.sdp).toContain("maxaveragebitrate=24000");
        });
    });

    describe("who is answered", () => {
        const from = (peerId: string, to: Person): FakeMediaConnection => {
            const [, called] = FakeMediaConnection.Between(peerId, to.info.peerId, fakeStream(new FakeTrack()), (sdp) => sdp);
            to.mesh.onCall(called.asPeerJs);
            return called;
        };

        it("keeps the call of somebody whom the server has not named yet, and answers when it does", async () => {
            const release = network.hold();
            bob.mesh.setPeers(new Map([["alice", alice.info], ["bob", bob.info]])); // prettier-ignore
            bob.mesh.setOnline(true);
            alice.mesh.setPeers(new Map([["alice", alice.info]]));
            release();
            await settleAsync();
            expect(network.open).toHaveLength(0);
            expect(callAt(0).called.closed).toBe(false);
            alice.mesh.setPeers(new Map([["alice", alice.info], ["bob", bob.info]])); // prettier-ignore
            await settleAsync();
            expect(network.open).toHaveLength(1);
            expect(alice.hears("bob")).toBe(bob.silence);
            await meetAsync(alice, bob);
            expect(network.open).toHaveLength(1);
        });

        it("does not answer somebody whom the server never names, and hangs up in the end", async () => {
            await meetAsync(alice, bob);
            const stranger = from("mallory-9", alice);
            await settleAsync();
            expect(stranger.peerConnection).toBeUndefined();
            expect([...alice.remotes.keys()]).toEqual(["bob"]);
            alice.mesh.dispose();
            expect(stranger.closed).toBe(true);
        });

        it("keeps sixteen early calls at most, and one a caller", async () => {
            await meetAsync(alice, bob);
            const first = from("stranger-0", alice);
            const again = from("stranger-0", alice);
            expect([first.closed, again.closed]).toEqual([true, false]);
            const more = Array.from({ length: 20 }, (_, i) => from(`stranger-${i + 1}`, alice));
            expect(more.filter(({ closed }) => !closed)).toHaveLength(15);
            expect(again.closed).toBe(false);
        });

        it("hangs up on somebody whom the server has not named after ten seconds", async () => {
            await meetAsync(alice, bob);
            const stranger = from("mallory-9", alice);
            await jest.advanceTimersByTimeAsync(9_999);
            expect(stranger.closed).toBe(false);
            await jest.advanceTimersByTimeAsync(1);
            expect(stranger.closed).toBe(true);
            expect(jest.getTimerCount()).toBe(0);
        });

        it("refuses a member whose part it is to be called", async () => {
            await meetAsync(alice, bob);
            const wrongWay = from("alice-1", bob);
            expect(wrongWay.closed).toBe(true);
            expect(wrongWay.peerConnection).toBeUndefined();
            expect(network.open).toHaveLength(1);
        });

        it("refuses a call from its own peer id", async () => {
            await meetAsync(alice, bob);
            expect(from("alice-1", alice).closed).toBe(true);
        });

        it("refuses everybody before it knows who is there, and after it was disposed", async () => {
            expect(from("bob-2", alice).closed).toBe(true);
            await meetAsync(alice, bob);
            alice.mesh.dispose();
            expect(from("bob-2", alice).closed).toBe(true);
        });

        it("does not answer the peer id that a member had before", async () => {
            await meetAsync(alice, bob);
            const again = new Person(network, peer("bob", 4));
            await meetAsync(alice, again);
            const old = from("bob-2", alice);
            expect(old.peerConnection).toBeUndefined();
            again.mesh.dispose();
        });

        it("takes a second call of the same caller in place of the first", async () => {
            await meetAsync(alice, bob);
            network.call("bob-2", "alice-1", fakeStream(new FakeTrack("second")), (sdp) => sdp);
            await settleAsync();
            expect(callAt(0).called.closed).toBe(true);
            expect(alice.hears("bob")).toMatchObject({ label: "second" });
        });
    });

    describe("somebody blocked", () => {
        it("is neither called nor answered, has no track, and is told of as blocked", async () => {
            alice.mesh.setBlocked(["bob"]);
            await meetAsync(alice, bob, carol);
            expect(network.open.map(({ from: caller, to }) => `${caller}>${to}`)).toEqual(["carol-3>alice-1", "carol-3>bob-2"]);
            expect(alice.remotes.get("bob")).toMatchObject({ track: null, blocked: true });
            expect(alice.remotes.get("carol")?.blocked).toBe(false);
            network.calls.length = 0;
            bob.mesh.setBlocked(["carol"]);
            carol.mesh.setBlocked(["alice"]);
            await settleAsync();
            expect(network.calls).toHaveLength(0);
        });

        it("is hung up on at once, and not called again", async () => {
            await meetAsync(alice, bob);
            alice.mesh.setBlocked(["bob"]);
            expect(callAt(0).called.closed).toBe(true);
            expect(alice.remotes.get("bob")).toMatchObject({ track: null, blocked: true });
            bob.mesh.setBlocked(["alice"]);
            await jest.advanceTimersByTimeAsync(30_000);
            expect(network.calls).toHaveLength(1);
        });

        it("is hung up on ten seconds after a call that nobody asked for", async () => {
            await meetAsync(alice, bob);
            alice.mesh.setBlocked(["bob"]);
            const [, called] = FakeMediaConnection.Between("bob-2", "alice-1", fakeStream(new FakeTrack()), (sdp) => sdp);
            alice.mesh.onCall(called.asPeerJs);
            expect(called.peerConnection).toBeUndefined();
            await jest.advanceTimersByTimeAsync(10_000);
            expect(called.closed).toBe(true);
        });

        it("is called again when nothing is between the two any more, whoever hears of it first", async () => {
            await meetAsync(alice, bob);
            alice.mesh.setBlocked(["bob"]);
            bob.mesh.setBlocked(["alice"]);
            await settleAsync();
            expect(network.open).toHaveLength(0);
            bob.mesh.setBlocked([]);
            await settleAsync();
            alice.mesh.setBlocked([]);
            await settleAsync();
            expect(network.open).toHaveLength(1);
            expect(alice.hears("bob")).toBe(bob.silence);
            expect(alice.remotes.get("bob")?.blocked).toBe(false);
        });
    });

    describe("somebody paused", () => {
        /** Sets the number of packets that Alice has received in this call. */
        const arrive = (index: number, packetsReceived: number): void => {
            const entry = { id: "I", type: "inbound-rtp", kind: "audio", packetsReceived };
            Object.assign(callAt(index).called.peerConnection ?? {}, { report: new Map([["I", entry]]) });
        };
        /** Lets packets continue to arrive for a number of seconds. */
        const flowAsync = async (index: number, seconds: number): Promise<void> => {
            for (let i = 0; i < seconds; i++) {
                arrive(index, 1_000 * performance.now());
                await jest.advanceTimersByTimeAsync(1_000);
            }
        };

        it("who goes on sending is cut off after the grace, has no track, and is not answered", async () => {
            await meetAsync(alice, bob);
            alice.mesh.setPaused(new Set(["bob"]));
            await flowAsync(0, 2);
            expect(network.open).toHaveLength(1);
            await flowAsync(0, 2);
            expect(callAt(0).called.closed).toBe(true);
            expect(alice.remotes.get("bob")?.track).toBeNull();
            // Bob is the caller, and he calls again.
            await jest.advanceTimersByTimeAsync(2_000);
            expect(network.calls.length).toBeGreaterThan(1);
            expect(network.open).toHaveLength(0);
        });

        it("is heard again when resumed, whoever's part it is to call", async () => {
            await meetAsync(alice, bob);
            alice.mesh.setPaused(new Set(["bob"]));
            bob.mesh.setWanted("alice", "off");
            await flowAsync(0, 4);
            await jest.advanceTimersByTimeAsync(30_000);
            expect(network.open).toHaveLength(0);
            alice.mesh.setPaused(new Set());
            bob.mesh.setWanted("alice", "on");
            await settleAsync();
            expect(network.open).toHaveLength(1);
            expect(alice.hears("bob")).toBe(bob.silence);

            bob.mesh.setPaused(new Set(["alice"]));
            const entry = (): object => ({ id: "I", type: "inbound-rtp", kind: "audio", packetsReceived: performance.now() });
            for (let i = 0; i < 4; i++) {
                Object.assign(callAt(-1).calling.peerConnection ?? {}, { report: new Map([["I", entry()]]) });
                await jest.advanceTimersByTimeAsync(1_000);
            }
            expect(network.open).toHaveLength(0);
            bob.mesh.setPaused(new Set());
            await settleAsync();
            expect(network.open).toHaveLength(1);
        });

        it("stays cut off through a block, and not when they enter again", async () => {
            await meetAsync(alice, bob);
            alice.mesh.setPaused(new Set(["bob"]));
            await flowAsync(0, 4);
            expect(network.open).toHaveLength(0);
            alice.mesh.setBlocked(["bob"]);
            alice.mesh.setBlocked([]);
            await jest.advanceTimersByTimeAsync(4_000);
            expect(network.open).toHaveLength(0);
            const again = new Person(network, peer("bob", 4));
            await meetAsync(alice, again);
            expect(network.open).toHaveLength(1);
            again.mesh.dispose();
        });

        it("who stops in time keeps the link, however long the pause", async () => {
            await meetAsync(alice, bob);
            arrive(0, 10);
            alice.mesh.setPaused(new Set(["bob"]));
            await jest.advanceTimersByTimeAsync(1_500);
            arrive(0, 60);
            await jest.advanceTimersByTimeAsync(60_000);
            expect(network.open).toHaveLength(1);
            // The link is closed when packets start again without a request.
            arrive(0, 61);
            await jest.advanceTimersByTimeAsync(1_000);
            expect(network.open).toHaveLength(0);
        });

        it("is not watched once resumed", async () => {
            await meetAsync(alice, bob);
            alice.mesh.setPaused(new Set(["bob"]));
            alice.mesh.setPaused(new Set());
            expect(jest.getTimerCount()).toBe(0);
            await flowAsync(0, 5);
            expect(network.open).toHaveLength(1);
        });

        it("has another grace with a new connection", async () => {
            await meetAsync(alice, bob);
            alice.mesh.setPaused(new Set(["bob"]));
            await flowAsync(0, 4);
            expect(network.open).toHaveLength(0);
            const again = new Person(network, peer("bob", 4));
            await meetAsync(alice, again);
            expect(network.open).toHaveLength(1);
            again.mesh.dispose();
        });
    });

    it("unpublished: no packets go to anybody, and those who come meanwhile get none either", async () => {
        const track = new FakeTrack("microphone");
        await bob.mesh.publishAsync(track);
        await meetAsync(alice, bob);
        bob.mesh.setPublishing(false);
        await meetAsync(alice, bob, carol);
        expect([alice.hears("bob"), carol.hears("bob")]).toEqual([null, null]);
        bob.mesh.setPublishing(true);
        await settleAsync();
        expect([alice.hears("bob"), carol.hears("bob")]).toEqual([track, track]);
    });

    describe("what is sent", () => {
        it("carries silence from the start while there is no microphone", async () => {
            await meetAsync(alice, bob);
            expect(alice.hears("bob")).toBe(bob.silence);
            expect(bob.hears("alice")).toBe(alice.silence);
        });

        it("puts the microphone in its place on every link, and silence again, without another call", async () => {
            const track = new FakeTrack("microphone");
            await meetAsync(alice, bob, carol);
            await bob.mesh.publishAsync(track);
            expect([alice.hears("bob"), carol.hears("bob")]).toEqual([track, track]);
            await bob.mesh.publishAsync(null);
            expect([alice.hears("bob"), carol.hears("bob")]).toEqual([bob.silence, bob.silence]);
            expect(network.calls).toHaveLength(3);
        });

        it("sends the microphone that is there already to who comes later, whoever of them calls", async () => {
            const track = new FakeTrack("microphone");
            await alice.mesh.publishAsync(track);
            await meetAsync(alice, bob);
            expect(bob.hears("alice")).toBe(track);
            const second = new FakeTrack("microphone");
            await carol.mesh.publishAsync(second);
            await meetAsync(alice, bob, carol);
            expect(alice.hears("carol")).toBe(second);
        });

        it.each(["off", "warm"] as const)("sends nothing to somebody for whom it is %s, and again when it is on", async (wanted) => {
            await meetAsync(alice, bob, carol);
            bob.mesh.setWanted("alice", wanted);
            await settleAsync();
            expect([alice.hears("bob"), carol.hears("bob")]).toEqual([null, bob.silence]);
            const track = new FakeTrack("microphone");
            await bob.mesh.publishAsync(track);
            expect([alice.hears("bob"), carol.hears("bob")]).toEqual([null, track]);
            bob.mesh.setWanted("alice", "on");
            await settleAsync();
            expect(alice.hears("bob")).toBe(track);
        });

        it("keeps to what was asked when the link is made anew", async () => {
            await meetAsync(alice, bob);
            bob.mesh.setWanted("alice", "off");
            callAt(0).calling.tellIce("failed");
            await jest.advanceTimersByTimeAsync(1_000);
            await settleAsync();
            expect(network.open).toHaveLength(1);
            expect(alice.remotes.get("bob")?.track).not.toBeNull();
            expect(alice.hears("bob")).toBeNull();
        });

        it("sends nothing to who may not subscribe, and follows when that changes", async () => {
            bob = new Person(network, peer("bob", 2, { maySubscribe: false }));
            await meetAsync(alice, bob);
            expect(callAt(0).called.sender?.active).toBe(false);
            expect(alice.hears("bob")).toBe(bob.silence);
            const list = new Map([["alice", alice.info], ["bob", { ...bob.info, maySubscribe: true }]]); // prettier-ignore
            [alice, bob].forEach(({ mesh }) => mesh.setPeers(list));
            await settleAsync();
            expect(bob.hears("alice")).toBe(alice.silence);
        });

        it("does not even offer the microphone to who may not subscribe", async () => {
            const microphone = new FakeTrack("microphone");
            const call = jest.spyOn(network, "call");
            await bob.mesh.publishAsync(microphone);
            alice = new Person(network, peer("alice", 1, { maySubscribe: false }));
            await meetAsync(alice, bob);
            expect(call.mock.calls[0]?.[2].getAudioTracks()[0]).toBe(bob.silence);
            expect(callAt(0).calling.sender).toMatchObject({ active: false, replaced: [] });
        });

        it("gives out no track at all while it may not subscribe itself, whatever the others send", async () => {
            await meetAsync(alice, bob);
            const list = new Map([["alice", { ...alice.info, maySubscribe: false }], ["bob", bob.info]]); // prettier-ignore
            alice.mesh.setPeers(list);
            expect(alice.remotes.get("bob")).toMatchObject({ track: null });
            expect(bob.remotes.get("alice")?.track).not.toBeNull();
            alice.mesh.setPeers(new Map([["alice", alice.info], ["bob", bob.info]])); // prettier-ignore
            expect(alice.hears("bob")).toBe(bob.silence);
        });

        it("gives out no track of who may not publish, whatever they send", async () => {
            bob = new Person(network, peer("bob", 2, { mayPublish: false }));
            await meetAsync(alice, bob);
            expect(network.open).toHaveLength(1);
            expect(alice.remotes.get("bob")).toMatchObject({ track: null, mayPublish: false });
        });

        it("tells who is muted by their own will without touching the track", async () => {
            await meetAsync(alice, bob);
            const before = alice.remotes.get("bob")?.track;
            alice.mesh.setPeers(new Map([["alice", alice.info], ["bob", { ...bob.info, muted: "self" }]])); // prettier-ignore
            expect(alice.remotes.get("bob")?.muted).toBe("self");
            expect(alice.remotes.get("bob")?.track).toBe(before);
        });

        it.each([
            ["may not publish any more", { mayPublish: false }],
            ["was muted by a moderator", { muted: "moderator" }],
        ] as const)("takes the track of who %s away, whatever they send, and gives it back afterwards", async (_, change) => {
            await meetAsync(alice, bob);
            const before = alice.remotes.get("bob")?.track;
            alice.mesh.setPeers(new Map([["alice", alice.info], ["bob", { ...bob.info, ...change }]])); // prettier-ignore
            expect(alice.remotes.get("bob")).toMatchObject({ ...change, track: null });
            alice.mesh.setPeers(new Map([["alice", alice.info], ["bob", bob.info]])); // prettier-ignore
            expect(alice.remotes.get("bob")?.track).toBe(before);
        });

        it("tells of nobody's interest in our own voice", async () => {
            await meetAsync(alice, bob);
            const told = alice.told.length;
            alice.mesh.setWanted("bob", "off");
            alice.mesh.setWanted("bob", "on");
            expect(alice.told).toHaveLength(told);
        });

        it("takes a sender that cannot send any more for the end of its link, and calls again", async () => {
            await meetAsync(alice, bob);
            const { sender } = callAt(0).calling;
            if (sender) {
                sender.failure = new Error("closed");
            }
            await bob.mesh.publishAsync(new FakeTrack());
            await jest.advanceTimersByTimeAsync(1_000);
            await settleAsync();
            expect(network.calls).toHaveLength(2);
            expect(network.open).toHaveLength(1);
        });
    });

    describe("streams", () => {
        it("takes a stream that is told of twice for one voice", async () => {
            await meetAsync(alice, bob);
            const track = alice.remotes.get("bob")?.track;
            const told = alice.told.length;
            callAt(0).called.repeatStream();
            expect(alice.remotes.get("bob")?.track).toBe(track);
            expect(alice.told).toHaveLength(told);
        });

        it("leaves the tracks of the others as they are when somebody comes or goes", async () => {
            await meetAsync(alice, bob);
            const track = alice.remotes.get("bob")?.track;
            await meetAsync(alice, bob, carol);
            await meetAsync(alice, bob);
            expect(alice.remotes.get("bob")?.track).toBe(track);
        });
    });

    describe("links that end", () => {
        it("hangs up on who leaves, and calls them no more", async () => {
            await meetAsync(alice, bob);
            bob.mesh.setPeers(new Map([["bob", bob.info]]));
            await settleAsync();
            expect(callAt(0).calling.closed).toBe(true);
            expect(bob.remotes.size).toBe(0);
            await jest.advanceTimersByTimeAsync(60_000);
            expect(network.calls).toHaveLength(1);
        });

        it("is in the call with the new connection of a member who came again", async () => {
            await meetAsync(alice, bob);
            const again = new Person(network, peer("bob", 4));
            await meetAsync(alice, again);
            expect(callAt(0).called.closed).toBe(true);
            expect(network.log).toEqual(["bob-2>alice-1", "bob-4>alice-1"]);
            expect(alice.hears("bob")).toBe(again.silence);
            again.mesh.dispose();
        });

        describe("where a server gives new ids to both peers", () => {
            const move = (person: Person): IRtcPeer => {
                const { info, mesh } = person;
                const moved = { ...info, peerId: `${info.id}-again` };
                person.callsAs = moved.peerId;
                network.register(moved.peerId, (call) => mesh.onCall(call.asPeerJs));
                mesh.reopen(moved.peerId);
                return moved;
            };
            const listOf = (...peers: IRtcPeer[]): Map<string, IRtcPeer> => new Map(peers.map((each) => [each.id, each]));
            /** Lets Alice and Bob meet, then call each other by their new ids. @returns Bob's previous track, on Alice's side */
            const meetAndMoveAsync = async (): Promise<MediaStreamTrack | null | undefined> => {
                await meetAsync(alice, bob);
                const before = alice.remotes.get("bob")?.track;
                const moved = [move(alice), move(bob)] as const;
                [alice, bob].forEach(({ mesh }) => mesh.setPeers(listOf(...moved)));
                [alice, bob].forEach(({ mesh }) => mesh.setOnline(true));
                await settleAsync();
                return before;
            };

            it("goes on by the call that stands until the next one does", async () => {
                await meetAsync(alice, bob);
                const [before] = alice.told.slice(-1);
                const moved = [move(alice), move(bob)] as const;
                expect([alice, bob].map(({ mesh }) => mesh.hearsAnybody())).not.toContain(null);
                alice.mesh.setPeers(listOf(...moved));
                bob.mesh.setPeers(listOf(...moved));
                await settleAsync();
                expect(alice.hears("bob")).toBe(bob.silence);
                expect(bob.hears("alice")).toBe(alice.silence);
                expect(alice.remotes.get("bob")).toMatchObject({ track: before?.get("bob")?.track, link: "connecting" });
                alice.mesh.setOnline(true);
                bob.mesh.setOnline(true);
                await settleAsync();
                expect(network.log).toEqual(["bob-2>alice-1", "bob-again>alice-again"]);
                // The first packet of the new call has not arrived yet.
                await jest.advanceTimersByTimeAsync(900);
                expect(alice.remotes.get("bob")).toMatchObject({ track: before?.get("bob")?.track, link: "connected" });
                [callAt(1).calling, callAt(1).called].forEach((end) => end.receive(1));
                await jest.advanceTimersByTimeAsync(100);
                expect(alice.remotes.get("bob")?.track).not.toBe(before?.get("bob")?.track);
                expect([callAt(0).calling.closed, callAt(0).called.closed]).toEqual([false, false]);
                expect(alice.hears("bob")).toBe(bob.silence);
                expect(bob.hears("alice")).toBe(alice.silence);
                await jest.advanceTimersByTimeAsync(1_000);
                expect([callAt(0).calling.closed, callAt(0).called.closed]).toEqual([true, true]);
                expect(network.open).toHaveLength(1);
                expect(alice.hears("bob")).toBe(bob.silence);
            });

            it.each([0, 600])("goes on by the previous call where the next one ends %i ms after it is heard", async (ms) => {
                const before = await meetAndMoveAsync();
                [callAt(1).calling, callAt(1).called].forEach((end) => end.receive(1));
                await jest.advanceTimersByTimeAsync(ms);
                network.hasPaths = false;
                [callAt(1).calling, callAt(1).called].forEach((end) => end.tellIce("failed"));
                await jest.advanceTimersByTimeAsync(2_000);
                expect(alice.remotes.get("bob")?.track).toBe(before);
                expect(alice.hears("bob")).toBe(bob.silence);
            });

            it("plays the next call after five seconds, too, where no packet comes, as of somebody who is paused", async () => {
                const before = await meetAndMoveAsync();
                await jest.advanceTimersByTimeAsync(4_999);
                expect(alice.remotes.get("bob")?.track).toBe(before);
                await jest.advanceTimersByTimeAsync(1);
                expect(alice.remotes.get("bob")?.track).not.toBe(before);
                await jest.advanceTimersByTimeAsync(1_000);
                expect(network.open).toHaveLength(1);
            });

            it("follows the verdict on both calls", async () => {
                await meetAsync(alice, bob);
                const moved = [move(alice), move(bob)] as const;
                alice.mesh.setPeers(listOf(moved[0], { ...moved[1], maySubscribe: false }));
                bob.mesh.setPeers(listOf(moved[0], { ...moved[1], mayPublish: false }));
                await settleAsync();
                expect(bob.hears("alice")).toBeNull();
            });

            it("ends the call of before when the member has left, or the next one does not come", async () => {
                await meetAsync(alice, bob, carol);
                const moved = move(alice);
                alice.mesh.setPeers(listOf(moved, bob.info));
                await settleAsync();
                expect(alice.remotes.has("carol")).toBe(false);
                expect(network.open).toHaveLength(2);
                await jest.advanceTimersByTimeAsync(27_999);
                expect(alice.hears("bob")).toBe(bob.silence);
                await jest.advanceTimersByTimeAsync(1);
                expect(alice.remotes.get("bob")?.track).toBeNull();
                expect(network.open).toHaveLength(1);
            });

            it("keeps no call with a member who alone is another peer by now", async () => {
                await meetAsync(alice, bob);
                alice.mesh.setPeers(listOf(alice.info, { ...bob.info, peerId: "bob-again", ready: false }));
                await settleAsync();
                expect(callAt(0).called.closed).toBe(true);
                expect(alice.remotes.get("bob")).toMatchObject({ track: null, link: "connecting" });
            });

            it("says that there is no path where the next call does not stand, whatever the previous one tells", async () => {
                await meetAsync(alice, bob);
                const moved = [move(alice), move(bob)] as const;
                network.hasPaths = false;
                bob.mesh.setPeers(listOf(...moved));
                bob.mesh.setOnline(true);
                await settleAsync();
                expect(bob.hears("alice")).toBe(alice.silence);
                callAt(0).calling.tellIce("disconnected");
                callAt(0).calling.tellIce("connected");
                await jest.advanceTimersByTimeAsync(8_000);
                expect(bob.errors).toMatchObject([{ code: "linkFailed" }]);
                expect(bob.remotes.get("alice")).toMatchObject({ track: null, link: "noPath" });
                expect(callAt(0).calling.closed).toBe(true);
            });

            it("cuts nobody off who is paused, since what they sent before was asked for anew", async () => {
                await meetAsync(alice, bob);
                const arrive = (packetsReceived: number): void => {
                    const entry = { id: "I", type: "inbound-rtp", kind: "audio", packetsReceived };
                    Object.assign(callAt(0).called.peerConnection ?? {}, { report: new Map([["I", entry]]) });
                };
                alice.mesh.setPaused(new Set(["bob"]));
                bob.mesh.setWanted("alice", "off");
                arrive(10);
                await jest.advanceTimersByTimeAsync(5_000);
                const moved = [move(alice), move(bob)] as const;
                bob.mesh.setWanted("alice", "on");
                arrive(1_000);
                alice.mesh.setPeers(listOf(...moved));
                await jest.advanceTimersByTimeAsync(5_000);
                expect(callAt(0).called.closed).toBe(false);
            });

            it("is silent where the call of before ends by itself", async () => {
                await meetAsync(alice, bob);
                const moved = move(alice);
                alice.mesh.setPeers(listOf(moved, { ...bob.info, ready: false }));
                callAt(0).called.close();
                callAt(0).called.tellIce("failed");
                await settleAsync();
                expect(alice.remotes.get("bob")).toMatchObject({ track: null, link: "connecting" });
                expect(network.calls).toHaveLength(1);
            });
        });

        it("is called again by who called, and by nobody else, after the policy's delay", async () => {
            await meetAsync(alice, bob);
            callAt(0).calling.tellIce("failed");
            await settleAsync();
            expect(alice.remotes.get("bob")?.track).toBeNull();
            expect(bob.remotes.get("alice")?.track).toBeNull();
            await jest.advanceTimersByTimeAsync(999);
            expect(network.calls).toHaveLength(1);
            await jest.advanceTimersByTimeAsync(1);
            await settleAsync();
            expect(network.log).toEqual(["bob-2>alice-1", "bob-2>alice-1"]);
            expect(alice.hears("bob")).toBe(bob.silence);
            expect(alice.policy.asked).toHaveLength(0);
        });

        it("lets an interruption of less than 4 s pass", async () => {
            await meetAsync(alice, bob);
            callAt(0).calling.tellIce("disconnected");
            await jest.advanceTimersByTimeAsync(3_999);
            callAt(0).calling.tellIce("connected");
            await jest.advanceTimersByTimeAsync(60_000);
            expect(network.calls).toHaveLength(1);
            expect(network.open).toHaveLength(1);
        });

        it("takes an interruption of 4 s for the end", async () => {
            await meetAsync(alice, bob);
            callAt(0).calling.tellIce("disconnected");
            await jest.advanceTimersByTimeAsync(4_000);
            expect(callAt(0).calling.closed).toBe(true);
            await jest.advanceTimersByTimeAsync(1_000);
            await settleAsync();
            expect(network.open).toHaveLength(1);
        });

        it("stands through an interruption as long as packets come, as on a crowded line", async () => {
            await meetAsync(alice, bob);
            const { calling } = callAt(0);
            calling.tellIce("disconnected");
            for (let packet = 1; packet <= 5; packet++) {
                await jest.advanceTimersByTimeAsync(3_000);
                calling.receive(packet);
            }
            expect(network.calls).toHaveLength(1);
            expect(calling.closed).toBe(false);
            await jest.advanceTimersByTimeAsync(8_000);
            expect(calling.closed).toBe(true);
        });

        it("gives up a call that nobody answers after 15 s", async () => {
            const release = network.hold();
            await meetAsync(alice, bob);
            await jest.advanceTimersByTimeAsync(14_999);
            expect(callAt(0).calling.closed).toBe(false);
            await jest.advanceTimersByTimeAsync(1);
            expect(callAt(0).calling.closed).toBe(true);
            release();
        });

        it("says after 8 s that there is no path yet, once, at both ends and by name, and finds one later all the same", async () => {
            network.hasPaths = false;
            await meetAsync(alice, bob);
            await jest.advanceTimersByTimeAsync(7_999);
            expect([alice.errors, bob.errors]).toEqual([[], []]);
            expect([alice.remotes.get("bob")?.link, bob.remotes.get("alice")?.link]).toEqual(["connecting", "connecting"]);
            await jest.advanceTimersByTimeAsync(1);
            expect([alice.remotes.get("bob")?.link, bob.remotes.get("alice")?.link]).toEqual(["noPath", "noPath"]);
            for (const [person, other] of [
                [alice, "BOB"],
                [bob, "ALICE"],
            ] as const) {
                expect(person.errors).toMatchObject([{ code: "linkFailed" }]);
                expect(person.errors[0]?.message).toMatch(new RegExp(`no audio path to ${other} yet.*TURN`));
            }
            network.hasPaths = true;
            // The pending call times out after 15 s, and is made again.
            await jest.advanceTimersByTimeAsync(9_000);
            expect(network.open).toHaveLength(1);
            expect([alice.errors.length, bob.errors.length]).toEqual([1, 1]);
            expect([alice.remotes.get("bob")?.link, bob.remotes.get("alice")?.link]).toEqual(["connected", "connected"]);
        });

        it("tells of no path to one member alone, and tells of a track along with its link", async () => {
            network.hasPaths = false;
            await meetAsync(alice, bob);
            network.hasPaths = true;
            await meetAsync(alice, bob, carol);
            await jest.advanceTimersByTimeAsync(8_000);
            expect([...alice.remotes].map(([id, { link, track }]) => [id, link, track !== null])).toEqual([
                ["bob", "noPath", false],
                ["carol", "connected", true],
            ]);
        });

        it("says nothing of a path to somebody who has left meanwhile", async () => {
            network.hasPaths = false;
            await meetAsync(alice, bob);
            bob.mesh.setPeers(new Map([["bob", bob.info]]));
            await jest.advanceTimersByTimeAsync(60_000);
            expect(bob.errors).toEqual([]);
        });

        /** Makes every call fail until the policy gives up. */
        const failForGoodAsync = async (): Promise<void> => {
            for (let round = 0; round < 3; round++) {
                callAt(-1).calling.emit("error", new Error("negotiation failed"));
                await jest.advanceTimersByTimeAsync(2_000);
            }
        };

        it("gives up when the policy does, says linkFailed once, and names the member", async () => {
            network.hold();
            await meetAsync(alice, bob);
            await failForGoodAsync();
            expect(network.calls).toHaveLength(3);
            expect(bob.errors).toMatchObject([{ code: "linkFailed", message: expect.stringMatching(/^No audio path to /) as string }]);
            expect(bob.errors[0]?.message).toContain("ALICE");
            expect(bob.remotes.get("alice")?.link).toBe("noPath");
            expect(bob.policy.asked).toEqual([
                { retries: 0, elapsedMs: 0 },
                { retries: 1, elapsedMs: 2_000 },
                { retries: 2, elapsedMs: 4_000 },
            ]);
        });

        it("names a TURN server that refuses the credentials, when there is no path yet and when it gives up", async () => {
            network.hasPaths = false;
            await meetAsync(alice, bob);
            const refuse = (): boolean | undefined => {
                const refusal = Object.assign(new Event("icecandidateerror"), { errorCode: 401, url: "turn:turn.example:3478" });
                return network.calls.at(-1)?.calling.peerConnection?.dispatchEvent(refusal);
            };
            const refused = "The TURN server turn:turn.example:3478 refuses the credentials: is the server's option turn.secret";
            refuse();
            await jest.advanceTimersByTimeAsync(8_000);
            expect(bob.errors).toMatchObject([{ code: "linkFailed", message: expect.stringContaining(refused) as string }]);
            for (let i = 0; i < 3; i++) {
                refuse();
                await jest.advanceTimersByTimeAsync(18_000);
            }
            expect(bob.errors.at(-1)?.message).toMatch(/^No audio path to ALICE could be found\. The TURN server turn:turn\.example:3478 /);
        });

        it("leaves no listener on a connection that has ended, which browsers may keep", async () => {
            await meetAsync(alice, bob);
            const { peerConnection } = network.calls.at(-1)?.calling ?? {};
            const listeners = (): number => (peerConnection ? getEventListeners(peerConnection, "icecandidateerror").length : NaN);
            expect(listeners()).toBe(1);
            network.calls.at(-1)?.calling.close();
            expect(listeners()).toBe(0);
        });

        it("stays given up when others are muted, come or go", async () => {
            network.hold();
            await meetAsync(alice, bob);
            await failForGoodAsync();
            bob.mesh.setPeers(new Map([["alice", { ...alice.info, muted: "self" }], ["bob", bob.info]])); // prettier-ignore
            await jest.advanceTimersByTimeAsync(60_000);
            expect(network.calls).toHaveLength(3);
            expect(bob.errors).toHaveLength(1);
        });

        it("tries anew when the member can be called again", async () => {
            network.hold();
            await meetAsync(alice, bob);
            await failForGoodAsync();
            bob.mesh.setPeers(new Map([["alice", { ...alice.info, ready: false }], ["bob", bob.info]])); // prettier-ignore
            bob.mesh.setPeers(new Map([["alice", alice.info], ["bob", bob.info]])); // prettier-ignore
            expect(network.calls).toHaveLength(4);
            callAt(-1).calling.emit("error", new Error("negotiation failed"));
            expect(bob.policy.asked.at(-1)).toEqual({ retries: 0, elapsedMs: 0 });
        });

        it("tries anew when its own signalling is back", async () => {
            network.hold();
            await meetAsync(alice, bob);
            await failForGoodAsync();
            bob.mesh.setOnline(false);
            bob.mesh.setOnline(true);
            expect(network.calls).toHaveLength(4);
        });

        describe("makes a link anew by which nothing comes since the network at one end was away", () => {
            const ownBack = (): void => {
                bob.mesh.setOnline(false);
                bob.mesh.setOnline(true);
            };
            const otherBack = (): void => {
                bob.mesh.setPeers(new Map([["alice", { ...alice.info, ready: false }], ["bob", bob.info]])); // prettier-ignore
                bob.mesh.setPeers(new Map([["alice", alice.info], ["bob", bob.info]])); // prettier-ignore
            };
            /** Sets the timestamp of the last packet that the caller has received. */
            const setPacket = (packet: number): void => callAt(0).calling.receive(packet);

            it.each([
                ["its own", ownBack],
                ["the other's", otherBack],
            ])("after 1.5 s: %s signalling is back", async (_, comeBack) => {
                await meetAsync(alice, bob);
                setPacket(960);
                comeBack();
                // This packet was in flight.
                setPacket(1_920);
                await jest.advanceTimersByTimeAsync(600);
                expect(network.calls).toHaveLength(1);
                await jest.advanceTimersByTimeAsync(899);
                expect(network.calls).toHaveLength(1);
                await jest.advanceTimersByTimeAsync(1);
                expect(network.calls).toHaveLength(2);
                expect(callAt(0).calling.closed).toBe(true);
                expect(network.open).toHaveLength(1);
                expect(bob.errors).toEqual([]);
            });

            it("after half a second where none has come for long already", async () => {
                await meetAsync(alice, bob);
                setPacket(960);
                expect(bob.mesh.hearsAnybody()).toBe(true);
                await jest.advanceTimersByTimeAsync(2_000);
                expect(bob.mesh.hearsAnybody()).toBe(false);
                otherBack();
                await jest.advanceTimersByTimeAsync(499);
                expect(network.calls).toHaveLength(1);
                await jest.advanceTimersByTimeAsync(2);
                expect(network.calls).toHaveLength(2);
            });

            it.each<[string, () => void]>([
                ["packets come", () => setPacket(1_920)],
                ["nothing is wanted of the other", () => bob.mesh.setPaused(new Set(["alice"]))],
            ])("but not where %s", async (_, go) => {
                await meetAsync(alice, bob);
                setPacket(960);
                ownBack();
                await jest.advanceTimersByTimeAsync(700);
                go();
                await jest.advanceTimersByTimeAsync(1_000);
                expect(network.calls).toHaveLength(1);
                bob.mesh.setPaused(new Set());
            });

            it("but not where the browser does not tell of packets, nor where there has never been one", async () => {
                await meetAsync(alice, bob);
                ownBack();
                await jest.advanceTimersByTimeAsync(5_000);
                expect(network.calls).toHaveLength(1);
            });
        });

        it("has all attempts again after a link that stood", async () => {
            await meetAsync(alice, bob);
            for (let round = 0; round < 5; round++) {
                callAt(-1).calling.tellIce("failed");
                await jest.advanceTimersByTimeAsync(1_000);
                await settleAsync();
            }
            expect(network.calls).toHaveLength(6);
            expect(bob.errors).toHaveLength(0);
            expect(bob.policy.asked.every(({ retries }) => retries === 0)).toBe(true);
        });

        it("waits with the next call until signalling stands again", async () => {
            await meetAsync(alice, bob);
            bob.mesh.setOnline(false);
            callAt(0).calling.tellIce("failed");
            await jest.advanceTimersByTimeAsync(1_000);
            expect(network.calls).toHaveLength(1);
            bob.mesh.setOnline(true);
            expect(network.calls).toHaveLength(2);
        });

        it("calls as soon as signalling says that it stands, if it could not call before", async () => {
            bob.signalling = false;
            await meetAsync(alice, bob);
            expect(network.calls).toHaveLength(0);
            bob.signalling = true;
            bob.mesh.setOnline(true);
            expect(network.calls).toHaveLength(1);
        });
    });

    describe("its end", () => {
        it("hangs up everywhere, lets go of its silence once, and says nothing more", async () => {
            await meetAsync(alice, bob, carol);
            const told = bob.told.length;
            bob.mesh.dispose();
            await settleAsync();
            expect(network.open.map(({ from, to }) => `${from}>${to}`)).toEqual(["carol-3>alice-1"]);
            expect(bob.silenceDisposed).toBe(1);
            expect(bob.told).toHaveLength(told);
        });

        it("leaves no call behind that waited for its turn", async () => {
            await meetAsync(alice, bob);
            callAt(0).calling.tellIce("failed");
            bob.mesh.dispose();
            await jest.advanceTimersByTimeAsync(60_000);
            expect(network.calls).toHaveLength(1);
        });

        it("leaves the published track live", async () => {
            const track = new FakeTrack("microphone");
            await meetAsync(alice, bob);
            await bob.mesh.publishAsync(track);
            bob.mesh.dispose();
            expect(track.readyState).toBe("live");
        });
    });

    it("lets received sound wait as long as it is told to, and otherwise as the browser finds best", async () => {
        const dave = new Person(network, peer("dave", 4), 200);
        await meetAsync(alice, dave);
        const [call] = network.calls;
        expect(call?.calling.peerConnection?.receivers).toMatchObject([{ jitterBufferTarget: 200 }]);
        expect(call?.called.peerConnection?.receivers).toMatchObject([{ jitterBufferTarget: null }]);
        dave.mesh.dispose();
    });

    it("looks after the line of each link that stands, for as long as it does", async () => {
        const dave = new Person(network, peer("dave", 4), null, "full");
        await meetAsync(alice, dave);
        expect(jest.getTimerCount()).toBe(1);
        expect((await dave.mesh.factsAsync()).get("alice")).toMatchObject({ sendMode: "full" });
        dave.mesh.dispose();
        await settleAsync();
        expect(jest.getTimerCount()).toBe(0);
    });

    it("gives the facts of each link that stands, and leaves out those that cannot be asked", async () => {
        await meetAsync(alice, bob, carol);
        const report = new Map([
            ["P", { id: "P", type: "candidate-pair", state: "succeeded", nominated: true, currentRoundTripTime: 0.02 }],
        ]);
        const [toAlice, toBob] = network.calls.filter(({ from }) => from === "carol-3").map(({ calling }) => calling.peerConnection);
        expect([...(await carol.mesh.factsAsync()).keys()]).toEqual(["alice", "bob"]);
        Object.assign(toAlice ?? {}, { report });
        Object.assign(toBob ?? {}, { report: null });
        const facts = await carol.mesh.factsAsync();
        expect([...facts.keys()]).toEqual(["alice"]);
        expect(facts.get("alice")).toMatchObject({ roundTripMs: 20 });
        carol.mesh.dispose();
        expect((await carol.mesh.factsAsync()).size).toBe(0);
    });
});
