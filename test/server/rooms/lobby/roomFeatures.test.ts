import { Client } from "@colyseus/sdk";
import { createRtcServer } from "babylon-rtc-server";
import { askAsync, enterAsync, guestAsync, joinAsync, postAsync, quieten, refusalAsync, rosterOf } from "../../clients";
import type { IRtcServer, IRtcServerOptions } from "babylon-rtc-server";
import type { IRoomInfo, IRoomListReply } from "../../../../protocol/wire.js";
import type { IMember } from "../../clients";

const secret = "a secret of at least thirty-two bytes";

let server: IRtcServer;
let url: string;
let rooms = 0;
let lobby: string;

beforeAll(quieten);
beforeEach(() => (lobby = `features ${(rooms += 1)}`));

/** Starts a server for the tests of a describe block. Only one can run in a process at a time. */
function serve(options: IRtcServerOptions): void {
    beforeAll(async () => {
        server = await createRtcServer({ port: 0, maxMembers: 20, secret, log: () => undefined, ...options });
        ({ url } = server);
    });
    afterAll(() => server.closeAsync());
}

/** Result of a new guest's join: an error code, or `joined`. */
async function knockAsync(options: Record<string, unknown>, method: "joinOrCreate" | "join" = "joinOrCreate"): Promise<string> {
    const { identity } = await guestAsync(url, "Somebody");
    return await refusalAsync(joinAsync(url, "room", { identity, ...options }, method));
}

async function twoAsync(options: Record<string, unknown> = {}): Promise<{ alice: IMember; bob: IMember }> {
    const alice = await enterAsync(url, lobby, "Alice", options);
    return { alice, bob: await enterAsync(url, lobby, "Bob", { password: options.password }) };
}

describe("a room's creation", () => {
    serve({});

    describe("an option for a new room", () => {
        it("is sent to every member", async () => {
            const options = {
                maxMembers: 5,
                policy: "everyone",
                description: " Blue team\nfirst floor ",
                properties: { map: "hills", n: 1 },
                password: "sesame",
            };
            const { alice, bob } = await twoAsync(options);
            for (const { inbox } of [alice, bob]) {
                expect((await inbox.firstAsync<{ room: IRoomInfo }>("welcome")).room).toEqual({
                    id: alice.roomId,
                    name: lobby,
                    maxMembers: 5,
                    owner: alice.id,
                    locked: false,
                    private: false,
                    policy: "everyone",
                    hasPassword: true,
                    passwordRevision: 1,
                    description: "Blue team\nfirst floor",
                    properties: { map: "hills", n: 1 },
                });
            }
        });

        it("is taken from the creator only", async () => {
            await enterAsync(url, lobby, "Alice");
            const bob = await enterAsync(url, lobby, "Bob", {
                maxMembers: 1,
                policy: "invited",
                description: "mine",
                properties: { a: 1 },
                password: "x",
            });
            expect((await bob.inbox.firstAsync<{ room: IRoomInfo }>("welcome")).room).toMatchObject({
                maxMembers: 20,
                policy: "everyone",
                description: "",
                properties: {},
                hasPassword: false,
            });
        });

        it.each<[string, Record<string, unknown>]>([
            ["a `private` that is not a boolean", { private: 1 }],
            ["an unknown policy", { policy: "nobody" }],
            ["a policy that is an object", { policy: {} }],
            ["a description of 281 characters", { description: "x".repeat(281) }],
            ["a description with control characters", { description: "a\u0000b" }],
            ["a description that is not a string", { description: ["a"] }],
            ["properties that are not an object", { properties: [1] }],
            ["properties of more than 8 KiB", { properties: { a: "x".repeat(8192) } }],
            ["a property without a name", { properties: { "": 1 } }],
            ["a property name of 65 characters", { properties: { ["k".repeat(65)]: 1 } }],
            ["an empty password", { password: "" }],
            ["a password of 129 characters", { password: "x".repeat(129) }],
            ["a password that is not a string", { password: 5 }],
            ["an id in addition to a name", { id: "0".repeat(40) }],
            ["an invitation in addition to a name", { invitation: "a.b.c" }],
        ])("is refused if it is %s", async (_what, options) => {
            expect(await knockAsync({ name: lobby, ...options })).toBe("invalidRequest");
            expect((await enterAsync(url, lobby, "Alice")).room.roomId).toBeTruthy();
        });
    });

    describe("a private room", () => {
        it("is found by its id only, not by its name, and does not reserve its name", async () => {
            const alice = await enterAsync(url, lobby, "Alice", { private: true });
            expect(await knockAsync({ name: lobby }, "join")).toBe("roomNotFound");
            const stranger = await enterAsync(url, lobby, "Stranger");
            expect(stranger.roomId).not.toBe(alice.roomId);
            const other = await enterAsync(url, lobby, "Other", { private: true });
            expect(other.roomId).not.toBe(alice.roomId);
            const { identity } = await guestAsync(url, "Bob");
            const bob = await joinAsync(url, "room", { id: alice.roomId, identity });
            expect(bob.room.roomId).toBe(alice.roomId);
            await bob.inbox.firstAsync("welcome");
            expect(rosterOf(bob.inbox)).toEqual(["Alice", "Bob"]);
        });

        it.each([
            ["an unknown id", "0".repeat(40)],
            ["an id that is not a string", 5],
            ["an empty id", ""],
            ["an object as id", { $ne: 1 }],
            ["an id such as `__proto__`", "__proto__"],
        ])("is not found by %s, and no room is created", async (_what, id) => {
            expect(await knockAsync({ id })).toBe("roomNotFound");
        });
    });

    describe("a password", () => {
        it("admits only users who know it, in any Unicode normalization form", async () => {
            await enterAsync(url, lobby, "Alice", { password: "caf\u00e9" });
            expect(await knockAsync({ name: lobby })).toBe("passwordWrong");
            expect(await knockAsync({ name: lobby, password: "cafe" })).toBe("passwordWrong");
            expect(await knockAsync({ name: lobby, password: "cafe\u0301" })).toBe("joined");
        });

        it("can be changed and removed; a seat reserved with the old password is rejected", async () => {
            const { alice, bob } = await twoAsync({ password: "old" });
            const { identity } = await guestAsync(url, "Carol");
            const seat = (await postAsync(`${url}/matchmake/joinOrCreate/room`, { name: lobby, identity, password: "old" })).body;
            expect(seat.sessionId).toEqual(expect.any(String));
            expect(await askAsync(alice, "password", { password: "new" })).toBeUndefined();
            expect(await bob.inbox.firstAsync("roomChanged", (room: IRoomInfo) => room.passwordRevision === 2)).toMatchObject({
                hasPassword: true,
            });
            expect(await refusalAsync(new Client(url).consumeSeatReservation(seat as never))).toBe("passwordWrong");
            expect(await knockAsync({ name: lobby, password: "old" })).toBe("passwordWrong");
            expect(await knockAsync({ name: lobby, password: "new" })).toBe("joined");
            await askAsync(alice, "password", { password: null });
            await bob.inbox.firstAsync("roomChanged", (room: IRoomInfo) => !room.hasPassword);
            expect(await knockAsync({ name: lobby })).toBe("joined");
        });

        it("is never sent to members", async () => {
            const { bob } = await twoAsync({ password: "hush hush" });
            expect(JSON.stringify(bob.inbox.all)).not.toContain("hush");
        });

        it("is the creator's when several users join at the same time with different passwords", async () => {
            const guests = await Promise.all(["Alice", "Bob", "Carol"].map(async (name) => await guestAsync(url, name)));
            const joined = await Promise.all(
                guests.map(
                    async ({ identity }) =>
                        await refusalAsync(joinAsync(url, "room", { identity, name: lobby, password: identity.slice(-9) })),
                ),
            );
            expect(joined.sort()).toEqual(["joined", "passwordWrong", "passwordWrong"]);
        });

        it("admits all users who join at the same time with the same password", async () => {
            const guests = await Promise.all(["Alice", "Bob", "Carol"].map(async (name) => await guestAsync(url, name)));
            const joined = await Promise.all(
                guests.map(async ({ identity }) => await refusalAsync(joinAsync(url, "room", { identity, name: lobby, password: "same" }))),
            );
            expect(joined).toEqual(["joined", "joined", "joined"]);
        });
    });

    describe("a list of rooms", () => {
        async function listAsync(body: unknown = {}): Promise<IRoomListReply> {
            const { identity } = await guestAsync(url, "Reader");
            const answer = await postAsync(`${url}/rooms`, body, { Authorization: `Bearer ${identity}` });
            expect(answer).toMatchObject({ status: 200 });
            return answer.body as unknown as IRoomListReply;
        }

        it("contains the public fields of rooms, and no private room", async () => {
            await enterAsync(url, lobby, "Alice", { description: "Come in", policy: "invited", maxMembers: 3, password: "x" });
            const hidden = await enterAsync(url, lobby, "Bob", { private: true });
            const list = await listAsync({ limit: 100 });
            expect(list.rooms.filter(({ name }) => name === lobby)).toEqual([
                {
                    id: expect.not.stringContaining(hidden.roomId) as string,
                    name: lobby,
                    memberCount: 1,
                    maxMembers: 3,
                    locked: false,
                    hasPassword: true,
                    policy: "invited",
                    description: "Come in",
                },
            ]);
            expect(JSON.stringify(list)).not.toContain(hidden.roomId);
        });

        it("is paged without duplicates or gaps while rooms open and close", async () => {
            const names = Array.from({ length: 9 }, (_, index) => `${lobby} page ${index}`);
            const made = await Promise.all([...names].reverse().map(async (name) => await enterAsync(url, name, "Alice")));
            const seen: string[] = [];
            let cursor: string | undefined;
            for (let page = 0; page < 100; page += 1) {
                const { rooms: some, next } = await listAsync({ limit: 4, ...(cursor !== undefined && { cursor }) });
                expect(some.length).toBeLessThanOrEqual(4);
                seen.push(...some.map(({ name }) => name));
                cursor = next;
                // After every other page, its last room closes. After each page, a room opens that sorts before all `page` rooms.
                const last = made.find(({ roomId }) => roomId === some.at(-1)?.id);
                if (page % 2 === 0) {
                    await last?.room.leave();
                }
                await enterAsync(url, `${lobby} a newcomer ${page}`, "Bob");
                if (cursor === undefined) {
                    break;
                }
            }
            expect(cursor).toBeUndefined();
            expect(seen.filter((name) => names.includes(name))).toEqual(names);
        });

        it("requires an identity, and rejects malformed requests", async () => {
            expect(await postAsync(`${url}/rooms`, {})).toMatchObject({ status: 401, body: { error: { code: "unauthorized" } } });
            const { identity } = await guestAsync(url, "Mallory");
            const bearer = { Authorization: `Bearer ${identity}` };
            for (const body of [
                { limit: 0 },
                { limit: 101 },
                { limit: 1.5 },
                { limit: "5" },
                { cursor: 5 },
                { cursor: "" },
                { cursor: "??" },
                { cursor: {} },
            ]) {
                expect(await postAsync(`${url}/rooms`, body, bearer)).toMatchObject({
                    status: 400,
                    body: { error: { code: "invalidRequest" } },
                });
            }
        });
    });
});

describe("a room for friends", () => {
    /** Pairs of friends, as `owner>user`. */
    const friends = new Set<string>();
    let broken = false;
    const asked: unknown[] = [];
    serve({
        isFriend: async (request) => {
            asked.push(request);
            if (broken) {
                throw new Error("no database");
            }
            return friends.has(`${request.owner.name}>${request.user.name}`);
        },
    });
    beforeEach(() => {
        friends.clear();
        broken = false;
        asked.length = 0;
    });

    it("admits only users for whom `isFriend` returns true", async () => {
        const alice = await enterAsync(url, lobby, "Alice", { policy: "friends" });
        expect(await knockAsync({ name: lobby })).toBe("notInvited");
        friends.add("Alice>Somebody");
        expect(await knockAsync({ name: lobby })).toBe("joined");
        expect(asked.at(-1)).toEqual({
            owner: { id: alice.id, name: "Alice" },
            user: { id: expect.any(String) as string, name: "Somebody" },
        });
    });

    it("admits nobody while `isFriend` fails", async () => {
        await enterAsync(url, lobby, "Alice", { policy: "friends" });
        friends.add("Alice>Somebody");
        broken = true;
        expect(await knockAsync({ name: lobby })).toBe("notInvited");
    });

    it("admits friends of the current owner only", async () => {
        const alice = await enterAsync(url, lobby, "Alice", { policy: "friends" });
        friends.add("Alice>Bob");
        const bob = await enterAsync(url, lobby, "Bob");
        await askAsync(alice, "owner", { id: bob.id });
        friends.add("Alice>Somebody");
        expect(await knockAsync({ name: lobby })).toBe("notInvited");
        friends.add("Bob>Somebody");
        expect(await knockAsync({ name: lobby })).toBe("joined");
    });
});

describe("a server without `isFriend`", () => {
    serve({});

    it("rejects the creation of a room for friends", async () => {
        const { identity } = await guestAsync(url, "Alice");
        await expect(joinAsync(url, "room", { identity, name: lobby, policy: "friends" })).rejects.toThrow(/^invalidRequest: .*isFriend/);
        expect(await knockAsync({ name: lobby }, "join")).toBe("roomNotFound");
    });
});

describe("guessing passwords", () => {
    let address = "a";
    serve({ addressOf: () => address, limits: { passwords: { perSecond: 0.001, burst: 8 } } });

    it("is rate-limited per user and per address; correct passwords do not count", async () => {
        await enterAsync(url, lobby, "Alice", { password: "right" });
        const tryAsync = async (identity: string, password: string): Promise<string> =>
            await refusalAsync(joinAsync(url, "room", { name: lobby, identity, password }));
        for (let round = 0; round < 10; round += 1) {
            expect(await tryAsync((await guestAsync(url, "Bob")).identity, "right")).toBe("joined");
        }
        const mallory = await guestAsync(url, "Mallory");
        for (let round = 0; round < 5; round += 1) {
            expect(await tryAsync(mallory.identity, `guess ${round}`)).toBe("passwordWrong");
        }
        expect(await tryAsync(mallory.identity, "right")).toBe("rateLimited");
        address = "b";
        expect(await tryAsync(mallory.identity, "right")).toBe("rateLimited");
        address = "a";
        for (let round = 0; round < 3; round += 1) {
            expect(await tryAsync((await guestAsync(url, "Mallory")).identity, "wrong")).toBe("passwordWrong");
        }
        const { identity } = await guestAsync(url, "Carol");
        expect(await tryAsync(identity, "right")).toBe("rateLimited");
        address = "b";
        expect(await tryAsync(identity, "right")).toBe("joined");
    });
});
