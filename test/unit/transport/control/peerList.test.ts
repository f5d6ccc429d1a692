import type { IRtcPeer, IRtcServerMessages } from "../../../../protocol/wire.js";
import type { MessageOf } from "../../../../src/interop/serverRoom.js";
import { noPeers, peersAfter, planePeers } from "../../../../src/transport/control/peerList.js";
import type { PeerList } from "../../../../src/transport/control/peerList.js";
import type { VoiceInterest } from "../../../../src/transport/voiceTransport.js";

type Message = MessageOf<IRtcServerMessages>;

const peer = (id: string, order: number, more: Partial<IRtcPeer> = {}): IRtcPeer => ({
    id,
    name: id,
    peerId: `${id}-${order}`,
    order,
    ready: true,
    mayPublish: true,
    maySubscribe: true,
    muted: "no",
    publishing: true,
    capturing: true,
    ridesData: false,
    ...more,
});
const listOf = (...peers: IRtcPeer[]): PeerList => new Map(peers.map((each) => [each.id, each]));
const alice = peer("alice", 1);
const bob = peer("bob", 2);
const welcome: Message = { type: "welcome", payload: { self: bob.peerId, secret: "s", peers: [alice, bob], blocked: [] } };

describe("the list of an RTC room", () => {
    it("is what the welcome says, in its order, whatever it was before", () => {
        const list = peersAfter(listOf(peer("zoe", 9)), welcome);
        expect([...list]).toEqual([
            ["alice", alice],
            ["bob", bob],
        ]);
    });

    it("takes newcomers in at the end", () => {
        const list = peersAfter(listOf(bob, alice), { type: "peerJoined", payload: peer("carol", 3) });
        expect([...list.keys()]).toEqual(["bob", "alice", "carol"]);
    });

    it("puts a change in place and keeps the order", () => {
        const list = peersAfter(listOf(alice, bob), { type: "peerChanged", payload: { ...alice, muted: "self" } });
        expect([...list.keys()]).toEqual(["alice", "bob"]);
        expect(list.get("alice")?.muted).toBe("self");
    });

    it("lets go of who left", () => {
        const list = peersAfter(listOf(alice, bob), { type: "peerLeft", payload: { id: "alice", peerId: alice.peerId, reason: "left" } });
        expect([...list.keys()]).toEqual(["bob"]);
    });

    it("keeps somebody who came again when the news of their earlier connection's end comes late", () => {
        const again = peer("alice", 3);
        const before = listOf(bob, again);
        const news: Message = { type: "peerLeft", payload: { id: "alice", peerId: alice.peerId, reason: "duplicateIdentity" } };
        expect(peersAfter(before, news)).toBe(before);
    });

    it.each<Message>([
        { type: "peerLeft", payload: { id: "nobody", peerId: "x", reason: "left" } },
        { type: "interest", payload: { from: "alice", interest: "off" } },
        { type: "expiring", payload: { expiresAt: 1 } },
        { type: "refused", payload: { code: "rateLimited", message: "" } },
        { type: "closed", payload: { code: "removed", message: "" } },
    ])("is the same object after what does not concern it: $type", (message) => {
        const before = listOf(alice, bob);
        expect(peersAfter(before, message)).toBe(before);
    });

    it("never changes a list that it gave out", () => {
        const before = Object.freeze(listOf(alice));
        peersAfter(before, { type: "peerJoined", payload: bob });
        peersAfter(before, { type: "peerLeft", payload: { id: "alice", peerId: alice.peerId, reason: "left" } });
        expect([...before.keys()]).toEqual(["alice"]);
        expect(noPeers.size).toBe(0);
    });
});

interface IVerdictCase {
    readonly wanted?: VoiceInterest;
    readonly publishing?: boolean;
    readonly them?: Partial<IRtcPeer>;
    readonly us?: Partial<IRtcPeer>;
    readonly send: VoiceInterest;
}

describe("The verdict for a media plane", () => {
    const state = (them: Partial<IRtcPeer> = {}, us: Partial<IRtcPeer> = {}, wanted: VoiceInterest = "on") => ({
        peers: listOf({ ...alice, ...us }, { ...bob, ...them }),
        blocked: new Set<string>(),
        wanted: new Map([["bob", wanted]]),
    });

    it("is one for everybody but oneself, with what it takes to link with them", () => {
        const { peerId, name, order, ready, ridesData } = bob;
        expect([...planePeers(state(), "alice", true)]).toEqual([
            ["bob", { peerId, name, order, ready, ridesData, send: "on", receive: true }],
        ]);
    });

    it("leaves out whoever is blocked", () => {
        expect(planePeers({ ...state(), blocked: new Set(["bob"]) }, "alice", true).size).toBe(0);
    });

    it.each([
        { title: "as they ask", wanted: "warm", send: "warm" },
        { title: "as they ask", wanted: "off", send: "off" },
        { title: "no packets while we publish nothing", publishing: false, send: "warm" },
        { title: "no packets to whoever may not subscribe", them: { maySubscribe: false }, send: "warm" },
        { title: "nothing that they do not want, whatever they may", wanted: "off", them: { maySubscribe: false }, send: "off" },
        { title: "silence, which the session publishes, while we may not be heard", us: { mayPublish: false }, send: "on" },
    ] as const)("sends $title: $send", ({ wanted = "on", publishing = true, them = {}, us = {}, send }: IVerdictCase) => {
        expect(planePeers(state(them, us, wanted), "alice", publishing).get("bob")).toMatchObject({ send, receive: true });
    });

    it.each([
        { title: "may not publish", them: { mayPublish: false } },
        { title: "was muted by a moderator", them: { muted: "moderator" } },
        { title: "sends while we may not subscribe", us: { maySubscribe: false } },
    ] as const)("receives nothing of whoever $title", ({ them = {}, us = {} }: Pick<IVerdictCase, "them" | "us">) => {
        expect(planePeers(state(them, us), "alice", true).get("bob")).toMatchObject({ send: "on", receive: false });
    });
});
