import { createRtcServer, issueGrantAsync } from "babylon-rtc-server";
import { SignJWT } from "jose";
import {
    askAsync,
    enterAsync,
    enterBothAsync,
    enterVoiceAsync,
    grantAsync,
    guestAsync,
    joinAsync,
    openAsync,
    postAsync,
    quieten,
    refusalAsync,
    signalAsync,
    signalUrl,
} from "../../clients";
import type { IRtcServer } from "babylon-rtc-server";
import type { IRtcPeer } from "../../../../protocol/wire.js";
import type { IVoice } from "../../clients";

const secret = "a secret of at least thirty-two bytes";
let server: IRtcServer;
let url: string;
let rooms = 0;
let lobby: string;

beforeAll(async () => {
    quieten();
    server = await createRtcServer({ port: 0, maxMembers: 4, secret, iceServers: [{ urls: "stun:stun.example:3478" }] });
    ({ url } = server);
});
afterAll(() => server.closeAsync());
beforeEach(() => (lobby = `lobby ${(rooms += 1)}`));

/** A grant like the server's, with some claims changed. */
async function forgeAsync(
    claims: Record<string, unknown>,
    options: { secret?: string; audience?: string; expiresIn?: number } = {},
): Promise<string> {
    return await new SignJWT({ name: "Mallory", privileges: ["publish"], ...claims })
        .setProtectedHeader({ alg: "HS256" })
        .setIssuer("babylon-rtc")
        .setAudience(options.audience ?? "babylon-rtc:grant")
        .setSubject("mallory")
        .setExpirationTime(Math.floor(Date.now() / 1000) + (options.expiresIn ?? 60))
        .sign(new TextEncoder().encode(options.secret ?? secret));
}

async function joinRtcAsync(room: unknown, token: unknown): Promise<string> {
    return await refusalAsync(joinAsync(url, "rtc", { room, token }));
}

describe("a grant", () => {
    it("comes with the ICE servers and its expiry time", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        const grant = await grantAsync(url, alice.identity, alice.roomId);
        expect(grant.iceServers).toEqual([{ urls: "stun:stun.example:3478" }]);
        expect(Math.abs(grant.expiresAt - Date.now() - 1_800_000)).toBeLessThan(3000);
    });

    it("is accepted only from members of the room", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        const { identity } = await guestAsync(url, "Mallory");
        const refused = await postAsync(`${url}/token`, { room: alice.roomId }, { Authorization: `Bearer ${identity}` });
        expect(refused).toMatchObject({ status: 403, body: { error: { code: "forbidden" } } });
        await alice.room.leave();
    });

    it("is refused to an unknown user, and for a malformed room", async () => {
        const { identity } = await guestAsync(url, "Alice");
        for (const headers of [{}, { Authorization: "Bearer nonsense" }, { Authorization: identity }, { Authorization: "Basic YTpi" }]) {
            expect(await postAsync(`${url}/token`, { room: "x" }, headers)).toMatchObject({
                status: 401,
                body: { error: { code: "unauthorized" } },
            });
        }
        for (const room of [undefined, "", 5, "x".repeat(129), "a\nb"]) {
            const answer = await postAsync(`${url}/token`, { room }, { Authorization: `Bearer ${identity}` });
            expect(answer).toMatchObject({ status: 400, body: { error: { code: "invalidRequest" } } });
        }
    });

    it("is rejected after its user has left the room", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, lobby, "Bob");
        const grant = await grantAsync(url, bob.identity, bob.roomId);
        await bob.room.leave();
        await alice.inbox.firstAsync("memberLeft");
        expect(await joinRtcAsync(bob.roomId, grant.token)).toBe("forbidden");
        await alice.room.leave();
        expect(await joinRtcAsync(bob.roomId, grant.token)).toBe("forbidden");
    });

    it("for an app's own room is issued to any guest in development", async () => {
        const guest = await guestAsync(url, "Alice");
        const voice = await enterVoiceAsync(url, { ...guest, id: guest.user.id }, "the app's own room");
        expect(voice.peers).toMatchObject([{ id: guest.user.id, name: "Alice" }]);
    });

    it("from the app's own backend admits its user with its privileges", async () => {
        const { token, expiresAt } = await issueGrantAsync({
            room: lobby,
            user: { id: "user-7", name: "Grace" },
            privileges: ["subscribe"],
            ttlSeconds: 60,
            secret,
        });
        expect(Math.abs(expiresAt - Date.now() - 60_000)).toBeLessThan(2000);
        const { inbox } = await joinAsync(url, "rtc", { room: lobby, token });
        expect(await inbox.firstAsync("welcome")).toMatchObject({
            peers: [{ id: "user-7", name: "Grace", mayPublish: false, maySubscribe: true, muted: "no", ready: false, order: 1 }],
        });
    });

    it("is tokenInvalid if it is forged, of another kind, for another room, or missing", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        const grant = await grantAsync(url, alice.identity, alice.roomId);
        const room = alice.roomId;
        const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${grant.token.split(".")[1] ?? ""}.`;
        const tokens = [
            undefined,
            null,
            5,
            "",
            "nonsense",
            "x".repeat(5000),
            none,
            alice.identity,
            `${grant.token.slice(0, -4)}AAAA`,
            await forgeAsync({ room }, { secret: "another secret of at least thirty-two bytes" }),
            await forgeAsync({ room }, { audience: "babylon-rtc:identity" }),
            await forgeAsync({ room: "another room" }),
            await forgeAsync({}),
            await forgeAsync({ room, privileges: "publish" }),
        ];
        for (const token of tokens) {
            expect(await joinRtcAsync(room, token)).toBe("tokenInvalid");
        }
        expect(await joinRtcAsync("another room", grant.token)).toBe("tokenInvalid");
        expect(await joinRtcAsync({ $ne: 1 }, grant.token)).toBe("tokenInvalid");
        expect(await joinRtcAsync(undefined, grant.token)).toBe("tokenInvalid");
    });

    it("is tokenExpired after its end", async () => {
        expect(await joinRtcAsync(lobby, await forgeAsync({ room: lobby }, { expiresIn: -1 }))).toBe("tokenExpired");
    });

    it("is not accepted as an identity", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        const grant = await grantAsync(url, alice.identity, alice.roomId);
        expect(await refusalAsync(joinAsync(url, "room", { name: lobby, identity: grant.token }))).toBe("unauthorized");
        const answer = await postAsync(`${url}/token`, { room: alice.roomId }, { Authorization: `Bearer ${grant.token}` });
        expect(answer.status).toBe(401);
    });
});

describe("an RTC room", () => {
    it("lists peers in the order in which they joined, and gives each connection its own peer id and secret", async () => {
        const alice = await enterBothAsync(url, lobby, "Alice");
        const bob = await enterBothAsync(url, lobby, "Bob");
        expect(bob.voice.peers.map(({ name, order }) => ({ name, order }))).toEqual([
            { name: "Alice", order: 1 },
            { name: "Bob", order: 2 },
        ]);
        expect(bob.voice.self).toBe(bob.voice.peers[1]?.peerId);
        for (const { voice } of [alice, bob]) {
            expect(voice.self).toMatch(/^[A-Za-z0-9]{32,}$/);
            expect(voice.secret).toMatch(/^[A-Za-z0-9]{32,}$/);
        }
        expect(new Set([alice.voice.self, alice.voice.secret, bob.voice.self, bob.voice.secret]).size).toBe(4);
        const joined = await alice.voice.inbox.firstAsync<IRtcPeer>("peerJoined");
        expect(joined).toEqual(bob.voice.peers[1]);
        expect(JSON.stringify(alice.voice.inbox.all)).not.toContain(bob.voice.secret);
    });

    it("notifies members when a peer is ready, mutes or leaves", async () => {
        const alice = await enterBothAsync(url, lobby, "Alice");
        const bob = await enterBothAsync(url, lobby, "Bob");
        const signal = await signalAsync(url, bob.voice);
        const isBob = (peer: IRtcPeer): boolean => peer.id === bob.member.id;
        await alice.voice.inbox.firstAsync<IRtcPeer>("peerChanged", (peer) => isBob(peer) && peer.ready);
        bob.voice.room.send("mute", { muted: true });
        await alice.voice.inbox.firstAsync<IRtcPeer>("peerChanged", (peer) => isBob(peer) && peer.muted === "self");
        await bob.voice.inbox.firstAsync<IRtcPeer>("peerChanged", (peer) => isBob(peer) && peer.muted === "self");
        bob.voice.room.send("mute", { muted: false });
        await bob.voice.inbox.firstAsync<IRtcPeer>("peerChanged", (peer) => isBob(peer) && peer.muted === "no" && peer.ready);
        signal.socket.close();
        await alice.voice.inbox.firstAsync<IRtcPeer>("peerChanged", (peer) => isBob(peer) && !peer.ready);
        await bob.voice.room.leave();
        expect(await alice.voice.inbox.firstAsync("peerLeft")).toEqual({ id: bob.member.id, peerId: bob.voice.self, reason: "left" });
    });

    it("sends the publishing and capturing state to present and new members, and rejects a malformed state", async () => {
        const alice = await enterBothAsync(url, lobby, "Alice");
        const bob = await enterBothAsync(url, lobby, "Bob");
        const about = (publishing: boolean, capturing: boolean) => (peer: IRtcPeer) =>
            peer.id === bob.member.id && peer.publishing === publishing && peer.capturing === capturing;
        bob.voice.room.send("state", { publishing: false });
        await alice.voice.inbox.firstAsync<IRtcPeer>("peerChanged", about(false, true));
        await bob.voice.inbox.firstAsync<IRtcPeer>("peerChanged", about(false, true));
        bob.voice.room.send("state", { publishing: "yes", capturing: false });
        await bob.voice.inbox.firstAsync("refused");
        bob.voice.room.send("state", { capturing: false });
        await alice.voice.inbox.firstAsync<IRtcPeer>("peerChanged", about(false, false));
        const carol = await enterBothAsync(url, lobby, "Carol");
        expect(carol.voice.peers.filter(about(false, false))).toHaveLength(1);
    });

    it("relays interest within the room only", async () => {
        const alice = await enterBothAsync(url, lobby, "Alice");
        const bob = await enterBothAsync(url, lobby, "Bob");
        const other = await enterBothAsync(url, `${lobby} next door`, "Mallory");
        other.voice.room.send("interest", { to: bob.member.id, interest: "on" });
        other.voice.room.send("interest", { to: bob.member.id, interest: "loud" });
        await other.voice.inbox.firstAsync("refused");
        alice.voice.room.send("interest", { to: "nobody", interest: "off" });
        alice.voice.room.send("interest", { to: bob.member.id, interest: "warm" });
        await bob.voice.inbox.firstAsync("interest");
        expect(bob.voice.inbox.all.filter(({ type }) => type === "interest").map(({ message }) => message)).toEqual([
            { from: alice.member.id, interest: "warm" },
        ]);
    });

    it("rejects malformed messages, and stays usable", async () => {
        const alice = await enterBothAsync(url, lobby, "Alice");
        const send: [string, unknown][] = [
            ["mute", undefined],
            ["mute", { muted: "yes" }],
            ["mute", [true]],
            ["state", null],
            ["state", { capturing: 1 }],
            ["interest", null],
            ["interest", { to: 5, interest: "on" }],
            ["renew", { token: "a" }],
            ["peerLeft", { id: alice.member.id }],
        ];
        send.forEach(([type, message]) => alice.voice.room.send(type, message));
        alice.voice.room.send("mute", { muted: true });
        await alice.voice.inbox.firstAsync<IRtcPeer>("peerChanged", (peer) => peer.muted === "self");
        expect(alice.voice.inbox.count("refused")).toBe(send.length);
    });

    it("exists once per room, and cannot be joined by its Colyseus id or created twice", async () => {
        const alice = await enterBothAsync(url, lobby, "Alice");
        const mallory = await enterAsync(url, `${lobby} next door`, "Mallory");
        const { token } = await grantAsync(url, mallory.identity, mallory.roomId);
        const options = { room: mallory.roomId, token };
        expect(await refusalAsync(joinAsync(url, alice.voice.room.roomId, options, "joinById"))).not.toBe("joined");
        const bob = await enterAsync(url, lobby, "Bob");
        const grant = await grantAsync(url, bob.identity, bob.roomId);
        expect(await refusalAsync(joinAsync(url, "rtc", { room: bob.roomId, token: grant.token }, "create"))).not.toBe("joined");
        const voice = await enterVoiceAsync(url, bob, bob.roomId);
        expect(voice.room.roomId).toBe(alice.voice.room.roomId);
    });

    it("is full at the server's maximum", async () => {
        const enterOwnAsync = async (name: string): Promise<string> => {
            const guest = await guestAsync(url, name);
            const { token } = await grantAsync(url, guest.identity, lobby);
            return await joinRtcAsync(lobby, token);
        };
        for (const name of ["A", "B", "C", "D"]) {
            expect(await enterOwnAsync(name)).toBe("joined");
        }
        expect(await enterOwnAsync("E")).toBe("roomFull");
    });
});

describe("a second connection of the same user", () => {
    it("replaces the first: its control and signalling sockets are closed, and the others see another peer id", async () => {
        const alice = await enterBothAsync(url, lobby, "Alice");
        const bob = await enterBothAsync(url, lobby, "Bob");
        const signal = await signalAsync(url, alice.voice);
        const again = await enterVoiceAsync(url, alice.member, alice.member.roomId);
        expect(await alice.voice.inbox.firstAsync("closed")).toMatchObject({ code: "duplicateIdentity" });
        expect(await alice.voice.left).toBe(4108);
        expect(await signal.closed).toBe(4109);
        expect(await bob.voice.inbox.firstAsync("peerLeft")).toEqual({
            id: alice.member.id,
            peerId: alice.voice.self,
            reason: "duplicateIdentity",
        });
        await bob.voice.inbox.firstAsync<IRtcPeer>("peerJoined", (peer) => peer.peerId === again.self && peer.order === 3);
        expect(again.peers.map(({ name }) => name)).toEqual(["Bob", "Alice"]);
        expect(bob.voice.inbox.count("peerLeft")).toBe(1);
        await expect(openAsync(signalUrl(url, alice.voice.self, alice.voice.secret))).rejects.toThrow("refused 401");
    });
});

describe("a member who leaves the room", () => {
    it("is removed from the RTC room and from signalling", async () => {
        const alice = await enterBothAsync(url, lobby, "Alice");
        const bob = await enterBothAsync(url, lobby, "Bob");
        const signal = await signalAsync(url, bob.voice);
        await bob.member.room.leave();
        expect(await bob.voice.inbox.firstAsync("closed")).toMatchObject({ code: "removed" });
        expect(await bob.voice.left).toBe(4109);
        expect(await signal.closed).toBe(4109);
        expect(await alice.voice.inbox.firstAsync("peerLeft")).toMatchObject({ id: bob.member.id, reason: "removed" });
    });

    it("and rejoins at once stays in its voice", async () => {
        const alice = await enterBothAsync(url, lobby, "Alice");
        const bob = await enterBothAsync(url, lobby, "Bob");
        await bob.member.room.leave();
        await joinAsync(url, "room", { name: lobby, identity: bob.member.identity });
        // Waits longer than the grace period: Alice leaves later, and is removed after Bob would have been.
        await alice.member.room.leave();
        await bob.voice.inbox.firstAsync("peerLeft");
        expect(bob.voice.inbox.count("closed")).toBe(0);
    });
});

describe("the end of a grant", () => {
    let shortUrl: string;
    let short: IRtcServer;
    // Only one server can run in a process at a time.
    beforeAll(async () => {
        await server.closeAsync();
        short = await createRtcServer({ port: 0, secret, grantTtlSeconds: 1 });
        shortUrl = short.url;
    });
    afterAll(() => short.closeAsync());

    it("disconnects the member, and closes the signalling socket", async () => {
        const alice = await enterBothAsync(shortUrl, lobby, "Alice");
        const signal = await signalAsync(shortUrl, alice.voice);
        expect(await alice.voice.inbox.firstAsync("closed")).toMatchObject({ code: "tokenExpired" });
        expect(Date.now()).toBeGreaterThanOrEqual(alice.voice.grant.expiresAt);
        expect(await alice.voice.left).toBe(4104);
        expect(await signal.closed).toBe(4109);
    });

    it("is postponed only by a newer grant for the same room and user", async () => {
        const alice = await enterBothAsync(shortUrl, lobby, "Alice");
        const bob = await enterBothAsync(shortUrl, lobby, "Bob");
        const signal = await signalAsync(shortUrl, alice.voice);
        const renewAsync = async (voice: IVoice, token: string): Promise<unknown> => await askAsync(voice, "renew", { token });
        expect(await renewAsync(alice.voice, bob.voice.grant.token)).toMatchObject({ code: "tokenInvalid" });
        expect(await renewAsync(alice.voice, await forgeAsync({ room: "another room" }))).toMatchObject({
            code: "tokenInvalid",
        });
        expect(await renewAsync(alice.voice, alice.member.identity)).toMatchObject({ code: "tokenInvalid" });
        const { id } = alice.member;
        const { token, expiresAt } = await issueGrantAsync({
            room: alice.member.roomId,
            user: { id, name: "Alice" },
            privileges: ["subscribe"],
            secret,
        });
        expect(await renewAsync(alice.voice, token)).toEqual({ expiresAt, expiresInMs: expect.any(Number) as number });
        await bob.voice.inbox.firstAsync<IRtcPeer>("peerChanged", (peer) => peer.id === id && !peer.mayPublish);
        // Bob's grant is newer than Alice's first one, which has therefore expired, too.
        expect(await bob.voice.left).toBe(4104);
        expect(await renewAsync(alice.voice, bob.voice.grant.token)).toMatchObject({ code: "tokenExpired" });
        expect(alice.voice.inbox.count("closed")).toBe(0);
        expect(signal.socket.readyState).toBe(signal.socket.OPEN);
    });
});
