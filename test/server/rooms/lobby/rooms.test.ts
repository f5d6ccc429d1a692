import { createRtcServer } from "babylon-rtc-server";
import { enterAsync, guestAsync, joinAsync, quieten, refusalAsync, rosterOf } from "../../clients";
import type { IRtcServer } from "babylon-rtc-server";
import type { IMember } from "../../clients";

let server: IRtcServer;
let url: string;
let rooms = 0;
let lobby: string;

beforeAll(async () => {
    quieten();
    server = await createRtcServer({ port: 0, graceSeconds: 0, maxMembers: 20, secret: "a secret of at least thirty-two bytes" });
    ({ url } = server);
});
afterAll(() => server.closeAsync());
beforeEach(() => (lobby = `lobby ${(rooms += 1)}`));

async function againAsync(member: IMember, options: Record<string, unknown> = {}): Promise<IMember> {
    const joined = await joinAsync(url, "room", { name: lobby, identity: member.identity, ...options });
    await joined.inbox.firstAsync("welcome");
    return { ...joined, identity: member.identity, id: member.id, roomId: joined.room.roomId };
}

describe("a room", () => {
    it("welcomes with its members in the order in which they joined, the new member last", async () => {
        const alice = await enterAsync(url, lobby, "Alice", { attributes: { colour: "red" } });
        await enterAsync(url, lobby, "Bob");
        const carol = await enterAsync(url, lobby, "Carol");
        const welcome = await carol.inbox.firstAsync<Record<string, unknown>>("welcome");
        expect(welcome).toMatchObject({ self: carol.id, room: { id: alice.roomId, name: lobby, maxMembers: 20 } });
        expect(welcome.members).toMatchObject([
            { id: alice.id, name: "Alice", attributes: { colour: "red" } },
            { name: "Bob", attributes: {} },
            { id: carol.id, name: "Carol" },
        ]);
        await alice.inbox.firstAsync("memberJoined", (member: { name: string }) => member.name === "Carol");
        expect(rosterOf(alice.inbox)).toEqual(["Alice", "Bob", "Carol"]);
    });

    it("notifies members at once when a member leaves, with the reason", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, lobby, "Bob");
        const carol = await enterAsync(url, lobby, "Carol");
        await bob.room.leave();
        expect(await alice.inbox.firstAsync("memberLeft", (left: { id: string }) => left.id === bob.id)).toEqual({
            id: bob.id,
            reason: "left",
        });
        // A process that crashes closes its sockets without a close frame.
        (carol.room.connection.transport as unknown as { ws: { terminate(): void } }).ws.terminate();
        expect(await alice.inbox.firstAsync("memberLeft", (left: { id: string }) => left.id === carol.id)).toEqual({
            id: carol.id,
            reason: "dropped",
        });
        expect(rosterOf(alice.inbox)).toEqual(["Alice"]);
    });

    it("is created once for twenty users who join it at the same time", async () => {
        const guests = await Promise.all(Array.from({ length: 20 }, (_, index) => guestAsync(url, `Guest ${index}`)));
        const joined = await Promise.all(guests.map((guest) => joinAsync(url, "room", { name: lobby, identity: guest.identity })));
        expect(new Set(joined.map(({ room }) => room.roomId)).size).toBe(1);
        await Promise.all(joined.map(({ inbox }) => inbox.firstAsync("welcome")));
        const last = await guestAsync(url, "One too many");
        expect(await refusalAsync(joinAsync(url, "room", { name: lobby, identity: last.identity }))).toBe("roomFull");
    }, 20_000);

    it("ignores spaces around its name", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, `  ${lobby} `, "Bob");
        expect(bob.roomId).toBe(alice.roomId);
    });

    it("can be created again under the same name as soon as all members have left", async () => {
        for (let round = 0; round < 5; round += 1) {
            const alice = await enterAsync(url, lobby, "Alice");
            await alice.room.leave();
        }
        expect(rosterOf((await enterAsync(url, lobby, "Bob")).inbox)).toEqual(["Bob"]);
    });

    it.each([
        ["an empty string", ""],
        ["only spaces", "   "],
        ["65 characters", "x".repeat(65)],
        ["10,000 characters", "x".repeat(10_000)],
        ["control characters", "a\u0000b"],
        ["a line break", "a\nb"],
        ["a number", 5],
        ["an object", { toString: "x" }],
        ["undefined", undefined],
    ])("rejects %s as its name", async (_what, name) => {
        const { identity } = await guestAsync(url, "Alice");
        expect(await refusalAsync(joinAsync(url, "room", { name, identity }))).toBe("invalidRoomName");
    });

    it("rejects an unknown identity", async () => {
        for (const identity of [undefined, "", "nonsense", 5, "x".repeat(9000)]) {
            expect(await refusalAsync(joinAsync(url, "room", { name: lobby, identity }))).toBe("unauthorized");
        }
    });

    it("is not created by `join`, which rejects with roomNotFound", async () => {
        const { identity } = await guestAsync(url, "Alice");
        expect(await refusalAsync(joinAsync(url, "room", { name: lobby, identity }, "join"))).toBe("roomNotFound");
        await enterAsync(url, lobby, "Bob");
        expect(await refusalAsync(joinAsync(url, "room", { name: lobby, identity }, "join"))).toBe("joined");
    });

    it("cannot be duplicated through Colyseus' `create` or `joinById`", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        const { identity } = await guestAsync(url, "Mallory");
        for (const method of ["create", "joinById"] as const) {
            const type = method === "create" ? "room" : alice.roomId;
            expect(await refusalAsync(joinAsync(url, type, { name: lobby, identity }, method))).not.toBe("joined");
        }
        expect((await enterAsync(url, lobby, "Bob")).roomId).toBe(alice.roomId);
    });

    it.each([
        [2, 2],
        [0, 1],
        [-5, 1],
        [1.9, 1],
        [1000, 20],
        ["three", 20],
        [undefined, 20],
    ])("turns the requested maximum %p into %p", async (maxMembers, expected) => {
        const alice = await enterAsync(url, lobby, "Alice", { maxMembers });
        expect(await alice.inbox.firstAsync("welcome")).toMatchObject({ room: { maxMembers: expected } });
    });

    it("rejects members above its maximum, is not duplicated, and admits a user once a member has left", async () => {
        const alice = await enterAsync(url, lobby, "Alice", { maxMembers: 2 });
        const bob = await enterAsync(url, lobby, "Bob");
        const { identity } = await guestAsync(url, "Carol");
        expect(await refusalAsync(joinAsync(url, "room", { name: lobby, identity }))).toBe("roomFull");
        await bob.room.leave();
        await alice.inbox.firstAsync("memberLeft");
        const carol = await joinAsync(url, "room", { name: lobby, identity });
        expect(carol.room.roomId).toBe(alice.roomId);
    });

    it("admits no more than its maximum when many users join at once", async () => {
        const alice = await enterAsync(url, lobby, "Alice", { maxMembers: 3 });
        const guests = await Promise.all(Array.from({ length: 8 }, (_, index) => guestAsync(url, `Guest ${index}`)));
        const answers = await Promise.all(
            guests.map((guest) => refusalAsync(joinAsync(url, "room", { name: lobby, identity: guest.identity }))),
        );
        expect(answers.filter((answer) => answer === "joined")).toHaveLength(2);
        expect(answers.filter((answer) => answer === "roomFull")).toHaveLength(6);
        expect(rosterOf(alice.inbox)).toHaveLength(3);
    });
});

describe("a second connection of the same user", () => {
    it("replaces the first, without join or leave notices to the others", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, lobby, "Bob");
        const again = await againAsync(alice, { attributes: { colour: "blue" } });
        expect(await alice.inbox.firstAsync("closed")).toMatchObject({ code: "duplicateIdentity" });
        expect(await alice.left).toBe(4108);
        await bob.inbox.firstAsync("memberChanged", (member: { attributes: unknown }) =>
            JSON.stringify(member.attributes).includes("blue"),
        );
        again.room.send("message", { topic: "t", data: 1 });
        await bob.inbox.firstAsync("message");
        expect(bob.inbox.count("memberLeft") + bob.inbox.count("memberJoined")).toBe(0);
        expect(rosterOf(bob.inbox)).toEqual(["Alice", "Bob"]);
        expect(rosterOf(again.inbox)).toEqual(["Alice", "Bob"]);
    });

    it("is accepted by a full room", async () => {
        const alice = await enterAsync(url, lobby, "Alice", { maxMembers: 1 });
        expect(rosterOf((await againAsync(alice)).inbox)).toEqual(["Alice"]);
        expect(await alice.left).toBe(4108);
    });

    it("makes the server ignore messages of the first", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, lobby, "Bob");
        const again = await againAsync(alice);
        alice.room.send("message", { topic: "old", data: 1 });
        again.room.send("message", { topic: "new", data: 1 });
        await bob.inbox.firstAsync("message", (message: { topic: string }) => message.topic === "new");
        expect(bob.inbox.count("message")).toBe(1);
    });
});

describe("attributes", () => {
    it("change by key, and all members are notified, including the sender", async () => {
        const alice = await enterAsync(url, lobby, "Alice", { attributes: { colour: "red", team: 1 } });
        const bob = await enterAsync(url, lobby, "Bob");
        alice.room.send("attributes", { team: 2, nested: { list: [1, null, "x"] } });
        const expected = { id: alice.id, name: "Alice", attributes: { colour: "red", team: 2, nested: { list: [1, null, "x"] } } };
        expect(await bob.inbox.firstAsync("memberChanged")).toEqual(expected);
        expect(await alice.inbox.firstAsync("memberChanged")).toEqual(expected);
    });

    it("are rejected above 2 KiB, in a join and in a change", async () => {
        const { identity } = await guestAsync(url, "Alice");
        const attributes = { text: "x".repeat(2048) };
        expect(await refusalAsync(joinAsync(url, "room", { name: lobby, identity, attributes }))).toBe("invalidRequest");
        const bob = await enterAsync(url, lobby, "Bob", { attributes: { text: "x".repeat(2000) } });
        bob.room.send("attributes", { more: "x".repeat(100) });
        expect(await bob.inbox.firstAsync("refused")).toMatchObject({ code: "invalidRequest" });
        bob.room.send("attributes", { text: "short" });
        expect(await bob.inbox.firstAsync("memberChanged")).toMatchObject({ attributes: { text: "short" } });
    });
});

describe("a message", () => {
    it("reaches all other members, in order", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, lobby, "Bob");
        for (let index = 0; index < 20; index += 1) {
            alice.room.send("message", { topic: "pose", data: { index } });
        }
        await bob.inbox.firstAsync("message", (message: { data: { index: number } }) => message.data.index === 19);
        const heard = bob.inbox.all.filter(({ type }) => type === "message").map(({ message }) => message);
        expect(heard).toEqual(Array.from({ length: 20 }, (_, index) => ({ from: alice.id, topic: "pose", data: { index } })));
        expect(alice.inbox.count("message")).toBe(0);
    });

    let deep: unknown = 1;
    for (let depth = 0; depth < 40; depth += 1) {
        deep = [deep];
    }
    it.each<[string, unknown]>([
        ["undefined", undefined],
        ["a number", 5],
        ["an array", [1, 2]],
        ["an object without a topic", { data: 1 }],
        ["a topic of 65 characters", { topic: "x".repeat(65), data: 1 }],
        ["a topic with control characters", { topic: "a\u0007", data: 1 }],
        ["data of more than 2 KiB", { topic: "t", data: "x".repeat(2100) }],
        ["data of 12 KiB", { topic: "t", data: "x".repeat(12_000) }],
        ["few characters that take more than 2 KiB", { topic: "t", data: "\u{1F600}".repeat(600) }],
        ["NaN", { topic: "t", data: NaN }],
        ["data that contains Infinity", { topic: "t", data: { x: [Infinity] } }],
        ["bytes", { topic: "t", data: new Uint8Array([1, 2, 3]) }],
        ["a date", { topic: "t", data: new Date() }],
        ["data nested 40 levels deep", { topic: "t", data: deep }],
    ])("is rejected if it is %s", async (_what, message) => {
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, lobby, "Bob");
        alice.room.send("message", message);
        expect(await alice.inbox.firstAsync("refused")).toMatchObject({ code: "invalidRequest" });
        alice.room.send("message", { topic: "fine", data: null });
        expect(await bob.inbox.firstAsync("message")).toEqual({ from: alice.id, topic: "fine", data: null });
    });

    it("of more than 17 KiB closes its sender's connection only, and is not delivered", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, lobby, "Bob");
        alice.room.send("message", { topic: "t", data: "x".repeat(18_000) });
        expect(await alice.left).toBe(1009);
        await bob.inbox.firstAsync("memberLeft");
        const carol = await enterAsync(url, lobby, "Carol");
        carol.room.send("message", { topic: "fine", data: null });
        expect(await bob.inbox.firstAsync("message")).toEqual({ from: carol.id, topic: "fine", data: null });
    });

    it("does not pollute prototypes through its keys", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, lobby, "Bob");
        alice.room.send("message", {
            topic: "t",
            data: JSON.parse('{"constructor":{"prototype":{"polluted":1}},"__proto__":{"polluted":1}}') as unknown,
        });
        alice.room.send("attributes", JSON.parse('{"__proto__":{"polluted":1},"constructor":1}'));
        alice.room.send("message", { topic: "fine", data: 1 });
        await bob.inbox.firstAsync("message", (message: { topic: string }) => message.topic === "fine");
        expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    });

    it("of an unknown type is rejected", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        for (const type of ["teleport", "__proto__", "constructor", 7]) {
            alice.room.send(type, {});
        }
        await alice.inbox.firstAsync("refused");
        alice.room.send("attributes", { still: "here" });
        await alice.inbox.firstAsync("memberChanged");
        expect(alice.inbox.count("refused")).toBe(4);
    });

    it("is dropped above 60 per second, and the sender is notified at most once per second", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, lobby, "Bob");
        const begun = Date.now();
        for (let index = 0; index < 300; index += 1) {
            alice.room.send("message", { topic: "t", data: index });
        }
        await alice.inbox.firstAsync("refused");
        // Requests are answered in order, so all messages before this one have been handled.
        await alice.room.request("attributes", {}).catch(() => undefined);
        const seconds = (Date.now() - begun) / 1000;
        await bob.inbox.firstAsync("message", ({ data }: { data: number }) => data === 59);
        const passed = bob.inbox.count("message");
        expect(passed).toBeGreaterThanOrEqual(60);
        expect(passed).toBeLessThanOrEqual(60 + Math.ceil(60 * seconds) + 1);
        expect(alice.inbox.all.filter(({ type }) => type === "refused").length).toBeLessThanOrEqual(1 + Math.ceil(seconds));
        expect(await alice.inbox.firstAsync("refused")).toMatchObject({ code: "rateLimited" });
    });
});
