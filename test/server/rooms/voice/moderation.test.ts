import { setTimeout } from "node:timers/promises";
import { createRtcServer, issueGrantAsync } from "babylon-rtc-server";
import { callSignal, askAsync, enterBothAsync, grantAsync, joinAsync, postAsync, quieten, refusalAsync, signalAsync } from "../../clients";
import type { IGrantOptions, IRtcServer, PrivilegeWish } from "babylon-rtc-server";
import type { IRtcPeer } from "../../../../protocol/wire.js";
import type { IJoined, Inbox } from "../../clients";

const secret = "a secret of at least thirty-two bytes";
let server: IRtcServer;
let url: string;
let rooms = 0;
let room: string;

type IBoth = Awaited<ReturnType<typeof enterBothAsync>>;

/** A member of the RTC room of an app's own room. */
interface IPerson extends IJoined {
    readonly id: string;
    readonly token: string;
    readonly self: string;
    readonly secret: string;
    readonly peers: IRtcPeer[];
    readonly blocked: string[];
    /** First matching `peerChanged` of a member, whether already received or still to come. */
    seesAsync(id: string, fits: (peer: IRtcPeer) => boolean): Promise<IRtcPeer>;
}

beforeAll(async () => {
    quieten();
    server = await createRtcServer({ port: 0, secret });
    ({ url } = server);
});
beforeEach(() => (room = `stage ${++rooms}`));
afterAll(() => server.closeAsync());

async function tokenAsync(id: string, more: Partial<IGrantOptions> = {}): Promise<string> {
    return (await issueGrantAsync({ room, user: { id, name: id.toUpperCase() }, secret, ...more })).token;
}

async function comeAsync(token: string, more: Record<string, unknown> = {}): Promise<IPerson> {
    const joined = await joinAsync(url, "rtc", { room, token, ...more });
    type Welcome = Pick<IPerson, "self" | "secret" | "peers" | "blocked">;
    const welcome = await joined.inbox.firstAsync<Welcome>("welcome");
    return {
        ...joined,
        ...welcome,
        id: welcome.peers.find(({ peerId }) => peerId === welcome.self)?.id ?? "",
        token,
        seesAsync: (id, fits) => joined.inbox.firstAsync<IRtcPeer>("peerChanged", (peer) => peer.id === id && fits(peer)),
    };
}

async function personAsync(id: string, privileges?: PrivilegeWish): Promise<IPerson> {
    return await comeAsync(await tokenAsync(id, privileges ? { privileges } : {}));
}

const moderatorAsync = (id: string): Promise<IPerson> => personAsync(id, ["publish", "subscribe", "moderate"]);

/** Messages of a type, after the first `count`. */
function since({ inbox }: IPerson, type: string, count: number): unknown[] {
    return inbox.all.filter((entry) => entry.type === type).map(({ message }) => message).slice(count); // prettier-ignore
}

describe("a privilege that ends", () => {
    it("token get: publish and subscribe end each at their own time, and members are notified", async () => {
        const alice = await personAsync("alice");
        const bob = await personAsync("bob", { publish: 1, subscribe: 2 });
        expect(bob.peers.find(({ id }) => id === "bob")).toMatchObject({ mayPublish: true, maySubscribe: true });
        const first = await alice.seesAsync("bob", ({ mayPublish }) => !mayPublish);
        expect(first.maySubscribe).toBe(true);
        await bob.seesAsync("bob", ({ mayPublish }) => !mayPublish);
        expect((await alice.seesAsync("bob", ({ maySubscribe }) => !maySubscribe)).mayPublish).toBe(false);
        expect(alice.inbox.count("peerLeft")).toBe(0);
    });

    it("is restored by a newer grant", async () => {
        const alice = await personAsync("alice");
        const bob = await personAsync("bob", { publish: 1, subscribe: 60 });
        await alice.seesAsync("bob", ({ mayPublish }) => !mayPublish);
        const told = alice.inbox.count("peerChanged");
        await askAsync(bob, "renew", { token: await tokenAsync("bob") });
        await alice.seesAsync("bob", ({ mayPublish }) => mayPublish);
        expect(since(alice, "peerChanged", told)).toMatchObject([{ id: "bob", mayPublish: true, maySubscribe: true }]);
    });

    it("no longer allows moderation", async () => {
        const alice = await personAsync("alice", { publish: 1, moderate: 1 });
        await personAsync("bob");
        await alice.seesAsync("alice", ({ mayPublish }) => !mayPublish);
        expect(await askAsync(alice, "moderate", { action: "mute", id: "bob" })).toMatchObject({ code: "notAllowed" });
    });
});

describe("the end of a grant", () => {
    it("token will-expire notice: is sent only to the member, a third of the lifetime before the end", async () => {
        const alice = await personAsync("alice");
        const begin = Date.now();
        const { token, expiresAt } = await issueGrantAsync({ room, user: { id: "bob", name: "Bob" }, ttlSeconds: 3, secret });
        const bob = await comeAsync(token);
        expect(await bob.inbox.firstAsync("expiring")).toEqual({ expiresAt, expiresInMs: expect.any(Number) as number });
        const before = expiresAt - Date.now();
        const third = (expiresAt - begin) / 3;
        // The notice comes up to 30 % earlier at random, so that members who joined together are not notified together.
        expect(before).toBeLessThanOrEqual(1.3 * third + 20);
        expect(before).toBeGreaterThan(third - 500);
        expect(alice.inbox.count("expiring")).toBe(0);
    });

    it("token will-expire: a member who does not renew is removed, and the others are told the reason", async () => {
        const alice = await personAsync("alice");
        const { token, expiresAt } = await issueGrantAsync({ room, user: { id: "bob", name: "Bob" }, ttlSeconds: 1, secret });
        const bob = await comeAsync(token);
        expect(await bob.inbox.firstAsync("closed")).toMatchObject({ code: "tokenExpired" });
        expect(await alice.inbox.firstAsync("peerLeft")).toEqual({ id: "bob", peerId: bob.self, reason: "tokenExpired" });
        expect(Date.now() - expiresAt).toBeLessThan(2000);
        expect(await bob.left).toBe(4104);
        expect(await refusalAsync(joinAsync(url, "rtc", { room, token }))).toBe("tokenExpired");
    });

    it("token will-expire: a member who renews stays, and is notified again before the new end", async () => {
        const bob = await comeAsync(await tokenAsync("bob", { ttlSeconds: 1 }));
        await bob.inbox.firstAsync("expiring");
        const next = await issueGrantAsync({ room, user: { id: "bob", name: "Bob" }, ttlSeconds: 2, secret });
        expect(await askAsync(bob, "renew", { token: next.token })).toEqual({
            expiresAt: next.expiresAt,
            expiresInMs: expect.any(Number) as number,
        });
        await bob.inbox.firstAsync<{ expiresAt: number }>("expiring", ({ expiresAt }) => expiresAt === next.expiresAt);
        expect(bob.inbox.count("expiring")).toBe(2);
        expect(bob.inbox.count("closed")).toBe(0);
    });
});

describe("a moderator", () => {
    it("mutes a member, who cannot unmute by request or by rejoining", async () => {
        const moderator = await moderatorAsync("moderator");
        const bob = await personAsync("bob");
        expect(await askAsync(moderator, "moderate", { action: "mute", id: "bob" })).toBeUndefined();
        await bob.seesAsync("bob", ({ muted }) => muted === "moderator");
        bob.room.send("mute", { muted: false });
        bob.room.send("mute", { muted: true });
        bob.room.send("mute", { muted: false });
        await askAsync(bob, "block", { id: "nobody", blocked: true });
        expect((since(bob, "peerChanged", 0) as IRtcPeer[]).map(({ muted }) => muted)).toEqual(
            Array.from({ length: 4 }, () => "moderator"),
        );
        const again = await personAsync("bob");
        expect(again.peers.find(({ id }) => id === "bob")?.muted).toBe("moderator");
        await again.room.leave();
        await moderator.inbox.firstAsync("peerLeft", ({ peerId }: IRtcPeer) => peerId === again.self);
        expect((await personAsync("bob")).peers.find(({ id }) => id === "bob")?.muted).toBe("moderator");
    });

    it("mutes all present members except moderators, but not later members", async () => {
        const moderator = await moderatorAsync("moderator");
        await moderatorAsync("second moderator");
        await personAsync("bob");
        await personAsync("carol");
        expect(await askAsync(moderator, "moderate", { action: "muteAll" })).toBeUndefined();
        const dave = await personAsync("dave");
        expect(dave.peers.map(({ id, muted }) => [id, muted])).toEqual([
            ["moderator", "no"],
            ["second moderator", "no"],
            ["bob", "moderator"],
            ["carol", "moderator"],
            ["dave", "no"],
        ]);
    });

    it("invites a member to unmute, who stays muted until they unmute themselves", async () => {
        const moderator = await moderatorAsync("moderator");
        const bob = await personAsync("bob");
        await askAsync(moderator, "moderate", { action: "mute", id: "bob" });
        await askAsync(moderator, "moderate", { action: "inviteToUnmute", id: "bob" });
        expect(await bob.inbox.firstAsync("unmuteInvited")).toEqual({ by: "moderator" });
        await bob.seesAsync("bob", ({ muted }) => muted === "self");
        expect(moderator.inbox.count("unmuteInvited")).toBe(0);
        bob.room.send("mute", { muted: false });
        await moderator.seesAsync("bob", ({ muted }) => muted === "no");
        await bob.room.leave();
        expect((await personAsync("bob")).peers.find(({ id }) => id === "bob")?.muted).toBe("no");
    });

    it("removes a member, who is rejected with banned until the ban expires, with the old grant and with a new one", async () => {
        const moderator = await moderatorAsync("moderator");
        const bob = await personAsync("bob");
        const signal = await signalAsync(url, { ...bob, identity: "", grant: { token: bob.token, iceServers: [], expiresAt: 0 } });
        expect(await askAsync(moderator, "moderate", { action: "remove", id: "bob", seconds: 1 })).toBeUndefined();
        expect(await bob.inbox.firstAsync("closed")).toMatchObject({ code: "removed" });
        expect(await moderator.inbox.firstAsync("peerLeft")).toEqual({ id: "bob", peerId: bob.self, reason: "removed" });
        expect(await signal.closed).toBe(4109);
        const until = Date.now() + 1000;
        expect(await refusalAsync(joinAsync(url, "rtc", { room, token: bob.token }))).toBe("banned");
        expect(await refusalAsync(joinAsync(url, "rtc", { room, token: await tokenAsync("bob") }))).toBe("banned");
        // Joins again as soon as the ban is over. The end of a ban is not announced, and continuous attempts are rate limited.
        let answer = "banned";
        while (answer === "banned" && Date.now() < until + 2000) {
            await setTimeout(50);
            answer = await refusalAsync(joinAsync(url, "rtc", { room, token: bob.token }));
        }
        expect(answer).toBe("joined");
        expect(Date.now()).toBeGreaterThanOrEqual(until - 50);
    });

    it("removes a member for 0 seconds, who may rejoin at once", async () => {
        const moderator = await moderatorAsync("moderator");
        const bob = await personAsync("bob");
        await askAsync(moderator, "moderate", { action: "remove", id: "bob", seconds: 0 });
        await bob.left;
        expect(await refusalAsync(joinAsync(url, "rtc", { room, token: bob.token }))).toBe("joined");
    });

    it("bans a member even after all other members have left", async () => {
        const moderator = await moderatorAsync("moderator");
        const bob = await personAsync("bob");
        await askAsync(moderator, "moderate", { action: "remove", id: "bob", seconds: 60 });
        await bob.left;
        await moderator.room.leave();
        expect(await refusalAsync(joinAsync(url, "rtc", { room, token: bob.token }))).toBe("banned");
    });

    it("is defined by the grant; requests of other members are rejected, and change nothing", async () => {
        const alice = await personAsync("alice");
        await personAsync("bob");
        for (const what of [
            { action: "mute", id: "bob" },
            { action: "muteAll" },
            { action: "inviteToUnmute", id: "bob" },
            { action: "remove", id: "bob", seconds: 60 },
        ]) {
            expect(await askAsync(alice, "moderate", what)).toMatchObject({ code: "notAllowed" });
        }
        expect([alice.inbox.count("peerChanged"), alice.inbox.count("peerLeft")]).toEqual([0, 0]);
    });

    it("gets an error for a malformed request, for itself as the target, and for an absent member", async () => {
        const moderator = await moderatorAsync("moderator");
        for (const what of [
            null,
            {},
            { action: "shout", id: "bob" },
            { action: "mute" },
            { action: "mute", id: 5 },
            { action: "remove", id: "bob" },
            { action: "remove", id: "bob", seconds: -1 },
            { action: "remove", id: "bob", seconds: 86_401 },
            { action: "remove", id: "bob", seconds: NaN },
            { action: "mute", id: "moderator" },
            { action: "remove", id: "moderator", seconds: 0 },
        ]) {
            expect(await askAsync(moderator, "moderate", what)).toMatchObject({ code: "invalidRequest" });
        }
        for (const what of [
            { action: "mute", id: "bob" },
            { action: "inviteToUnmute", id: "bob" },
            { action: "remove", id: "bob", seconds: 60 },
        ]) {
            expect(await askAsync(moderator, "moderate", what)).toMatchObject({ code: "memberNotFound" });
        }
        expect(await refusalAsync(joinAsync(url, "rtc", { room, token: await tokenAsync("bob") }))).toBe("joined");
    });
});

describe("the owner of a room of the server", () => {
    it("moderates its voice without the privilege, and cannot be moderated by moderators", async () => {
        const owner = await enterBothAsync(url, room, "Olive");
        const bob = await enterBothAsync(url, room, "Bob");
        expect(await askAsync(bob.voice, "moderate", { action: "mute", id: owner.member.id })).toMatchObject({ code: "notAllowed" });
        expect(await askAsync(owner.voice, "moderate", { action: "mute", id: bob.member.id })).toBeUndefined();
        await bob.voice.inbox.firstAsync<IRtcPeer>("peerChanged", (peer) => peer.id === bob.member.id && peer.muted === "moderator");
        const { roomId } = owner.member;
        const user = { id: bob.member.id, name: "Bob" };
        const { token } = await issueGrantAsync({ room: roomId, user, privileges: ["moderate"], secret });
        await askAsync(bob.voice, "renew", { token });
        for (const what of [
            { action: "mute", id: owner.member.id },
            { action: "remove", id: owner.member.id, seconds: 0 },
        ]) {
            expect(await askAsync(bob.voice, "moderate", what)).toMatchObject({ code: "notAllowed" });
        }
        await owner.member.room.leave();
        await bob.member.inbox.firstAsync("memberLeft");
        // Bob is the owner now, whatever his grant says.
        const carol = await enterBothAsync(url, room, "Carol");
        await askAsync(bob.voice, "renew", { token: (await grantAsync(url, bob.member.identity, roomId)).token });
        expect(await askAsync(bob.voice, "moderate", { action: "remove", id: carol.member.id, seconds: 60 })).toBeUndefined();
        await carol.voice.left;
        expect(await carol.member.inbox.firstAsync("closed")).toMatchObject({ code: "removed" });
        expect(await bob.member.inbox.firstAsync("memberLeft", ({ id }: { id: string }) => id === carol.member.id)).toMatchObject({
            reason: "removed",
        });
        const answer = await postAsync(`${url}/token`, { room: roomId }, { Authorization: `Bearer ${carol.member.identity}` });
        expect([answer.status, answer.body.error]).toMatchObject([403, { code: "banned" }]);
        expect(await refusalAsync(joinAsync(url, "rtc", { room: roomId, token: carol.voice.grant.token }))).toBe("banned");
    });
});

describe("a user who is banned during a call", () => {
    it.each<[string, (bob: IBoth, owner: IBoth) => Promise<unknown>]>([
        [
            "the owner, in the voice",
            (bob, owner) => askAsync(owner.voice, "moderate", { action: "remove", id: bob.member.id, seconds: 60 }),
        ],
        ["the app", (bob) => server.moderateAsync({ room: bob.member.roomId, user: bob.member.id, action: "remove", seconds: 60 })],
        [
            "the app, without a voice connection",
            async (bob, owner) => {
                await Promise.all([bob, owner].map(({ voice }) => voice.room.leave()));
                await server.moderateAsync({ room: bob.member.roomId, user: bob.member.id, action: "remove", seconds: 60 });
            },
        ],
    ])("by %s is also removed from the room, and its members are notified", async (_who, banAsync) => {
        const owner = await enterBothAsync(url, room, "Olive");
        const bob = await enterBothAsync(url, room, "Bob");
        await banAsync(bob, owner);
        expect(await bob.member.inbox.firstAsync("closed")).toMatchObject({ code: "removed" });
        expect(await owner.member.inbox.firstAsync("memberLeft")).toEqual({ id: bob.member.id, reason: "removed" });
        expect(await refusalAsync(joinAsync(url, "room", { name: room, identity: bob.member.identity }))).toBe("banned");
    });

    it("stays in the room if they are removed from the voice for 0 seconds", async () => {
        const owner = await enterBothAsync(url, room, "Olive");
        const bob = await enterBothAsync(url, room, "Bob");
        await askAsync(owner.voice, "moderate", { action: "remove", id: bob.member.id, seconds: 0 });
        expect(await bob.voice.inbox.firstAsync("closed")).toMatchObject({ code: "removed" });
        bob.member.room.send("message", { topic: "still", data: "here" });
        await owner.member.inbox.firstAsync("message");
        expect(bob.member.inbox.count("closed")).toBe(0);
    });
});

describe("a block", () => {
    it("is sent to both, stops signalling and interest in both directions, and can be undone", async () => {
        const alice = await personAsync("alice");
        const bob = await personAsync("bob");
        const carol = await personAsync("carol");
        const ofAsync = async (person: IPerson): ReturnType<typeof signalAsync> =>
            await signalAsync(url, { ...person, identity: "", grant: { token: person.token, iceServers: [], expiresAt: 0 } });
        const [atAlice, atBob, atCarol] = [await ofAsync(alice), await ofAsync(bob), await ofAsync(carol)];
        expect(await askAsync(alice, "block", { id: "bob", blocked: true })).toBeUndefined();
        expect(await alice.inbox.firstAsync("blocked")).toEqual({ ids: ["bob"] });
        expect(await bob.inbox.firstAsync("blocked")).toEqual({ ids: ["alice"] });
        expect(carol.inbox.count("blocked")).toBe(0);
        const send = (from: typeof atAlice, to: IPerson, mark: string): void =>
            from.send(callSignal("CANDIDATE", to.self, "mc_1", { mark }));
        const passed = (inbox: Inbox): unknown[] =>
            inbox.all
                .filter(({ type }) => type === "CANDIDATE")
                .map(({ message }) => (message as { payload: { mark: string } }).payload.mark);
        send(atAlice, bob, "alice to bob");
        send(atBob, alice, "bob to alice");
        bob.room.send("interest", { to: "alice", interest: "warm" });
        carol.room.send("interest", { to: "alice", interest: "off" });
        send(atAlice, carol, "alice to carol");
        send(atBob, carol, "bob to carol");
        send(atCarol, alice, "carol to alice");
        send(atCarol, bob, "carol to bob");
        await Promise.all([atAlice, atBob].map(({ inbox }) => inbox.firstAsync("CANDIDATE")));
        await alice.inbox.firstAsync("interest");
        expect([passed(atAlice.inbox), passed(atBob.inbox)]).toEqual([["carol to alice"], ["carol to bob"]]);
        expect(since(alice, "interest", 0)).toEqual([{ from: "carol", interest: "off" }]);
        // Only the blocking member can unblock.
        await askAsync(bob, "block", { id: "alice", blocked: false });
        send(atBob, alice, "bob to alice");
        send(atCarol, alice, "carol to alice again");
        await atAlice.inbox.firstAsync(
            "CANDIDATE",
            ({ payload }: { payload: { mark: string } }) => payload.mark === "carol to alice again",
        );
        expect(passed(atAlice.inbox)).not.toContain("bob to alice");
        await askAsync(alice, "block", { id: "bob", blocked: false });
        await bob.inbox.firstAsync<{ ids: string[] }>("blocked", ({ ids }) => ids.length === 0);
        send(atBob, alice, "bob to alice");
        await atAlice.inbox.firstAsync("CANDIDATE", ({ payload }: { payload: { mark: string } }) => payload.mark === "bob to alice");
    });

    it("is set with a join, is sent to the other member before `peerJoined`, and ends when its creator leaves", async () => {
        const alice = await personAsync("alice");
        const bob = await comeAsync(await tokenAsync("bob"), { blocks: ["alice", "somebody else"] });
        expect(bob.blocked).toEqual(["alice", "somebody else"]);
        await alice.inbox.firstAsync("peerJoined");
        expect(alice.inbox.all.map(({ type }) => type)).toEqual(["welcome", "blocked", "peerJoined"]);
        expect(since(alice, "blocked", 0)).toEqual([{ ids: ["bob"] }]);
        expect((await personAsync("carol")).blocked).toEqual([]);
        await bob.room.leave();
        await alice.inbox.firstAsync<{ ids: string[] }>("blocked", ({ ids }) => ids.length === 0);
        expect((await personAsync("bob")).blocked).toEqual([]);
    });

    it("is rejected if it is malformed, names the member itself, or exceeds 1000 blocks", async () => {
        const blocks = Array.from({ length: 1000 }, (_, i) => `user ${i}`);
        const alice = await comeAsync(await tokenAsync("alice"), { blocks });
        for (const what of [
            null,
            {},
            { id: "bob" },
            { id: 5, blocked: true },
            { id: "alice", blocked: true },
            { id: "bob", blocked: true },
        ]) {
            expect(await askAsync(alice, "block", what)).toMatchObject({ code: "invalidRequest" });
        }
        for (const bad of [{ blocks: "bob" }, { blocks: [5] }, { blocks: [...blocks, "bob"] }, { blocks: [""] }]) {
            expect(await refusalAsync(joinAsync(url, "rtc", { room, token: await tokenAsync("bob"), ...bad }))).toBe("invalidRequest");
        }
    });
});

describe("the app", () => {
    it("revokes and restores the publish privilege at any time, regardless of newer grants", async () => {
        const alice = await personAsync("alice");
        const bob = await personAsync("bob");
        await server.setPrivilegesAsync({ room, user: "bob", privileges: ["subscribe"] });
        await alice.seesAsync("bob", ({ mayPublish, maySubscribe }) => !mayPublish && maySubscribe);
        await askAsync(bob, "renew", { token: await tokenAsync("bob") });
        const again = await personAsync("bob");
        expect(again.peers.find(({ id }) => id === "bob")).toMatchObject({ mayPublish: false, maySubscribe: true });
        await server.setPrivilegesAsync({ room, user: "bob", privileges: { publish: 1, subscribe: 60 } });
        await again.seesAsync("bob", ({ mayPublish }) => mayPublish);
        const told = again.inbox.count("peerChanged");
        await server.setPrivilegesAsync({ room, user: "bob", privileges: null });
        await server.setPrivilegesAsync({ room, user: "bob", privileges: [] });
        await again.seesAsync("bob", ({ maySubscribe }) => !maySubscribe);
        expect(since(again, "peerChanged", told)).toHaveLength(1);
    });

    it("mutes, invites to unmute, mutes all and removes", async () => {
        const moderator = await moderatorAsync("moderator");
        const bob = await personAsync("bob");
        await server.moderateAsync({ room, user: "bob", action: "mute" });
        await bob.seesAsync("bob", ({ muted }) => muted === "moderator");
        await server.moderateAsync({ room, user: "bob", action: "inviteToUnmute" });
        expect(await bob.inbox.firstAsync("unmuteInvited")).toEqual({ by: null });
        await server.moderateAsync({ room, action: "muteAll" });
        await server.moderateAsync({ room, user: "moderator", action: "remove", seconds: 60 });
        expect(await moderator.inbox.firstAsync("closed")).toMatchObject({ code: "removed" });
        expect(await refusalAsync(joinAsync(url, "rtc", { room, token: moderator.token }))).toBe("banned");
        await server.moderateAsync({ room: "nobody was ever here", user: "bob", action: "remove", seconds: 60 });
        const token = await tokenAsync("bob", { room: "nobody was ever here" });
        expect(await refusalAsync(joinAsync(url, "rtc", { room: "nobody was ever here", token }))).toBe("banned");
        expect(bob.inbox.count("closed")).toBe(0);
    });

    it("gets an error code for an invalid argument, and for an unknown room or user", async () => {
        await personAsync("bob");
        const codeAsync = (promise: Promise<void>): Promise<unknown> =>
            promise.then(
                () => "done",
                (error: unknown) => (error as { code?: unknown }).code,
            );
        const moderate = (what: object): Promise<unknown> => codeAsync(server.moderateAsync(what as never));
        const change = (what: object): Promise<unknown> => codeAsync(server.setPrivilegesAsync(what as never));
        expect(await moderate({ room, user: "bob", action: "shout" })).toBe("invalidOption");
        expect(await moderate({ room, action: "mute" })).toBe("invalidOption");
        expect(await moderate({ room: "", user: "bob", action: "mute" })).toBe("invalidOption");
        expect(await moderate({ room, user: "bob", action: "remove", seconds: -1 })).toBe("invalidOption");
        expect(await moderate({ room, user: "alice", action: "mute" })).toBe("notFound");
        expect(await moderate({ room, user: "alice", action: "remove" })).toBe("notFound");
        expect(await moderate({ room: "elsewhere", user: "bob", action: "mute" })).toBe("notFound");
        expect(await change({ room, user: "bob", privileges: ["shout"] })).toBe("invalidOption");
        expect(await change({ room, user: " bob", privileges: [] })).toBe("invalidOption");
        expect(await change({ room: "elsewhere", user: "bob", privileges: [] })).toBe("notFound");
    });
});
