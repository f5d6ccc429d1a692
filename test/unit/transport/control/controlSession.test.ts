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
    it.each(["lobby", "Käsebrot", "部屋", "🎧🎧🎧", "??>>~~"])("reads which room a grant is for: %s", (room) => {
        expect(roomOfToken(tokenOf({ sub: "me", room }))).toBe(room);
    });

    it("does not need the other claims, and does not look at the signature", () => {
        expect(roomOfToken(tokenOf({ room: "lobby" }).replace(/[^.]*$/, ""))).toBe("lobby");
    });

    it.each([
        ["nothing", ""],
        ["a word", "token"],
        ["something that is no base64", "a.%%%.c"],
        ["something that is no JSON", `a.${Buffer.from("room").toString("base64url")}.c`],
        ["a token without a room", tokenOf({ sub: "me" })],
        ["a room that is no text", tokenOf({ room: 7 })],
        ["null", tokenOf(null)],
    ])("refuses %s with tokenInvalid", (_, token) => {
        expect(thrownBy(() => roomOfToken(token))).toMatchObject({ name: "RtcError", code: "tokenInvalid" });
    });
});

type Message = MessageOf<IRtcServerMessages>;

const listOf = (...peers: IRtcPeer[]): PeerList => new Map(peers.map((each) => [each.id, each]));
const alice = rtcPeer("alice", 1);
const bob = rtcPeer("bob", 2);
const welcome: Message = { type: "welcome", payload: { self: bob.peerId, secret: "s", peers: [alice, bob], blocked: [] } };

describe("the list of an RTC room", () => {
    it("is what the welcome says, in its order, whatever it was before", () => {
        const list = peersAfter(listOf(rtcPeer("zoe", 9)), welcome);
        expect([...list]).toEqual([
            ["alice", alice],
            ["bob", bob],
        ]);
    });

    it("takes newcomers in at the end", () => {
        const list = peersAfter(listOf(bob, alice), { type: "peerJoined", payload: rtcPeer("carol", 3) });
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

describe("a control session that comes back", () => {
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

    it("keeps everybody while it is away, and knows on its return who has gone and come", () => {
        const before = session.state.peers;
        away();
        expect(session.state.peers).toBe(before);
        back(rtcPeer("carol", 3), bob);
        expect([...session.state.peers.keys()]).toEqual(["carol", "bob"]);
        expect([...session.state.blocked]).toEqual(["eve"]);
        expect(told).toEqual([false, true, { id: "alice", reason: "dropped" }, false]);
    });

    it("says again of itself and asks again of others what the server may not have heard", () => {
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

    it("says nothing of itself that it never said", () => {
        away();
        back(alice, bob);
        expect(mockSent).toEqual([]);
    });

    it("does not unmute by itself whom a moderator has let speak again meanwhile", () => {
        session.setMuted(false);
        mockRequest.onMessage({ type: "peerChanged", payload: { ...bob, muted: "moderator" } });
        away();
        session.notices$.subscribe(({ type }) => type === "unmuteInvited" && session.setMuted(true));
        mockSent.length = 0;
        back(alice, { ...bob, muted: "self" });
        expect(told).toContain("unmuteInvited");
        expect(new Set(mockSent.map((each) => JSON.stringify(each)))).toEqual(new Set(['["mute",{"muted":true}]']));
    });

    it("asks again of a member who was away", () => {
        session.setInterest(new Map([["alice", "warm"]]));
        mockRequest.onMessage({ type: "peerChanged", payload: { ...alice, reconnecting: true } });
        mockSent.length = 0;
        mockRequest.onMessage({ type: "peerChanged", payload: alice });
        mockRequest.onMessage({ type: "peerChanged", payload: { ...alice, ready: false } });
        expect(mockSent).toEqual([["interest", { to: "alice", interest: "warm" }]]);
    });

    it.each<[string, Message[]]>([
        ["as it begins to", [{ type: "stopping", payload: { seconds: 60 } }]],
        ["as it closes the connection", [{ type: "closed", payload: { code: "serverStopping", message: "" } }]],
        [
            "both times",
            [
                { type: "stopping", payload: { seconds: 60 } },
                { type: "closed", payload: { code: "serverStopping", message: "" } },
            ],
        ],
    ])("tells once that the server stops: said %s", (_when, messages) => {
        const codes: string[] = [];
        session.refusals$.subscribe(({ code }) => codes.push(code));
        messages.forEach((message) => mockRequest.onMessage(message));
        expect(codes).toEqual(["serverStopping"]);
    });
});
