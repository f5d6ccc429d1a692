import { setTimeout as delay } from "node:timers/promises";
import { createRtcServer, issueGrantAsync } from "babylon-rtc-server";
import { SignJWT, decodeJwt } from "jose";
import { Client } from "@colyseus/sdk";
import {
    askAsync,
    enterAsync,
    enterBothAsync,
    grantAsync,
    guestAsync,
    joinAsync,
    postAsync,
    quieten,
    refusalAsync,
    rosterOf,
    signalAsync,
} from "../../clients";
import type { IRtcServer } from "babylon-rtc-server";
import type { IRoomInfo } from "../../../../protocol/wire.js";
import type { IMember } from "../../clients";

const secret = "a secret of at least thirty-two bytes";

let server: IRtcServer;
let url: string;
let rooms = 0;
let lobby: string;

beforeAll(async () => {
    quieten();
    server = await createRtcServer({ port: 0, maxMembers: 20, secret, graceSeconds: 0 });
    ({ url } = server);
});
afterAll(() => server.closeAsync());
beforeEach(() => (lobby = `owned ${(rooms += 1)}`));

async function knockAsync(options: Record<string, unknown>): Promise<string> {
    const { identity } = await guestAsync(url, "Somebody");
    return await refusalAsync(joinAsync(url, "room", { identity, ...options }));
}

/** Result of another join as the same user: an error code, or `joined`. */
async function returnAsync(member: IMember, options: Record<string, unknown> = { name: lobby }): Promise<string> {
    return await refusalAsync(joinAsync(url, "room", { identity: member.identity, ...options }));
}

async function toldAsync(members: readonly IMember[], fits: (room: IRoomInfo) => boolean): Promise<void> {
    await Promise.all(members.map(async ({ inbox }) => await inbox.firstAsync<IRoomInfo>("roomChanged", fits)));
}

async function inviteAsync(member: IMember, value: Record<string, unknown> = { seconds: 60 }): Promise<string> {
    const answer = await askAsync(member, "invite", value);
    expect(answer).toMatchObject({ invitation: expect.any(String) as string, expiresAt: expect.any(Number) as number });
    return (answer as { invitation: string }).invitation;
}

async function threeAsync(options: Record<string, unknown> = {}): Promise<readonly [IMember, IMember, IMember]> {
    const alice = await enterAsync(url, lobby, "Alice", options);
    return [alice, await enterAsync(url, lobby, "Bob"), await enterAsync(url, lobby, "Carol")];
}

describe("a request that only the owner may make", () => {
    it.each<[string, Record<string, unknown>]>([
        ["lock", { locked: true }],
        ["kick", { id: "owner", seconds: 60 }],
        ["owner", { id: "self" }],
        ["describe", { description: "mine" }],
        ["properties", { changes: { a: 1 } }],
        ["password", { password: "mine" }],
        ["destroy", {}],
    ])("%s: is rejected for other members, and changes nothing", async (type, value) => {
        const [alice, bob, carol] = await threeAsync();
        const ids: Record<string, string> = { owner: alice.id, self: bob.id };
        const asked = "id" in value ? { ...value, id: ids[String(value.id)] } : value;
        expect(await askAsync(bob, type, asked)).toMatchObject({ code: "notAllowed" });
        // Changes are announced in order, so any effect of Bob's request would have reached Carol before this one.
        await askAsync(alice, "describe", { description: "the owner's" });
        await toldAsync([carol], (room) => room.description === "the owner's");
        expect(carol.inbox.count("roomChanged")).toBe(1);
        expect(carol.inbox.count("memberLeft")).toBe(0);
    });

    it.each<[string, unknown[]]>([
        ["lock", [undefined, null, {}, { locked: 1 }, { locked: "true" }, []]],
        [
            "kick",
            [
                {},
                { id: 5, seconds: 0 },
                { id: "x" },
                { id: "x", seconds: -1 },
                { id: "x", seconds: 1.5 },
                { id: "x", seconds: 86_401 },
                { id: "x", seconds: "60" },
            ],
        ],
        ["owner", [{}, { id: null }, { id: ["x"] }]],
        ["describe", [{}, { description: 5 }, { description: "x".repeat(281) }, { description: "a\u0007b" }]],
        [
            "properties",
            [
                {},
                { changes: [] },
                { changes: { "": 1 } },
                { changes: { a: new Uint8Array(2) } },
                { changes: { a: "x".repeat(9000) } },
                { changes: { ["k".repeat(65)]: 1 } },
            ],
        ],
        ["password", [{}, { password: "" }, { password: 5 }, { password: "x".repeat(129) }]],
        [
            "invite",
            [
                {},
                { seconds: 0 },
                { seconds: 604_801 },
                { seconds: "60" },
                { seconds: 60, userId: 5 },
                { seconds: 60, userId: "" },
                { seconds: 60, userId: "x".repeat(129) },
            ],
        ],
    ])("%s: is refused with a malformed value", async (type, values) => {
        const alice = await enterAsync(url, lobby, "Alice");
        for (const value of values) {
            expect(await askAsync(alice, type, value)).toMatchObject({ code: "invalidRequest" });
        }
        expect(alice.inbox.count("roomChanged")).toBe(0);
    });

    it("is rejected without a request number", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        alice.room.send("lock", { locked: true });
        expect(await alice.inbox.firstAsync("refused")).toMatchObject({ code: "invalidRequest" });
    });

    it("is rate-limited above 30 changes at once", async () => {
        const [alice] = await threeAsync();
        const answers = await Promise.all(
            Array.from({ length: 45 }, async (_, n) => await askAsync(alice, "properties", { changes: { n } })),
        );
        expect(answers.filter((answer) => answer === undefined).length).toBeGreaterThanOrEqual(30);
        expect(answers).toContainEqual(expect.objectContaining({ code: "rateLimited" }));
    });

    it("is not announced if it changes nothing", async () => {
        const [alice, bob] = await threeAsync();
        await askAsync(alice, "lock", { locked: false });
        await askAsync(alice, "describe", { description: "" });
        await askAsync(alice, "properties", { changes: { absent: null } });
        await askAsync(alice, "password", { password: null });
        await askAsync(alice, "owner", { id: alice.id });
        await askAsync(alice, "lock", { locked: true });
        await toldAsync([bob], (room) => room.locked);
        expect(bob.inbox.count("roomChanged")).toBe(1);
    });
});

describe("a room's owner", () => {
    it("locks and unlocks it", async () => {
        const [alice, bob, carol] = await threeAsync();
        await askAsync(alice, "lock", { locked: true });
        await toldAsync([alice, bob, carol], (room) => room.locked);
        expect(await knockAsync({ name: lobby })).toBe("roomLocked");
        expect(await knockAsync({ id: alice.roomId })).toBe("roomLocked");
        expect(await returnAsync(bob)).toBe("joined");
        await askAsync(alice, "lock", { locked: false });
        expect(await knockAsync({ name: lobby })).toBe("joined");
    });

    it("rejects reserved seats after a lock", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        const { identity } = await guestAsync(url, "Mallory");
        const seat = (await postAsync(`${url}/matchmake/joinOrCreate/room`, { name: lobby, identity })).body;
        await askAsync(alice, "lock", { locked: true });
        expect(await refusalAsync(new Client(url).consumeSeatReservation(seat as never))).toBe("roomLocked");
    });

    it("changes the description, and properties by key", async () => {
        const [alice, bob] = await threeAsync({ properties: { map: "hills", score: [1, 2] } });
        await askAsync(alice, "describe", { description: "Round two" });
        await askAsync(alice, "properties", { changes: { map: null, score: [3, 4], constructor: "x" } });
        const told = await bob.inbox.firstAsync<IRoomInfo>("roomChanged", (room) => !("map" in room.properties));
        expect(told).toMatchObject({ description: "Round two", properties: { score: [3, 4], constructor: "x" } });
        expect(await askAsync(alice, "properties", { changes: { more: "x".repeat(8180) } })).toMatchObject({ code: "invalidRequest" });
    });

    it("transfers the room to another member, and loses the owner's rights", async () => {
        const [alice, bob, carol] = await threeAsync();
        expect(await askAsync(alice, "owner", { id: "nobody" })).toMatchObject({ code: "memberNotFound" });
        await askAsync(alice, "owner", { id: carol.id });
        await toldAsync([alice, bob, carol], (room) => room.owner === carol.id);
        expect(await askAsync(alice, "lock", { locked: true })).toMatchObject({ code: "notAllowed" });
        expect(await askAsync(carol, "lock", { locked: true })).toBeUndefined();
    });

    it.each([
        ["leaves", "left"],
        ["is cut off", "dropped"],
    ])("who %s passes the room to the longest-standing member", async (how) => {
        const [alice, bob, carol] = await threeAsync();
        if (how === "leaves") {
            await alice.room.leave();
        } else {
            (alice.room.connection.transport as unknown as { ws: { terminate(): void } }).ws.terminate();
        }
        await toldAsync([bob, carol], (room) => room.owner === bob.id);
        expect(await askAsync(bob, "lock", { locked: true })).toBeUndefined();
    });

    it("who opens a second connection remains the owner", async () => {
        const [alice, bob] = await threeAsync();
        const again = await joinAsync(url, "room", { name: lobby, identity: alice.identity });
        expect(await askAsync(again, "describe", { description: "still mine" })).toBeUndefined();
        expect((await bob.inbox.firstAsync<IRoomInfo>("roomChanged")).owner).toBe(alice.id);
    });

    it("destroys the room and its RTC room for all members, and its name is free at once", async () => {
        const { member, voice } = await enterBothAsync(url, lobby, "Alice");
        const bob = await enterBothAsync(url, lobby, "Bob");
        expect(await askAsync(member, "destroy", {})).toBeUndefined();
        for (const end of [member, voice, bob.member, bob.voice]) {
            expect(await end.inbox.firstAsync("closed")).toMatchObject({ code: "roomClosed" });
            expect(await end.left).toBe(4119);
        }
        expect(await knockAsync({ id: member.roomId })).toBe("roomNotFound");
        const next = await enterAsync(url, lobby, "Carol");
        expect(next.roomId).not.toBe(member.roomId);
        expect(rosterOf(next.inbox)).toEqual(["Carol"]);
    });
});

it("a destroyed room frees its name although a client does not close its socket", async () => {
    const [alice, bob] = await threeAsync();
    const socket = (bob.room.connection.transport as unknown as { ws: { pause(): void; terminate(): void } }).ws;
    socket.pause();
    await askAsync(alice, "destroy", {});
    await alice.left;
    expect(rosterOf((await enterAsync(url, lobby, "Dave")).inbox)).toEqual(["Dave"]);
    socket.terminate();
});

describe("a kick", () => {
    it("removes the member from room and RTC room at once, and bans them for its duration", async () => {
        const alice = await enterBothAsync(url, lobby, "Alice");
        const bob = await enterBothAsync(url, lobby, "Bob");
        const signal = await signalAsync(url, bob.voice);
        expect(await askAsync(alice.member, "kick", { id: bob.member.id, seconds: 60 })).toBeUndefined();
        expect(await bob.member.inbox.firstAsync("closed")).toMatchObject({ code: "removed" });
        expect(await bob.voice.inbox.firstAsync("closed")).toMatchObject({ code: "removed" });
        await signal.closed;
        expect(await alice.member.inbox.firstAsync("memberLeft")).toEqual({ id: bob.member.id, reason: "removed" });
        expect(await alice.voice.inbox.firstAsync("peerLeft")).toMatchObject({ id: bob.voice.id, reason: "removed" });
        const answers = [
            await returnAsync(bob.member),
            await returnAsync(bob.member, { id: alice.member.roomId }),
            await returnAsync(bob.member, { invitation: await inviteAsync(alice.member) }),
            await refusalAsync(joinAsync(url, "rtc", { room: alice.member.roomId, token: bob.voice.grant.token })),
        ];
        const token = await postAsync(`${url}/token`, { room: alice.member.roomId }, { Authorization: `Bearer ${bob.member.identity}` });
        expect(answers).toEqual(["banned", "banned", "banned", "banned"]);
        expect(token).toMatchObject({ status: 403, body: { error: { code: "banned" } } });
    });

    it("allows the member to return after its duration", async () => {
        const [alice, bob] = await threeAsync();
        const began = Date.now();
        await askAsync(alice, "kick", { id: bob.id, seconds: 2 });
        let back = "banned";
        while (back === "banned" && Date.now() - began < 10_000) {
            // Joins are rate limited, so the attempts are not continuous.
            await delay(50);
            back = await returnAsync(bob);
        }
        expect(back).toBe("joined");
        expect(Date.now() - began).toBeGreaterThanOrEqual(2000);
    }, 20_000);

    it("of 0 seconds allows the member to return at once, but rejects the old grant outside of the room", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterBothAsync(url, lobby, "Bob");
        await askAsync(alice, "kick", { id: bob.member.id, seconds: 0 });
        await bob.voice.left;
        expect(await refusalAsync(joinAsync(url, "rtc", { room: alice.roomId, token: bob.voice.grant.token }))).toBe("forbidden");
        expect(await returnAsync(bob.member)).toBe("joined");
    });

    it("invalidates a reserved seat of the member", async () => {
        const [alice, bob] = await threeAsync();
        const seat = (await postAsync(`${url}/matchmake/joinOrCreate/room`, { name: lobby, identity: bob.identity })).body;
        await askAsync(alice, "kick", { id: bob.id, seconds: 60 });
        expect(await refusalAsync(new Client(url).consumeSeatReservation(seat as never))).toBe("banned");
    });

    it("also applies to a grant that the app's backend signed for this room", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, lobby, "Bob");
        const { token } = await issueGrantAsync({ room: alice.roomId, user: { id: bob.id, name: "Bob" }, secret });
        const voice = await joinAsync(url, "rtc", { room: alice.roomId, token });
        await voice.inbox.firstAsync("welcome");
        await askAsync(alice, "kick", { id: bob.id, seconds: 60 });
        expect(await voice.left).toBe(4109);
        expect(await refusalAsync(joinAsync(url, "rtc", { room: alice.roomId, token }))).toBe("banned");
    });

    it("applies to this room only", async () => {
        const [alice, bob] = await threeAsync();
        await askAsync(alice, "kick", { id: bob.id, seconds: 60 });
        expect(await returnAsync(bob, { name: `${lobby} other` })).toBe("joined");
    });

    it("is rejected for the owner and for an absent user", async () => {
        const [alice, bob] = await threeAsync();
        expect(await askAsync(alice, "kick", { id: alice.id, seconds: 0 })).toMatchObject({ code: "invalidRequest" });
        await bob.room.leave();
        await alice.inbox.firstAsync("memberLeft");
        expect(await askAsync(alice, "kick", { id: bob.id, seconds: 0 })).toMatchObject({ code: "memberNotFound" });
    });
});

describe("an invitation", () => {
    it("admits a user despite password, policy and lock", async () => {
        const alice = await enterAsync(url, lobby, "Alice", { password: "x", policy: "invited", private: true });
        await askAsync(alice, "lock", { locked: true });
        expect(await knockAsync({ id: alice.roomId, password: "x" })).toBe("roomLocked");
        const invitation = await inviteAsync(alice);
        const { identity } = await guestAsync(url, "Bob");
        const bob = await joinAsync(url, "room", { identity, invitation }, "join");
        expect(bob.room.roomId).toBe(alice.roomId);
        await askAsync(alice, "lock", { locked: false });
        expect(await knockAsync({ id: alice.roomId, password: "x" })).toBe("notInvited");
    });

    it("overrides neither a full room nor a ban", async () => {
        const alice = await enterAsync(url, lobby, "Alice", { maxMembers: 2 });
        const bob = await enterAsync(url, lobby, "Bob");
        const invitation = await inviteAsync(alice);
        expect(await knockAsync({ invitation })).toBe("roomFull");
        await askAsync(alice, "kick", { id: bob.id, seconds: 60 });
        expect(await returnAsync(bob, { invitation })).toBe("banned");
        expect(await knockAsync({ invitation })).toBe("joined");
    });

    it("can be limited to one user", async () => {
        const alice = await enterAsync(url, lobby, "Alice", { policy: "invited" });
        const bob = await guestAsync(url, "Bob");
        const invitation = await inviteAsync(alice, { seconds: 60, userId: bob.user.id });
        expect(await knockAsync({ invitation })).toBe("notInvited");
        expect(await refusalAsync(joinAsync(url, "room", { identity: bob.identity, invitation }))).toBe("joined");
    });

    it("can be created by any member of a room for everyone, otherwise only by the owner", async () => {
        const [alice, bob] = await threeAsync();
        const before = await inviteAsync(bob);
        expect(await knockAsync({ invitation: before })).toBe("joined");
        await askAsync(alice, "lock", { locked: true });
        expect(await askAsync(bob, "invite", { seconds: 60 })).toMatchObject({ code: "notAllowed" });
        expect(await knockAsync({ invitation: before })).toBe("roomLocked");
        await askAsync(alice, "lock", { locked: false });
        await askAsync(alice, "kick", { id: bob.id, seconds: 60 });
        expect(await knockAsync({ invitation: before })).toBe("notInvited");
        const invited = `${lobby} invited`;
        const owner = await enterAsync(url, invited, "Owner", { policy: "invited" });
        const { identity } = await guestAsync(url, "Guest");
        const guest = await joinAsync(url, "room", { identity, invitation: await inviteAsync(owner) });
        await guest.inbox.firstAsync("welcome");
        expect(await askAsync(guest, "invite", { seconds: 60 })).toMatchObject({ code: "notAllowed" });
    });

    it("is rejected if forged, of another token type, expired, for another room, or for a closed room", async () => {
        const alice = await enterAsync(url, lobby, "Alice", { policy: "invited" });
        const invitation = await inviteAsync(alice);
        const [header = "", , signature = ""] = invitation.split(".");
        const claims = decodeJwt(invitation);
        const other = await enterAsync(url, `${lobby} other`, "Other", { policy: "invited" });
        const swapped = Buffer.from(JSON.stringify({ ...claims, room: other.roomId })).toString("base64url");
        const signedBy = async (key: string, changes: Record<string, unknown>): Promise<string> =>
            await new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(key));
        const unsigned = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${swapped}.`;
        const { token } = await grantAsync(url, alice.identity, alice.roomId);
        for (const forged of [
            `${header}.${swapped}.${signature}`,
            unsigned,
            await signedBy("another secret of at least thirty-two bytes", {}),
            await signedBy(secret, { aud: "babylon-rtc:grant" }),
            alice.identity,
            token,
            "",
            5,
            {},
            "x".repeat(3000),
        ]) {
            expect(await knockAsync({ invitation: forged })).toBe("tokenInvalid");
        }
        expect(await knockAsync({ invitation: await signedBy(secret, { exp: Math.floor(Date.now() / 1000) - 1 }) })).toBe("tokenExpired");
        expect(await knockAsync({ name: `${lobby} other`, invitation })).toBe("invalidRequest");
        expect(await knockAsync({ id: other.roomId, invitation })).toBe("invalidRequest");
        // An invitation is not accepted as an identity or a grant either.
        expect(await refusalAsync(joinAsync(url, "room", { name: lobby, identity: invitation }))).toBe("unauthorized");
        expect(await refusalAsync(joinAsync(url, "rtc", { room: alice.roomId, token: invitation }))).toBe("tokenInvalid");
        await alice.room.leave();
        expect(await knockAsync({ invitation })).toBe("roomNotFound");
    });
});
