import { getEventListeners } from "node:events";
import type { IRtcPeer } from "../../../../protocol/wire.js";
import { defaultOpusSettings } from "../../../../src/transport/opusSettings.js";
import type { IMeshParts } from "../../../../src/transport/mesh/mesh.js";
import { DefaultRetryPolicy } from "../../../../src/transport/retryPolicy.js";
import type { IRetryContext, IRetryPolicy } from "../../../../src/transport/retryPolicy.js";
import type { IRemoteVoice } from "../../../../src/transport/voiceTransport.js";
import { rtcPeer } from "../../../fakes/fakeControl.js";
import { FakeTrack, fakeStream, installFakeMedia } from "../../../fakes/fakeMedia.js";
import { FakeCallTrack, FakeMediaConnection } from "../../../fakes/fakeMediaConnection.js";
import { FakePeerNetwork } from "../../../fakes/fakePeerNetwork.js";
import type { IFakeCall } from "../../../fakes/fakePeerNetwork.js";
import { RuledMesh } from "../../../fakes/ruledMesh.js";
import { settleAsync } from "../../../fakes/settle.js";
import { drawnTransitions } from "../../connectionDiagrams.js";

installFakeMedia();

/** Retries twice, after 1 s and 2 s. */
class TwicePolicy implements IRetryPolicy {
    public readonly asked: IRetryContext[] = [];

    nextRetryDelayInMs(context: IRetryContext): number | null {
        this.asked.push(context);
        return [1_000, 2_000][context.retries] ?? null;
    }
}

/** Transitions of links that the tests of this file have caused, as `from --> to`. */
const caused = new Set<string>();

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
            onRemotes: (remotes) => {
                remotes.forEach(({ link: to = "connecting" }, id) => {
                    const from = this.remotes.get(id)?.link;
                    if (from !== undefined && from !== to) {
                        caused.add(`${from} --> ${to}`);
                    }
                });
                this.told.push(remotes);
            },
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

describe("The mesh", () => {
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

    describe("when members meet", () => {
        it("makes the later member call each earlier member once", async () => {
            await meetAsync(alice, bob, carol);
            expect([...network.log].sort()).toEqual(["bob-2>alice-1", "carol-3>alice-1", "carol-3>bob-2"]);
            expect(network.open).toHaveLength(3);
        });

        it("lists the other members in join order, each with a track", async () => {
            await meetAsync(alice, bob, carol);
            expect([...bob.remotes]).toMatchObject([
                ["alice", { id: "alice", name: "ALICE", muted: "no", mayPublish: true, publishing: true, capturing: true, blocked: false }],
                ["carol", { id: "carol", name: "CAROL" }],
            ]);
            expect([...bob.remotes.values()].every(({ track }) => track instanceof FakeCallTrack)).toBe(true);
        });

        it("waits with calls until its own signalling is online", async () => {
            bob.mesh.setPeers(new Map([["alice", alice.info], ["bob", bob.info]])); // prettier-ignore
            expect(network.calls).toHaveLength(0);
            bob.mesh.setOnline(true);
            expect(network.log).toEqual(["bob-2>alice-1"]);
        });

        it("prepares at most four calls, and discards the unused ones once its signalling is online and the peers are known", () => {
            const create = (rtpData: IMeshParts["rtpData"] = null): RuledMesh =>
                new RuledMesh({
                    info: peer("dave", 7),
                    silentTrack: () => ({ track: new FakeTrack("silence"), dispose: () => undefined }),
                    opus: defaultOpusSettings,
                    jitterTargetMs: null,
                    call: () => null,
                    callees: ["a", "b", "c", "d", "e"],
                    rtpData,
                    onRemotes: () => undefined,
                    onError: () => undefined,
                });
            const [first, second] = [create(), create()];
            expect(first.prepared).toEqual(["a", "b", "c", "d"]);
            first.setPeers(new Map([["alice", alice.info]]));
            expect(first.prepared).toHaveLength(4);
            first.setOnline(true);
            expect(first.prepared).toBeNull();
            second.setOnline(true);
            expect(second.prepared).toHaveLength(4);
            second.setPeers(new Map([["alice", alice.info]]));
            expect(second.prepared).toBeNull();
            // Data in RTP is set up when a call is made, for the other end that is called.
            const third = create({ serve: () => ({ send: () => undefined, close: () => undefined }), dispose: () => undefined });
            expect(third.prepared).toEqual([]);
            [first, second, third].forEach((mesh) => mesh.dispose());
        });

        it("calls a member as soon as that member is ready", async () => {
            bob.mesh.setOnline(true);
            bob.mesh.setPeers(new Map([["alice", { ...alice.info, ready: false }], ["bob", bob.info]])); // prettier-ignore
            expect(network.calls).toHaveLength(0);
            bob.mesh.setPeers(new Map([["alice", alice.info], ["bob", bob.info]])); // prettier-ignore
            expect(network.log).toEqual(["bob-2>alice-1"]);
        });

        it("does not repeat an open call when members join or signalling reconnects", async () => {
            await meetAsync(alice, bob);
            await meetAsync(alice, bob, carol);
            bob.mesh.setOnline(false);
            bob.mesh.setOnline(true);
            expect(network.log.filter((each) => each.startsWith("bob"))).toHaveLength(1);
        });

        it("continues if the browser cannot create a peer connection, and retries", async () => {
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

        it("sets its Opus settings in offer and answer", async () => {
            await meetAsync(alice, bob);
            expect(callAt(0).calling.sdp).toContain("maxaveragebitrate=24000");
            expect(callAt(0).called.sdp).toContain("maxaveragebitrate=24000");
        });
    });

    describe("on an incoming call", () => {
        const from = (peerId: string, to: Person): FakeMediaConnection => {
            const [, called] = FakeMediaConnection.Between(peerId, to.info.peerId, fakeStream(new FakeTrack()), (sdp) => sdp);
            to.mesh.onCall(called.asPeerJs);
            return called;
        };

        it("holds the call of a peer that the server has not announced yet, and answers it afterwards", async () => {
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

        it("does not answer a peer that the server does not list, and closes the call on dispose", async () => {
            await meetAsync(alice, bob);
            const stranger = from("mallory-9", alice);
            await settleAsync();
            expect(stranger.peerConnection).toBeUndefined();
            expect([...alice.remotes.keys()]).toEqual(["bob"]);
            alice.mesh.dispose();
            expect(stranger.closed).toBe(true);
        });

        it("holds at most sixteen early calls, and one per caller", async () => {
            await meetAsync(alice, bob);
            const first = from("stranger-0", alice);
            const again = from("stranger-0", alice);
            expect([first.closed, again.closed]).toEqual([true, false]);
            const more = Array.from({ length: 20 }, (_, i) => from(`stranger-${i + 1}`, alice));
            expect(more.filter(({ closed }) => !closed)).toHaveLength(15);
            expect(again.closed).toBe(false);
        });

        it("closes the call of a peer that the server has not announced after ten seconds", async () => {
            await meetAsync(alice, bob);
            const stranger = from("mallory-9", alice);
            await jest.advanceTimersByTimeAsync(9_999);
            expect(stranger.closed).toBe(false);
            await jest.advanceTimersByTimeAsync(1);
            expect(stranger.closed).toBe(true);
            expect(jest.getTimerCount()).toBe(0);
        });

        it("rejects a call from a member who joined earlier", async () => {
            await meetAsync(alice, bob);
            const wrongWay = from("alice-1", bob);
            expect(wrongWay.closed).toBe(true);
            expect(wrongWay.peerConnection).toBeUndefined();
            expect(network.open).toHaveLength(1);
        });

        it("rejects a call from its own peer id", async () => {
            await meetAsync(alice, bob);
            expect(from("alice-1", alice).closed).toBe(true);
        });

        it("rejects every call before the first peer list and after dispose", async () => {
            expect(from("bob-2", alice).closed).toBe(true);
            await meetAsync(alice, bob);
            alice.mesh.dispose();
            expect(from("bob-2", alice).closed).toBe(true);
        });

        it("does not answer a member's previous peer id", async () => {
            await meetAsync(alice, bob);
            const again = new Person(network, peer("bob", 4));
            await meetAsync(alice, again);
            const old = from("bob-2", alice);
            expect(old.peerConnection).toBeUndefined();
            again.mesh.dispose();
        });

        it("replaces the first call of a caller with the second", async () => {
            await meetAsync(alice, bob);
            network.call("bob-2", "alice-1", fakeStream(new FakeTrack("second")), (sdp) => sdp);
            await settleAsync();
            expect(callAt(0).called.closed).toBe(true);
            expect(alice.hears("bob")).toMatchObject({ label: "second" });
        });
    });

    describe("a flood of calls from one member", () => {
        const floodAsync = async (count: number): Promise<FakeMediaConnection[]> => {
            const from = network.calls.length;
            for (let index = 0; index < count; index += 1) {
                network.call("bob-2", "alice-1", fakeStream(new FakeTrack(`call ${index}`)), (sdp) => sdp);
            }
            await settleAsync();
            return network.calls.slice(from).map(({ called }) => called);
        };
        const answered = (calls: readonly FakeMediaConnection[]): number[] =>
            calls.flatMap(({ peerConnection }, index) => (peerConnection ? [index] : []));

        it("gets four answers at once, and its newest call one a second later", async () => {
            await meetAsync(alice, bob);
            await jest.advanceTimersByTimeAsync(60_000);
            const calls = await floodAsync(40);
            expect(answered(calls)).toEqual([0, 1, 2, 3]);
            expect(calls.filter(({ closed }) => !closed)).toEqual([calls[3], calls[39]]);
            await jest.advanceTimersByTimeAsync(999);
            expect(answered(calls)).toHaveLength(4);
            await jest.advanceTimersByTimeAsync(1);
            await settleAsync();
            expect(answered(calls)).toEqual([0, 1, 2, 3, 39]);
            expect(alice.hears("bob")).toMatchObject({ label: "call 39" });
            expect(calls.filter(({ closed }) => !closed)).toEqual([calls[39]]);
        });

        it("delays no other member's call, and is closed when its member leaves", async () => {
            await meetAsync(alice, bob);
            const calls = await floodAsync(40);
            await meetAsync(alice, bob, carol);
            expect(alice.hears("carol")).toBe(carol.silence);
            alice.mesh.setPeers(new Map([alice, carol].map(({ info }) => [info.id, info])));
            expect(calls.every(({ closed }) => closed)).toBe(true);
            await jest.advanceTimersByTimeAsync(10_000);
            expect(answered(calls)).toHaveLength(3);
        });

        it("does not occur in the default retries of a caller, which are all answered at once", async () => {
            await meetAsync(alice, bob);
            const policy = new DefaultRetryPolicy(() => 0);
            for (let retries = 0; retries < 10; retries += 1) {
                await jest.advanceTimersByTimeAsync(policy.nextRetryDelayInMs({ retries, elapsedMs: 0 }) ?? 0);
                expect(answered(await floodAsync(1))).toEqual([0]);
            }
        });
    });

    describe("a blocked member", () => {
        it("is neither called nor answered, has no track, and is listed as blocked", async () => {
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

        it("loses the call at once, and is not called again", async () => {
            await meetAsync(alice, bob);
            alice.mesh.setBlocked(["bob"]);
            expect(callAt(0).called.closed).toBe(true);
            expect(alice.remotes.get("bob")).toMatchObject({ track: null, blocked: true });
            bob.mesh.setBlocked(["alice"]);
            await jest.advanceTimersByTimeAsync(30_000);
            expect(network.calls).toHaveLength(1);
        });

        it("is not answered on an unexpected call, which is closed after ten seconds", async () => {
            await meetAsync(alice, bob);
            alice.mesh.setBlocked(["bob"]);
            const [, called] = FakeMediaConnection.Between("bob-2", "alice-1", fakeStream(new FakeTrack()), (sdp) => sdp);
            alice.mesh.onCall(called.asPeerJs);
            expect(called.peerConnection).toBeUndefined();
            await jest.advanceTimersByTimeAsync(10_000);
            expect(called.closed).toBe(true);
        });

        it("is called again once neither side blocks the other", async () => {
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

    describe("a paused member", () => {
        /** Sets the number of packets that the callee of a call, Alice, has received. */
        const arrive = (index: number, packetsReceived: number): void => {
            const entry = { id: "I", type: "inbound-rtp", kind: "audio", packetsReceived };
            Object.assign(callAt(index).called.peerConnection ?? {}, { report: new Map([["I", entry]]) });
        };
        /** Lets packets continue to arrive in a call for a number of seconds. */
        const flowAsync = async (index: number, seconds: number): Promise<void> => {
            for (let i = 0; i < seconds; i++) {
                arrive(index, 1_000 * performance.now());
                await jest.advanceTimersByTimeAsync(1_000);
            }
        };

        it("is disconnected when packets continue after the grace period, and is not answered", async () => {
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

        it("is heard again when resumed, whichever side calls", async () => {
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

        it("stays disconnected after a block and its removal, until the member rejoins", async () => {
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

        it("keeps the link if packets stop in time, until packets arrive again", async () => {
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

        it("is not monitored once resumed", async () => {
            await meetAsync(alice, bob);
            alice.mesh.setPaused(new Set(["bob"]));
            alice.mesh.setPaused(new Set());
            expect(jest.getTimerCount()).toBe(0);
            await flowAsync(0, 5);
            expect(network.open).toHaveLength(1);
        });

        it("has a new grace period with a new connection", async () => {
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

    it("sends no packets while unpublished, not even to members who join meanwhile", async () => {
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

    describe("while linked", () => {
        it("sends silence until a microphone is published", async () => {
            await meetAsync(alice, bob);
            expect(alice.hears("bob")).toBe(bob.silence);
            expect(bob.hears("alice")).toBe(alice.silence);
        });

        it("switches every link between silence and the microphone without another call", async () => {
            const track = new FakeTrack("microphone");
            await meetAsync(alice, bob, carol);
            await bob.mesh.publishAsync(track);
            expect([alice.hears("bob"), carol.hears("bob")]).toEqual([track, track]);
            await bob.mesh.publishAsync(null);
            expect([alice.hears("bob"), carol.hears("bob")]).toEqual([bob.silence, bob.silence]);
            expect(network.calls).toHaveLength(3);
        });

        it("sends a published microphone to members who join later, whichever side calls", async () => {
            const track = new FakeTrack("microphone");
            await alice.mesh.publishAsync(track);
            await meetAsync(alice, bob);
            expect(bob.hears("alice")).toBe(track);
            const second = new FakeTrack("microphone");
            await carol.mesh.publishAsync(second);
            await meetAsync(alice, bob, carol);
            expect(alice.hears("carol")).toBe(second);
        });

        it.each(["off", "warm"] as const)("sends nothing to a member whose interest is %s, and resumes when it is on", async (wanted) => {
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

        it("keeps a member's interest when the link is reconnected", async () => {
            await meetAsync(alice, bob);
            bob.mesh.setWanted("alice", "off");
            callAt(0).calling.tellIce("failed");
            await jest.advanceTimersByTimeAsync(1_000);
            await settleAsync();
            expect(network.open).toHaveLength(1);
            expect(alice.remotes.get("bob")?.track).not.toBeNull();
            expect(alice.hears("bob")).toBeNull();
        });

        it("sends nothing to a member who may not subscribe, until that changes", async () => {
            bob = new Person(network, peer("bob", 2, { maySubscribe: false }));
            await meetAsync(alice, bob);
            expect(callAt(0).called.sender?.active).toBe(false);
            expect(alice.hears("bob")).toBe(bob.silence);
            const list = new Map([["alice", alice.info], ["bob", { ...bob.info, maySubscribe: true }]]); // prettier-ignore
            [alice, bob].forEach(({ mesh }) => mesh.setPeers(list));
            await settleAsync();
            expect(bob.hears("alice")).toBe(alice.silence);
        });

        it("does not offer the microphone to a member who may not subscribe", async () => {
            const microphone = new FakeTrack("microphone");
            const call = jest.spyOn(network, "call");
            await bob.mesh.publishAsync(microphone);
            alice = new Person(network, peer("alice", 1, { maySubscribe: false }));
            await meetAsync(alice, bob);
            expect(call.mock.calls[0]?.[2].getAudioTracks()[0]).toBe(bob.silence);
            expect(callAt(0).calling.sender).toMatchObject({ active: false, replaced: [] });
        });

        it("exposes no track while it may not subscribe itself, even if others send", async () => {
            await meetAsync(alice, bob);
            const list = new Map([["alice", { ...alice.info, maySubscribe: false }], ["bob", bob.info]]); // prettier-ignore
            alice.mesh.setPeers(list);
            expect(alice.remotes.get("bob")).toMatchObject({ track: null });
            expect(bob.remotes.get("alice")?.track).not.toBeNull();
            alice.mesh.setPeers(new Map([["alice", alice.info], ["bob", bob.info]])); // prettier-ignore
            expect(alice.hears("bob")).toBe(bob.silence);
        });

        it("exposes no track of a member who may not publish, even if that member sends", async () => {
            bob = new Person(network, peer("bob", 2, { mayPublish: false }));
            await meetAsync(alice, bob);
            expect(network.open).toHaveLength(1);
            expect(alice.remotes.get("bob")).toMatchObject({ track: null, mayPublish: false });
        });

        it("reports a self-muted member, and keeps the track", async () => {
            await meetAsync(alice, bob);
            const before = alice.remotes.get("bob")?.track;
            alice.mesh.setPeers(new Map([["alice", alice.info], ["bob", { ...bob.info, muted: "self" }]])); // prettier-ignore
            expect(alice.remotes.get("bob")?.muted).toBe("self");
            expect(alice.remotes.get("bob")?.track).toBe(before);
        });

        it.each([
            ["may no longer publish", { mayPublish: false }],
            ["was muted by a moderator", { muted: "moderator" }],
        ] as const)("hides the track of a member who %s, and exposes it again afterwards", async (_, change) => {
            await meetAsync(alice, bob);
            const before = alice.remotes.get("bob")?.track;
            alice.mesh.setPeers(new Map([["alice", alice.info], ["bob", { ...bob.info, ...change }]])); // prettier-ignore
            expect(alice.remotes.get("bob")).toMatchObject({ ...change, track: null });
            alice.mesh.setPeers(new Map([["alice", alice.info], ["bob", bob.info]])); // prettier-ignore
            expect(alice.remotes.get("bob")?.track).toBe(before);
        });

        it("emits nothing when a member's interest in our voice changes", async () => {
            await meetAsync(alice, bob);
            const told = alice.told.length;
            alice.mesh.setWanted("bob", "off");
            alice.mesh.setWanted("bob", "on");
            expect(alice.told).toHaveLength(told);
        });

        it("closes a link whose sender fails, and calls again", async () => {
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

    describe("when streams or members change", () => {
        it("ignores a repeated stream event", async () => {
            await meetAsync(alice, bob);
            const track = alice.remotes.get("bob")?.track;
            const told = alice.told.length;
            callAt(0).called.repeatStream();
            expect(alice.remotes.get("bob")?.track).toBe(track);
            expect(alice.told).toHaveLength(told);
        });

        it("keeps the other members' tracks when a member joins or leaves", async () => {
            await meetAsync(alice, bob);
            const track = alice.remotes.get("bob")?.track;
            await meetAsync(alice, bob, carol);
            await meetAsync(alice, bob);
            expect(alice.remotes.get("bob")?.track).toBe(track);
        });
    });

    describe("when a link fails or closes", () => {
        it("closes the call of a member who leaves, and does not call again", async () => {
            await meetAsync(alice, bob);
            bob.mesh.setPeers(new Map([["bob", bob.info]]));
            await settleAsync();
            expect(callAt(0).calling.closed).toBe(true);
            expect(bob.remotes.size).toBe(0);
            await jest.advanceTimersByTimeAsync(60_000);
            expect(network.calls).toHaveLength(1);
        });

        it("is in a call with the new connection of a member who rejoined", async () => {
            await meetAsync(alice, bob);
            const again = new Person(network, peer("bob", 4));
            await meetAsync(alice, again);
            expect(callAt(0).called.closed).toBe(true);
            expect(network.log).toEqual(["bob-2>alice-1", "bob-4>alice-1"]);
            expect(alice.hears("bob")).toBe(again.silence);
            again.mesh.dispose();
        });

        describe("after a server has assigned new ids to both peers", () => {
            const move = (person: Person): IRtcPeer => {
                const { info, mesh } = person;
                const moved = { ...info, peerId: `${info.id}-again` };
                person.callsAs = moved.peerId;
                network.register(moved.peerId, (call) => mesh.onCall(call.asPeerJs));
                mesh.reopen(moved.peerId);
                return moved;
            };
            const listOf = (...peers: IRtcPeer[]): Map<string, IRtcPeer> => new Map(peers.map((each) => [each.id, each]));
            /** Connects Alice and Bob, and then once more under their new ids. @returns Bob's previous track, on Alice's side */
            const meetAndMoveAsync = async (): Promise<MediaStreamTrack | null | undefined> => {
                await meetAsync(alice, bob);
                const before = alice.remotes.get("bob")?.track;
                const moved = [move(alice), move(bob)] as const;
                [alice, bob].forEach(({ mesh }) => mesh.setPeers(listOf(...moved)));
                [alice, bob].forEach(({ mesh }) => mesh.setOnline(true));
                await settleAsync();
                return before;
            };

            it("keeps the previous call until the next call receives packets", async () => {
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

            it.each([0, 600])("keeps the previous call if the next call fails %i ms after its first packet", async (ms) => {
                const before = await meetAndMoveAsync();
                [callAt(1).calling, callAt(1).called].forEach((end) => end.receive(1));
                await jest.advanceTimersByTimeAsync(ms);
                network.hasPaths = false;
                [callAt(1).calling, callAt(1).called].forEach((end) => end.tellIce("failed"));
                await jest.advanceTimersByTimeAsync(2_000);
                expect(alice.remotes.get("bob")?.track).toBe(before);
                expect(alice.hears("bob")).toBe(bob.silence);
            });

            it("switches to the next call after five seconds if no packet arrives, as for a paused member", async () => {
                const before = await meetAndMoveAsync();
                await jest.advanceTimersByTimeAsync(4_999);
                expect(alice.remotes.get("bob")?.track).toBe(before);
                await jest.advanceTimersByTimeAsync(1);
                expect(alice.remotes.get("bob")?.track).not.toBe(before);
                await jest.advanceTimersByTimeAsync(1_000);
                expect(network.open).toHaveLength(1);
            });

            it("applies the verdict to both calls", async () => {
                await meetAsync(alice, bob);
                const moved = [move(alice), move(bob)] as const;
                alice.mesh.setPeers(listOf(moved[0], { ...moved[1], maySubscribe: false }));
                bob.mesh.setPeers(listOf(moved[0], { ...moved[1], mayPublish: false }));
                await settleAsync();
                expect(bob.hears("alice")).toBeNull();
            });

            it("closes the previous call if the member has left or no next call is established", async () => {
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

            it("closes the call if only the other member has a new peer id", async () => {
                await meetAsync(alice, bob);
                alice.mesh.setPeers(listOf(alice.info, { ...bob.info, peerId: "bob-again", ready: false }));
                await settleAsync();
                expect(callAt(0).called.closed).toBe(true);
                expect(alice.remotes.get("bob")).toMatchObject({ track: null, link: "connecting" });
            });

            it("reports noPath if the next call is not established, even if the previous call reconnects", async () => {
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

            it("does not disconnect a paused member for packets on the previous call", async () => {
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

            it("exposes no track if the previous call closes by itself", async () => {
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

        it("repeats a failed call from the same side only, after the policy's delay", async () => {
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

        it("keeps the link through an interruption of less than 4 s", async () => {
            await meetAsync(alice, bob);
            callAt(0).calling.tellIce("disconnected");
            await jest.advanceTimersByTimeAsync(3_999);
            callAt(0).calling.tellIce("connected");
            await jest.advanceTimersByTimeAsync(60_000);
            expect(network.calls).toHaveLength(1);
            expect(network.open).toHaveLength(1);
        });

        it("replaces the link after an interruption of 4 s", async () => {
            await meetAsync(alice, bob);
            callAt(0).calling.tellIce("disconnected");
            await jest.advanceTimersByTimeAsync(4_000);
            expect(callAt(0).calling.closed).toBe(true);
            await jest.advanceTimersByTimeAsync(1_000);
            await settleAsync();
            expect(network.open).toHaveLength(1);
        });

        it("keeps the link through a longer interruption while packets arrive", async () => {
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

        it("closes an unanswered call after 15 s", async () => {
            const release = network.hold();
            await meetAsync(alice, bob);
            await jest.advanceTimersByTimeAsync(14_999);
            expect(callAt(0).calling.closed).toBe(false);
            await jest.advanceTimersByTimeAsync(1);
            expect(callAt(0).calling.closed).toBe(true);
            release();
        });

        it("reports linkFailed once after 8 s without a path, at both ends by name, and still connects later", async () => {
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
            // The pending call times out 15 s after its start, and is repeated.
            await jest.advanceTimersByTimeAsync(9_000);
            expect(network.open).toHaveLength(1);
            expect([alice.errors.length, bob.errors.length]).toEqual([1, 1]);
            expect([alice.remotes.get("bob")?.link, bob.remotes.get("alice")?.link]).toEqual(["connected", "connected"]);
        });

        it("reports noPath for the affected member only, and a track together with its connected link", async () => {
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

        it("reports no linkFailed for a member who has left meanwhile", async () => {
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

        it("gives up when the retry policy does, and reports linkFailed once with the member's name", async () => {
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

        it("names a TURN server that rejects the credentials, without a path yet and after giving up", async () => {
            network.hasPaths = false;
            await meetAsync(alice, bob);
            const refuse = (): boolean | undefined => {
                const refusal = Object.assign(new Event("icecandidateerror"), { errorCode: 401, url: "turn:turn.example:3478" });
                return network.calls.at(-1)?.calling.peerConnection?.dispatchEvent(refusal);
            };
            const refused = "The TURN server turn:turn.example:3478 rejects the credentials. Check that the server's turn.secret";
            refuse();
            await jest.advanceTimersByTimeAsync(8_000);
            expect(bob.errors).toMatchObject([{ code: "linkFailed", message: expect.stringContaining(refused) as string }]);
            for (let i = 0; i < 3; i++) {
                refuse();
                await jest.advanceTimersByTimeAsync(18_000);
            }
            expect(bob.errors.at(-1)?.message).toMatch(/^No audio path to ALICE could be found\. The TURN server turn:turn\.example:3478 /);
        });

        it("removes its listener from a closed peer connection, which browsers may keep", async () => {
            await meetAsync(alice, bob);
            const { peerConnection } = network.calls.at(-1)?.calling ?? {};
            const listeners = (): number => (peerConnection ? getEventListeners(peerConnection, "icecandidateerror").length : NaN);
            expect(listeners()).toBe(1);
            network.calls.at(-1)?.calling.close();
            expect(listeners()).toBe(0);
        });

        it("does not retry after giving up when a member's mute changes", async () => {
            network.hold();
            await meetAsync(alice, bob);
            await failForGoodAsync();
            bob.mesh.setPeers(new Map([["alice", { ...alice.info, muted: "self" }], ["bob", bob.info]])); // prettier-ignore
            await jest.advanceTimersByTimeAsync(60_000);
            expect(network.calls).toHaveLength(3);
            expect(bob.errors).toHaveLength(1);
        });

        it("retries after giving up when the member is ready again", async () => {
            network.hold();
            await meetAsync(alice, bob);
            await failForGoodAsync();
            bob.mesh.setPeers(new Map([["alice", { ...alice.info, ready: false }], ["bob", bob.info]])); // prettier-ignore
            bob.mesh.setPeers(new Map([["alice", alice.info], ["bob", bob.info]])); // prettier-ignore
            expect(network.calls).toHaveLength(4);
            callAt(-1).calling.emit("error", new Error("negotiation failed"));
            expect(bob.policy.asked.at(-1)).toEqual({ retries: 0, elapsedMs: 0 });
        });

        it("retries after giving up when its own signalling is online again", async () => {
            network.hold();
            await meetAsync(alice, bob);
            await failForGoodAsync();
            bob.mesh.setOnline(false);
            bob.mesh.setOnline(true);
            expect(network.calls).toHaveLength(4);
        });

        describe("a link without packets since the network at one end was interrupted", () => {
            const ownBack = (): void => {
                bob.mesh.setOnline(false);
                bob.mesh.setOnline(true);
            };
            const otherBack = (): void => {
                bob.mesh.setPeers(new Map([["alice", { ...alice.info, ready: false }], ["bob", bob.info]])); // prettier-ignore
                bob.mesh.setPeers(new Map([["alice", alice.info], ["bob", bob.info]])); // prettier-ignore
            };
            /** Sets the RTP timestamp of the last packet that the caller has received. */
            const setPacket = (packet: number): void => callAt(0).calling.receive(packet);

            it.each([
                ["our own", ownBack],
                ["the other member's", otherBack],
            ])("is replaced 1.5 s after %s signalling is back", async (_, comeBack) => {
                await meetAsync(alice, bob);
                setPacket(960);
                comeBack();
                // This packet was still in flight.
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

            it("is replaced after 0.5 s if packets had already stopped long before", async () => {
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
                ["packets arrive", () => setPacket(1_920)],
                [
                    "packets arrive from a new source",
                    () => {
                        callAt(0).calling.peerConnection?.formerSources.push(960);
                        setPacket(77_000);
                    },
                ],
                ["the other member is paused", () => bob.mesh.setPaused(new Set(["alice"]))],
                ["the other member is out of earshot", () => bob.mesh.setInterest(new Map([["alice", "warm"]]))],
            ])("is kept if %s", async (_, go) => {
                await meetAsync(alice, bob);
                setPacket(960);
                ownBack();
                await jest.advanceTimersByTimeAsync(700);
                go();
                await jest.advanceTimersByTimeAsync(1_000);
                expect(network.calls).toHaveLength(1);
                bob.mesh.setPaused(new Set());
            });

            it("is kept if the browser does not report packets or none has ever arrived", async () => {
                await meetAsync(alice, bob);
                ownBack();
                await jest.advanceTimersByTimeAsync(5_000);
                expect(network.calls).toHaveLength(1);
            });
        });

        it("has all retries again after a link was established", async () => {
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

        it("waits with the next call until signalling is online again", async () => {
            await meetAsync(alice, bob);
            bob.mesh.setOnline(false);
            callAt(0).calling.tellIce("failed");
            await jest.advanceTimersByTimeAsync(1_000);
            expect(network.calls).toHaveLength(1);
            bob.mesh.setOnline(true);
            expect(network.calls).toHaveLength(2);
        });

        it("calls as soon as signalling is online, if an earlier call was not possible", async () => {
            bob.signalling = false;
            await meetAsync(alice, bob);
            expect(network.calls).toHaveLength(0);
            bob.signalling = true;
            bob.mesh.setOnline(true);
            expect(network.calls).toHaveLength(1);
        });
    });

    describe("on dispose", () => {
        it("closes all calls, disposes its silent track once, and emits nothing more", async () => {
            await meetAsync(alice, bob, carol);
            const told = bob.told.length;
            bob.mesh.dispose();
            await settleAsync();
            expect(network.open.map(({ from, to }) => `${from}>${to}`)).toEqual(["carol-3>alice-1"]);
            expect(bob.silenceDisposed).toBe(1);
            expect(bob.told).toHaveLength(told);
        });

        it("cancels a pending retry", async () => {
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

    it("sets the jitter buffer target only if one is configured", async () => {
        const dave = new Person(network, peer("dave", 4), 200);
        await meetAsync(alice, dave);
        const [call] = network.calls;
        expect(call?.calling.peerConnection?.receivers).toMatchObject([{ jitterBufferTarget: 200 }]);
        expect(call?.called.peerConnection?.receivers).toMatchObject([{ jitterBufferTarget: null }]);
        dave.mesh.dispose();
    });

    it("runs an adaptation timer for each established link, until the link is closed", async () => {
        const dave = new Person(network, peer("dave", 4), null, "full");
        await meetAsync(alice, dave);
        expect(jest.getTimerCount()).toBe(1);
        expect((await dave.mesh.factsAsync()).get("alice")).toMatchObject({ sendMode: "full" });
        dave.mesh.dispose();
        await settleAsync();
        expect(jest.getTimerCount()).toBe(0);
    });

    it("returns the facts of each established link, without links that cannot be queried", async () => {
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

// This test is the last, because it uses the transitions that the others have caused.
describe("The diagram of links in docs/connection.md", () => {
    it("has each transition that the tests above cause, and no other", () => {
        expect([...caused].sort()).toEqual(drawnTransitions("link"));
    });
});
