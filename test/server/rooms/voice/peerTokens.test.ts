import { createRtcServer, issueGrantAsync } from "babylon-rtc-server";
import { PeerTokens } from "../../../../server/src/tokens/peerTokens";
import { askToEnterAsync, joinAsync, openAsync, quieten, seatsAsync, signalUrl, sitDownAsync } from "../../clients";
import type { IRtcServer } from "babylon-rtc-server";
import type { IEnterReply, IRtcServerMessages } from "../../../../protocol/wire.js";
import type { IJoined } from "../../clients";

type Welcome = IRtcServerMessages["welcome"];

jest.setTimeout(20_000);

const secret = "a secret of at least thirty-two bytes";
const another = "another secret of at least thirty-two bytes";

describe("a peer token", () => {
    const tokens = new PeerTokens(new TextEncoder().encode(secret));
    const peerId = "0123456789".repeat(4);
    const token = tokens.sign("alice", peerId);

    it("yields its peer id to a server with the same secret", () => {
        expect(new PeerTokens(new TextEncoder().encode(secret)).read(token, "alice")).toBe(peerId);
    });

    it.each([
        ["another user's", tokens.sign("bob", peerId)],
        ["signed with another secret", new PeerTokens(new TextEncoder().encode(another)).sign("alice", peerId)],
        ["of another peer id", token.replace("0123", "3210")],
        ["truncated", token.slice(0, -1)],
        ["followed by another character", `${token}0`],
        ["without a signature", peerId],
        ["empty", ""],
        ["missing", undefined],
    ])("that is %s yields no peer id", (_what, given) => {
        expect(tokens.read(given, "alice")).toBeNull();
    });
});

describe("an RTC room after a restart", () => {
    let server: IRtcServer;

    /** Starts the server with a secret. */
    const startAsync = async (key: string): Promise<void> => {
        server = await createRtcServer({ port: 0, secret: key, log: () => undefined });
    };
    const restartAsync = async (key: string): Promise<void> => {
        await server.closeAsync();
        await startAsync(key);
    };

    beforeAll(quieten);
    beforeEach(() => startAsync(secret));
    afterEach(() => server.closeAsync());

    const enterAsync = async (key: string, user: string, peerToken?: unknown): Promise<IJoined & Welcome> => {
        const { token } = await issueGrantAsync({ room: "home", user: { id: user, name: user }, secret: key });
        const joined = await joinAsync(server.url, "rtc", { room: "home", token, ...(peerToken !== undefined && { peerToken }) });
        return { ...joined, ...(await joined.inbox.firstAsync<Welcome>("welcome")) };
    };

    it("gives a member the former peer id, with a new signalling secret and a new `life`", async () => {
        const alice = await enterAsync(secret, "alice");
        await restartAsync(secret);
        const again = await enterAsync(secret, "alice", alice.peerToken);
        expect(again.self).toBe(alice.self);
        expect(again.peers).toMatchObject([{ id: "alice", peerId: alice.self }]);
        expect(again.secret).not.toBe(alice.secret);
        expect([typeof again.life, again.life === alice.life]).toEqual(["string", false]);
        await expect(openAsync(signalUrl(server.url, alice.self, alice.secret))).rejects.toThrow("refused 401");
        const signal = await openAsync(signalUrl(server.url, again.self, again.secret));
        await signal.inbox.firstAsync("OPEN");
    });

    it("gives a new peer id if the token belongs to another user or is malformed", async () => {
        const alice = await enterAsync(secret, "alice");
        await restartAsync(secret);
        const bob = await enterAsync(secret, "bob", alice.peerToken);
        expect(bob.self).not.toBe(alice.self);
        for (const peerToken of [7, {}, "x".repeat(2_000), `${"0".repeat(40)}.${"0".repeat(64)}`]) {
            const carol = await enterAsync(secret, "carol", peerToken);
            expect(carol.self).toMatch(/^[0-9a-f]{40}$/);
            expect(carol.self).not.toMatch(/^0+$/);
        }
    });

    it("gives a new peer id if the server has another secret", async () => {
        const alice = await enterAsync(secret, "alice");
        await restartAsync(another);
        const again = await enterAsync(another, "alice", alice.peerToken);
        expect(again.self).not.toBe(alice.self);
    });

    it("gives a new peer id if the former one is in use, and closes the former connection", async () => {
        const alice = await enterAsync(secret, "alice");
        const again = await enterAsync(secret, "alice", alice.peerToken);
        expect(again.self).not.toBe(alice.self);
        expect(await alice.inbox.firstAsync("closed")).toMatchObject({ code: "duplicateIdentity" });
    });

    it("gives the former peer id to a member with a seat, and invalidates the peer id of the seat", async () => {
        const first = await seatsAsync(server.url, { name: "lobby" }, "Alice");
        await sitDownAsync(server.url, first.seat);
        const voice = await sitDownAsync(server.url, first.voice.seat);
        voice.room.send("enter", {});
        const { self, peerToken } = await voice.inbox.firstAsync<Welcome>("welcome");
        await restartAsync(secret);
        const { status, body } = await askToEnterAsync(server.url, { name: "lobby", identity: first.guest.identity });
        expect({ status, body }).toMatchObject({ status: 200, body: { voice: {} } });
        const second = body as unknown as Required<IEnterReply>;
        await sitDownAsync(server.url, second.seat);
        const again = await sitDownAsync(server.url, second.voice.seat);
        again.room.send("enter", { peerToken });
        expect(await again.inbox.firstAsync<Welcome>("welcome")).toMatchObject({ self });
        await expect(openAsync(signalUrl(server.url, second.voice.self, second.voice.secret))).rejects.toThrow("refused 401");
    });
});
