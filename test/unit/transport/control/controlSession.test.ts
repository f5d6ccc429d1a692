import type { IRtcPeer, IRtcServerMessages } from "../../../../protocol/wire.js";
import type { IServerRoomRequest, MessageOf } from "../../../../src/interop/serverRoom.js";
import { ControlSession, noPeers, peersAfter, roomOfToken } from "../../../../src/transport/control/controlSession.js";
import type { PeerList } from "../../../../src/transport/control/controlSession.js";
import { RtcError } from "../../../../src/errors/rtcError.js";
import { thrownBy } from "../../../fakes/thrownBy.js";
import { rtcPeer } from "../../../fakes/fakeControl.js";

type Request = IServerRoomRequest<IRtcServerMessages>;
let mockRequest: Request;
const mockSent: unknown[] = [];

jest.mock("../../../../src/interop/serverRoom.js", () => ({
    openServerRoomAsync: async (request: Request) => {
        mockRequest = request;
        request.onMessage(welcome);
        return await Promise.resolve({
            send: (type: string, payload: unknown) => mockSent.push([type, payload]),
            askAsync: () => Promise.resolve(),
            leaveAsync: () => Promise.resolve(),
        });
    },
}));

const tokenOf = (claims: unknown): string => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2lnbmVk`;

describe("roomOfToken", () => {
    it.each(["lobby", "Käsebrot", "部屋", "🎧🎧🎧", "??>>~~"])("reads the room of a token: %s", (room) => {
        expect(roomOfToken(tokenOf({ sub: "me", room }))).toBe(room);
    });

    it("needs no other claims, and ignores the signature", () => {
        expect(roomOfToken(tokenOf({ room: "lobby" }).replace(/[^.]*$/, ""))).toBe("lobby");
    });

    it.each([
        ["an empty token", ""],
        ["a word without dots", "token"],
        ["invalid base64", "a.%%%.c"],
        ["invalid JSON", `a.${Buffer.from("room").toString("base64url")}.c`],
        ["a token without a room", tokenOf({ sub: "me" })],
        ["a room that is not a string", tokenOf({ room: 7 })],
        ["null as claims", tokenOf(null)],
    ])("rejects %s with tokenInvalid", (_, token) => {
        expect(thrownBy(() => roomOfToken(token))).toMatchObject({ name: "RtcError", code: "tokenInvalid" });
    });
});

type Message = MessageOf<IRtcServerMessages>;

const listOf = (...peers: IRtcPeer[]): PeerList => new Map(peers.map((each) => [each.id, each]));
const alice = rtcPeer("alice", 1);
const bob = rtcPeer("bob", 2);
const welcome: Message = { type: "welcome", payload: { self: bob.peerId, secret: "s", peers: [alice, bob], blocked: [] } };

describe("peersAfter", () => {
    it("replaces the list with the peers of a welcome, in the server's order", () => {
        const list = peersAfter(listOf(rtcPeer("zoe", 9)), welcome);
        expect([...list]).toEqual([
            ["alice", alice],
            ["bob", bob],
        ]);
    });

    it("appends a new peer", () => {
        const list = peersAfter(listOf(bob, alice), { type: "peerJoined", payload: rtcPeer("carol", 3) });
        expect([...list.keys()]).toEqual(["bob", "alice", "carol"]);
    });

    it("applies a change and keeps the order", () => {
        const list = peersAfter(listOf(alice, bob), { type: "peerChanged", payload: { ...alice, muted: "self" } });
        expect([...list.keys()]).toEqual(["alice", "bob"]);
        expect(list.get("alice")?.muted).toBe("self");
    });

    it("removes a peer that leaves", () => {
        const list = peersAfter(listOf(alice, bob), { type: "peerLeft", payload: { id: "alice", peerId: alice.peerId, reason: "left" } });
        expect([...list.keys()]).toEqual(["bob"]);
    });

    it("keeps a rejoined peer when the departure of the earlier connection arrives late", () => {
        const again = rtcPeer("alice", 3);
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
    ])("returns the same list for an unrelated message: $type", (message) => {
        const before = listOf(alice, bob);
        expect(peersAfter(before, message)).toBe(before);
    });

    it("does not modify the previous list", () => {
        const before = Object.freeze(listOf(alice));
        peersAfter(before, { type: "peerJoined", payload: bob });
        peersAfter(before, { type: "peerLeft", payload: { id: "alice", peerId: alice.peerId, reason: "left" } });
        expect([...before.keys()]).toEqual(["alice"]);
        expect(noPeers.size).toBe(0);
    });
});

describe("A control session that reconnects", () => {
    let session: ControlSession;
    let told: unknown[];

    beforeEach(async () => {
        session = await ControlSession.JoinAsync({
            server: "https://s",
            token: tokenOf({ room: "lobby" }),
            blocks: [],
            dataInRtp: false,
            signal: new AbortController().signal,
        });
        told = [];
        mockSent.length = 0;
        session.away$.subscribe((away) => told.push(away));
        session.departures$.subscribe((departure) => told.push(departure));
        session.notices$.subscribe(({ type }) => told.push(type));
    });

    const away = (): void => mockRequest.onAway?.(new RtcError("serverUnreachable", "Gone."));
    const back = (...peers: IRtcPeer[]): void =>
        mockRequest.onMessage({ type: "welcome", payload: { self: bob.peerId, secret: "s", peers, blocked: ["eve"] } });

    it("keeps its peers while away, and then updates the list and emits departures", () => {
        const before = session.state.peers;
        away();
        expect(session.state.peers).toBe(before);
        back(rtcPeer("carol", 3), bob);
        expect([...session.state.peers.keys()]).toEqual(["carol", "bob"]);
        expect([...session.state.blocked]).toEqual(["eve"]);
        expect(told).toEqual([false, true, { id: "alice", reason: "dropped" }, false]);
    });

    it("resends its mute, state and interest", () => {
        away();
        session.setMuted(true);
        session.setState({ publishing: true, capturing: false });
        session.setInterest(new Map([["alice", "off"]]));
        mockSent.length = 0;
        back(alice, bob);
        expect(mockSent).toEqual([
            ["mute", { muted: true }],
            ["state", { publishing: true, capturing: false }],
            ["interest", { to: "alice", interest: "off" }],
        ]);
    });

    it("resends nothing that was never set", () => {
        away();
        back(alice, bob);
        expect(mockSent).toEqual([]);
    });

    it("stays muted if a moderator lifted the mute meanwhile", () => {
        session.setMuted(false);
        mockRequest.onMessage({ type: "peerChanged", payload: { ...bob, muted: "moderator" } });
        away();
        session.notices$.subscribe(({ type }) => type === "unmuteInvited" && session.setMuted(true));
        mockSent.length = 0;
        back(alice, { ...bob, muted: "self" });
        expect(told).toContain("unmuteInvited");
        expect(new Set(mockSent.map((each) => JSON.stringify(each)))).toEqual(new Set(['["mute",{"muted":true}]']));
    });

    it("resends its interest in a member who reconnected", () => {
        session.setInterest(new Map([["alice", "warm"]]));
        mockRequest.onMessage({ type: "peerChanged", payload: { ...alice, reconnecting: true } });
        mockSent.length = 0;
        mockRequest.onMessage({ type: "peerChanged", payload: alice });
        mockRequest.onMessage({ type: "peerChanged", payload: { ...alice, ready: false } });
        expect(mockSent).toEqual([["interest", { to: "alice", interest: "warm" }]]);
    });

    it.each<[string, Message[]]>([
        ["in advance", [{ type: "stopping", payload: { seconds: 60 } }]],
        ["on close", [{ type: "closed", payload: { code: "serverStopping", message: "" } }]],
        [
            "both times",
            [
                { type: "stopping", payload: { seconds: 60 } },
                { type: "closed", payload: { code: "serverStopping", message: "" } },
            ],
        ],
    ])("reports once that the server stops: announced %s", (_when, messages) => {
        const codes: string[] = [];
        session.refusals$.subscribe(({ code }) => codes.push(code));
        messages.forEach((message) => mockRequest.onMessage(message));
        expect(codes).toEqual(["serverStopping"]);
    });
});
