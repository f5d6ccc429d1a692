import { AsyncLocalStorage } from "node:async_hooks";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { createRtcServer, issueGrantAsync } from "babylon-rtc-server";
import { askAsync, askToEnterAsync, enterAsync, enterBothAsync, enterVoiceAsync, grantAsync, guestAsync, joinAsync, openAsync, postAsync, quieten, refusalAsync, seatsAsync, signalAsync, signalUrl, sitDownAsync } from "./clients"; // prettier-ignore
import type { IRtcServer, IRtcServerOptions, LogLevel, OnServerEvent, ServerEvent } from "babylon-rtc-server";
import type { IMember } from "./clients";

const secret = "a secret of at least thirty-two bytes";
const maxWaitMs = 4500;
type Of<Type extends ServerEvent["type"]> = Extract<ServerEvent, { type: Type }>;

/** Keeps received events, and waits for further ones. */
class Events {
    readonly all: ServerEvent[] = [];
    private readonly _waiting = new Set<() => void>();

    readonly take = (event: ServerEvent): void => {
        this.all.push(event);
        this._waiting.forEach((look) => look());
    };

    async firstAsync<Type extends ServerEvent["type"]>(type: Type, fits: (event: Of<Type>) => boolean = () => true): Promise<Of<Type>> {
        return await new Promise<Of<Type>>((resolve, reject) => {
            const timer = setTimeout(() => {
                this._waiting.delete(look);
                reject(new Error(`No ${type} came. What came: ${JSON.stringify(this.all)}`));
            }, maxWaitMs);
            const look = (): void => {
                const event = this.all.find((each): each is Of<Type> => each.type === type && fits(each as Of<Type>));
                if (event) {
                    clearTimeout(timer);
                    this._waiting.delete(look);
                    resolve(event);
                }
            };
            this._waiting.add(look);
            look();
        });
    }

    of<Type extends ServerEvent["type"]>(type: Type): Of<Type>[] {
        return this.all.filter((event): event is Of<Type> => event.type === type);
    }

    get types(): string[] {
        return this.all.map(({ type }) => type);
    }
}

let server: IRtcServer;
let url: string;
let events: Events;
let address = "192.0.2.1";
let rooms = 0;
let lobby: string;
const lines: [LogLevel, string][] = [];

async function serveAsync(onEvent: OnServerEvent | undefined, more: IRtcServerOptions = {}): Promise<void> {
    lines.length = 0;
    server = await createRtcServer({
        port: 0,
        secret,
        development: true,
        addressOf: () => address,
        log: (level, line) => lines.push([level, line]),
        ...(onEvent && { onEvent }),
        ...more,
    });
    ({ url } = server);
}

beforeAll(quieten);
beforeEach(() => {
    events = new Events();
    address = "192.0.2.1";
    lobby = `events ${(rooms += 1)}`;
});
afterEach(() => server.closeAsync());

const userOf = ({ id }: { id: string }, name: string): unknown => ({ kind: "user", id, name });
const roomOf = ({ roomId }: IMember): unknown => ({ id: roomId, name: lobby });
/** Waits for a later event, so that a test can assert that no event was sent before it. */
async function settledAsync(): Promise<void> {
    const marker = `marker ${events.all.length}`;
    await enterAsync(url, marker, "Marker");
    await events.firstAsync("joined", ({ room }) => room.name === marker);
}

describe("events of rooms", () => {
    beforeEach(() => serveAsync(events.take));

    it("report the creation of a room, its members' joins and leaves, and its end", async () => {
        const before = Date.now();
        const alice = await enterAsync(url, lobby, "Alice", { attributes: { team: "red" } });
        address = "192.0.2.2";
        const bob = await enterAsync(url, lobby, "Bob");
        await bob.room.leave();
        await events.firstAsync("left");
        await alice.room.leave();
        await events.firstAsync("roomEnded");
        const common = { room: roomOf(alice), time: expect.any(Number) as number };
        const byAlice = { ...common, actor: userOf(alice, "Alice"), address: "192.0.2.1" };
        const byBob = { ...common, actor: userOf(bob, "Bob"), address: "192.0.2.2" };
        const bobsEntry = { id: bob.id, name: "Bob", attributes: {} };
        const alicesEntry = { id: alice.id, name: "Alice", attributes: { team: "red" } };
        expect(events.all).toEqual([
            { type: "roomCreated", ...byAlice },
            { type: "joined", member: alicesEntry, ...byAlice },
            { type: "joined", member: bobsEntry, ...byBob },
            { type: "left", member: bobsEntry, reason: "left", ...byBob },
            { type: "left", member: alicesEntry, reason: "left", ...byAlice },
            { type: "roomEnded", reason: "empty", ...common, actor: { kind: "server" }, address: null },
        ]);
        expect(events.all.every(({ time }) => time >= before && time <= Date.now())).toBe(true);
    });

    it("contain the network address of a member who joins with a reserved seat", async () => {
        address = "192.0.2.7";
        const { room, voice } = await seatsAsync(url, { name: lobby }, "Alice").then((seats) => ({ room: seats.seat, voice: seats.voice }));
        await sitDownAsync(url, room);
        const arrival = await sitDownAsync(url, voice.seat);
        arrival.room.send("enter", {});
        expect((await events.firstAsync("joined")).address).toBe("192.0.2.7");
        expect((await events.firstAsync("voiceJoined")).address).toBe("192.0.2.7");
    });

    it("report a changed name and changed attributes, and nothing without a change", async () => {
        const alice = await enterAsync(url, lobby, "Alice", { attributes: { x: 1 } });
        await askAsync(alice, "self", { name: "Alicia" });
        alice.room.send("attributes", { x: 1 });
        alice.room.send("attributes", { x: 2 });
        const last = await events.firstAsync("changed", ({ member }) => member.attributes?.x === 2);
        expect(events.of("changed")).toMatchObject([
            { before: { name: "Alice", attributes: { x: 1 } }, member: { id: alice.id, name: "Alicia", attributes: { x: 1 } } },
            { before: { name: "Alicia", attributes: { x: 1 } }, member: { id: alice.id, name: "Alicia", attributes: { x: 2 } } },
        ]);
        expect(last).toMatchObject({ actor: userOf(alice, "Alicia"), address: "192.0.2.1", room: roomOf(alice) });
    });

    it("report a second connection of a member as `left`, then `joined`", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        address = "192.0.2.9";
        const again = await joinAsync(url, "room", { name: lobby, identity: alice.identity });
        await again.inbox.firstAsync("welcome");
        await events.firstAsync("left");
        expect(events.types).toEqual(["roomCreated", "joined", "left", "joined"]);
        expect(events.of("left")[0]).toMatchObject({ reason: "duplicateIdentity", address: "192.0.2.9", member: { id: alice.id } });
        await settledAsync();
        expect(events.of("left")).toHaveLength(1);
    });

    it("report each action of the owner once, before its consequences", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterBothAsync(url, lobby, "Bob");
        await askAsync(alice, "lock", { locked: true });
        await askAsync(alice, "lock", { locked: true });
        await askAsync(alice, "describe", { description: "A quiet one" });
        await askAsync(alice, "properties", { changes: { map: "hall" } });
        await askAsync(alice, "password", { password: "hush hush" });
        await askAsync(alice, "password", { password: null });
        await askAsync(alice, "invite", { seconds: 60, userId: "carol" });
        await askAsync(alice, "kick", { id: bob.member.id, seconds: 5 });
        const kicked = await events.firstAsync("left");
        expect(kicked).toMatchObject({ reason: "removed", member: { id: bob.member.id }, actor: userOf(alice, "Alice") });
        await askAsync(alice, "lock", { locked: false });
        const carol = await enterAsync(url, lobby, "Carol");
        await askAsync(alice, "owner", { id: carol.id });
        await askAsync(carol, "destroy", {});
        const ended = await events.firstAsync("roomEnded");
        const bobs = { id: bob.member.id, name: "Bob" };
        expect(events.of("moderated")).toMatchObject([
            { action: "lock", locked: true },
            { action: "describe", description: "A quiet one" },
            { action: "setProperties", properties: { map: "hall" } },
            { action: "setPassword", hasPassword: true },
            { action: "setPassword", hasPassword: false },
            { action: "invite", userId: "carol", seconds: 60 },
            { action: "kick", member: bobs, seconds: 5 },
            { action: "lock", locked: false },
            { action: "setOwner", member: { id: carol.id, name: "Carol" } },
            { action: "destroy" },
        ]);
        expect(events.of("moderated").slice(0, 9).map(({ actor }) => actor)).toEqual(Array(9).fill(userOf(alice, "Alice"))); // prettier-ignore
        expect(events.of("moderated").every(({ room }) => room.id === alice.roomId && room.name === lobby)).toBe(true);
        const after = events.types.slice(events.all.findIndex((event) => event.type === "moderated" && event.action === "kick"));
        expect(after.slice(0, 3)).toEqual(["moderated", "voiceLeft", "left"]);
        expect(events.of("voiceLeft")).toMatchObject([{ reason: "removed", member: bobs, actor: userOf(alice, "Alice") }]);
        const ends = events.of("left").filter(({ reason }) => reason === "roomClosed");
        expect(ends).toHaveLength(2);
        expect([ended, ...ends]).toMatchObject(Array(3).fill({ reason: "roomClosed", actor: userOf(carol, "Carol") }));
    });

    it("report a change of owner after the owner has left, with the server as the actor", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, lobby, "Bob");
        await alice.room.leave();
        const told = await events.firstAsync("moderated");
        expect(told).toMatchObject({ action: "setOwner", member: { id: bob.id, name: "Bob" }, actor: { kind: "server" }, address: null });
    });

    it("report each member and voice as left when the server stops", async () => {
        const { member } = await enterBothAsync(url, lobby, "Alice");
        await server.closeAsync();
        const byServer = { reason: "serverStopping", actor: { kind: "server" }, address: null };
        expect(await events.firstAsync("left")).toMatchObject({ ...byServer, member: { id: member.id } });
        expect(await events.firstAsync("voiceLeft")).toMatchObject({ ...byServer, member: { id: member.id } });
        expect(await events.firstAsync("roomEnded")).toMatchObject(byServer);
    });

    it("are copies, which the app may change", async () => {
        await server.closeAsync();
        await serveAsync((event) => {
            events.take(event);
            if (event.type === "joined") {
                Object.assign(event.member.attributes ?? {}, { team: "nobody's" });
            }
        });
        await enterAsync(url, lobby, "Alice", { attributes: { team: "red" } });
        const bob = await enterAsync(url, lobby, "Bob");
        const [welcome] = bob.inbox.all;
        expect(welcome).toMatchObject({ message: { members: [{ attributes: { team: "red" } }, {}] } });
    });
});

describe("events of voices", () => {
    beforeEach(() => serveAsync(events.take));

    it("report joins, leaves and a member's own mutes", async () => {
        const { member, voice } = await enterBothAsync(url, lobby, "Alice");
        voice.room.send("mute", { muted: true });
        voice.room.send("mute", { muted: true });
        voice.room.send("mute", { muted: false });
        await events.firstAsync("muted", ({ muted }) => muted === "no");
        await voice.room.leave();
        await events.firstAsync("voiceLeft");
        const common = { room: roomOf(member), member: { id: member.id, name: "Alice" }, actor: userOf(member, "Alice"), address };
        expect(events.all.slice(2)).toMatchObject([
            { ...common, type: "voiceJoined", muted: "no" },
            { ...common, type: "muted", muted: "self" },
            { ...common, type: "muted", muted: "no" },
            { ...common, type: "voiceLeft", reason: "left" },
        ]);
    });

    it("report a moderator's actions, and each member who is muted by them", async () => {
        const alice = await enterBothAsync(url, lobby, "Alice");
        const bob = await enterBothAsync(url, lobby, "Bob");
        await askAsync(alice.voice, "moderate", { action: "mute", id: bob.member.id });
        await askAsync(alice.voice, "moderate", { action: "inviteToUnmute", id: bob.member.id });
        await askAsync(alice.voice, "moderate", { action: "muteAll" });
        await askAsync(alice.voice, "moderate", { action: "remove", id: bob.member.id, seconds: 9 });
        const bobs = { id: bob.member.id, name: "Bob" };
        const byAlice = { actor: userOf(alice.member, "Alice"), address, room: roomOf(alice.member) };
        await events.firstAsync("left");
        const from = events.types.indexOf("moderated");
        expect(events.all.slice(from)).toMatchObject([
            { ...byAlice, type: "moderated", action: "mute", member: bobs },
            { ...byAlice, type: "muted", muted: "moderator", member: bobs },
            { ...byAlice, type: "moderated", action: "inviteToUnmute", member: bobs },
            { ...byAlice, type: "muted", muted: "self", member: bobs },
            { ...byAlice, type: "moderated", action: "muteAll" },
            { ...byAlice, type: "muted", muted: "moderator", member: bobs },
            { ...byAlice, type: "moderated", action: "remove", member: bobs, seconds: 9 },
            { ...byAlice, type: "voiceLeft", reason: "removed", member: bobs },
            { ...byAlice, type: "left", reason: "removed", member: bobs },
        ]);
    });

    it("report the app's actions, with the app as the actor", async () => {
        const alice = await enterBothAsync(url, lobby, "Alice");
        const room = alice.member.roomId;
        const user = alice.member.id;
        await server.moderateAsync({ room, user, action: "mute" });
        await server.setPrivilegesAsync({ room, user, privileges: { subscribe: 60 } });
        await server.setPrivilegesAsync({ room, user, privileges: null });
        await server.moderateAsync({ room, user, action: "remove", seconds: 3 });
        await server.moderateAsync({ room: "elsewhere", user: "mallory", action: "remove", seconds: 3 });
        await events.firstAsync("moderated", (event) => event.room.id === "elsewhere");
        const byApp = { actor: { kind: "app" }, address: null };
        const alices = { id: user, name: "Alice" };
        expect(events.all.slice(3)).toMatchObject([
            { ...byApp, type: "moderated", action: "mute", member: alices },
            { ...byApp, type: "muted", muted: "moderator", member: alices },
            { ...byApp, type: "moderated", action: "setPrivileges", member: alices, privileges: ["subscribe"] },
            { ...byApp, type: "moderated", action: "setPrivileges", member: alices, privileges: null },
            { ...byApp, type: "moderated", action: "remove", member: alices, seconds: 3 },
            { ...byApp, type: "voiceLeft", member: alices, reason: "removed" },
            { ...byApp, type: "left", member: alices, reason: "removed" },
            { ...byApp, type: "moderated", room: { id: "elsewhere", name: null }, action: "remove", member: { id: "mallory", name: null } },
        ]);
    });

    it("report a changed name, an expired grant and a second connection in a room of the app's own", async () => {
        const room = `own ${lobby}`;
        const tokenAsync = async (name: string, ttlSeconds: number): Promise<string> =>
            (await issueGrantAsync({ room, user: { id: "dora", name }, secret, ttlSeconds })).token;
        const first = await joinAsync(url, "rtc", { room, token: await tokenAsync("Dora", 60) });
        await first.inbox.firstAsync("welcome");
        await askAsync(first, "renew", { token: await tokenAsync("Theodora", 60) });
        const second = await joinAsync(url, "rtc", { room, token: await tokenAsync("Dora", 1) });
        await second.inbox.firstAsync("welcome");
        await events.firstAsync("voiceLeft", ({ reason }) => reason === "tokenExpired");
        const common = { room: { id: room, name: null } };
        const byDora = { ...common, actor: { kind: "user", id: "dora" }, address };
        expect(events.all).toMatchObject([
            { ...byDora, type: "voiceJoined", member: { id: "dora", name: "Dora" } },
            { ...byDora, type: "changed", before: { id: "dora", name: "Dora" }, member: { id: "dora", name: "Theodora" } },
            { ...byDora, type: "voiceLeft", reason: "duplicateIdentity" },
            { ...byDora, type: "voiceJoined", member: { id: "dora", name: "Dora" } },
            { ...common, type: "voiceLeft", reason: "tokenExpired", actor: { kind: "server" }, address: null },
        ]);
    });
});

describe("refusals", () => {
    const stranger = { kind: "unknown" };

    beforeEach(() => serveAsync(events.take, { origins: ["https://game.example"] }));

    async function refusedAsync(request: string): Promise<Of<"refused">> {
        return await events.firstAsync("refused", (event) => event.request === request);
    }

    it("of requests are reported with reason, actor, room and address", async () => {
        address = "192.0.2.3";
        const alice = await enterAsync(url, lobby, "Alice");
        const mallory = await guestAsync(url, "Mallory");
        await postAsync(`${url}/guest`, { name: "" });
        expect(await refusedAsync("guest")).toMatchObject({ reason: "invalidRequest", actor: stranger, address, room: null, omitted: 0 });
        await postAsync(`${url}/token`, { room: alice.roomId }, { Authorization: `Bearer ${mallory.identity}` });
        expect(await refusedAsync("token")).toEqual({
            type: "refused",
            time: expect.any(Number) as number,
            request: "token",
            reason: "forbidden",
            message: "Only members of the room can enter its RTC room. Enter the room first.",
            actor: { kind: "user", id: mallory.user.id, name: "Mallory" },
            address,
            room: roomOf(alice),
            omitted: 0,
        });
        await postAsync(`${url}/rooms`, {});
        expect(await refusedAsync("rooms")).toMatchObject({ reason: "unauthorized", actor: stranger });
        await askAsync(alice, "lock", { locked: true });
        await askToEnterAsync(url, { name: lobby }, { guest: { name: "Eve" } });
        expect(await refusedAsync("enter")).toMatchObject({ reason: "roomLocked", actor: { name: "Eve" }, room: roomOf(alice) });
        await refusalAsync(joinAsync(url, "room", { name: lobby, identity: mallory.identity }));
        expect(await refusedAsync("matchmake")).toMatchObject({
            reason: "roomLocked",
            actor: { name: "Mallory" },
            room: roomOf(alice),
            address,
        });
        expect(events.of("refused")).toHaveLength(5);
    });

    it("of an invalid grant, a ban, a wrong password and an unknown room are reported with the room", async () => {
        const alice = await enterBothAsync(url, lobby, "Alice");
        await refusalAsync(joinAsync(url, "rtc", { room: alice.member.roomId, token: "nonsense" }));
        const bob = await enterAsync(url, lobby, "Bob");
        await askAsync(alice.member, "kick", { id: bob.id, seconds: 60 });
        await refusalAsync(joinAsync(url, "room", { name: lobby, identity: bob.identity }));
        await askAsync(alice.member, "password", { password: "right" });
        await refusalAsync(joinAsync(url, "room", { name: lobby, identity: (await guestAsync(url, "Eve")).identity, password: "wrong" }));
        await refusalAsync(joinAsync(url, "room", { id: "nowhere", identity: bob.identity }));
        await events.firstAsync("refused", ({ reason }) => reason === "roomNotFound");
        const room = roomOf(alice.member);
        expect(events.of("refused")).toMatchObject([
            { reason: "tokenInvalid", actor: stranger, room },
            { reason: "banned", actor: userOf(bob, "Bob"), room },
            { reason: "passwordWrong", actor: { kind: "user", name: "Eve" }, room },
            { reason: "roomNotFound", actor: stranger, room: { id: "nowhere", name: null } },
        ]);
    });

    it("of members' messages are reported with the type of the message", async () => {
        const alice = await enterBothAsync(url, lobby, "Alice");
        const bob = await enterBothAsync(url, lobby, "Bob");
        await askAsync(bob.member, "kick", { id: alice.member.id, seconds: 5 });
        bob.member.room.send("attributes", 5);
        bob.member.room.send("noSuchThing", {});
        await askAsync(bob.voice, "moderate", { action: "muteAll" });
        bob.voice.room.send("mute", { muted: "maybe" });
        await refusedAsync("mute");
        await refusedAsync("*");
        const byBob = { actor: userOf(bob.member, "Bob"), address, room: roomOf(alice.member) };
        const told = events.of("refused").sort((a, b) => (a.request < b.request ? -1 : 1));
        expect(told).toMatchObject([
            { ...byBob, request: "*", reason: "invalidRequest" },
            { ...byBob, request: "attributes", reason: "invalidRequest" },
            { ...byBob, request: "kick", reason: "notAllowed" },
            { ...byBob, request: "moderate", reason: "notAllowed" },
            { ...byBob, request: "mute", reason: "invalidRequest" },
        ]);
    });

    it("of a seat reservation that is no longer valid are reported", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        address = "192.0.2.4";
        const seats = await seatsAsync(url, { name: lobby }, "Eve");
        await askAsync(alice, "lock", { locked: true });
        await refusalAsync(sitDownAsync(url, seats.seat));
        const byEve = { actor: { kind: "user", name: "Eve" }, address, room: roomOf(alice) };
        expect(await refusedAsync("join")).toMatchObject({ ...byEve, reason: "roomLocked" });
        const voice = await sitDownAsync(url, seats.voice.seat);
        voice.room.send("enter", {});
        await voice.left;
        const told = await events.firstAsync("refused", ({ reason }) => reason === "forbidden");
        expect(told).toMatchObject({ ...byEve, request: "join" });
        expect(events.of("refused")).toHaveLength(2);
    });

    it("of pages of other origins and of sockets are reported", async () => {
        const { voice, member } = await enterBothAsync(url, lobby, "Alice");
        const foreign = { Origin: "https://evil.example" };
        await postAsync(`${url}/guest`, { name: "Eve" }, foreign);
        expect(await refusedAsync("guest")).toMatchObject({
            reason: "forbidden",
            message: expect.stringContaining("https://evil.example") as string,
        });
        const socketUrl = `${url.replace("http", "ws")}/process/${member.roomId}`;
        await expect(openAsync(socketUrl, foreign)).rejects.toThrow("403");
        expect(await refusedAsync("socket")).toMatchObject({ reason: "forbidden", room: roomOf(member), address });
        await expect(openAsync(signalUrl(url, voice.self, "a guessed secret"))).rejects.toThrow("401");
        expect(await refusedAsync("signalling")).toMatchObject({ reason: "unauthorized", actor: stranger, address });
    });

    it("of a signalling socket without parameters are not reported", async () => {
        await expect(openAsync(`${url.replace("http", "ws")}/signal/peerjs`)).rejects.toThrow("401");
        await expect(openAsync(signalUrl(url, "nobody", "a guessed secret"))).rejects.toThrow("401");
        await refusedAsync("signalling");
        expect(events.of("refused")).toHaveLength(1);
    });

    it("of an oversized frame are reported, for rooms, voices and signalling", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterBothAsync(url, lobby, "Bob");
        const carol = await enterBothAsync(url, lobby, "Carol");
        const signal = await signalAsync(url, carol.voice);
        alice.room.send("message", { topic: "t", data: "x".repeat(18_000) });
        bob.voice.room.send("message", { to: null, data: "x".repeat(140_000) });
        signal.socket.send("x".repeat(65_537));
        for (const [name, request, limit] of [
            ["Alice", "socket", "17408 bytes"],
            ["Bob", "socket", "132096 bytes"],
            ["Carol", "signalling", "65536 bytes"],
        ] as const) {
            const told = await events.firstAsync("refused", ({ actor }) => actor.kind === "user" && actor.name === name);
            expect(told).toMatchObject({ request, reason: "invalidRequest", address });
            expect(told.message).toContain(limit);
        }
    });

    it("are not reported for a failed call of the app", async () => {
        const { member } = await enterBothAsync(url, lobby, "Alice");
        await expect(server.moderateAsync({ room: member.roomId, user: "nobody", action: "mute" })).rejects.toThrow();
        await settledAsync();
        expect([events.of("refused"), events.of("moderated")]).toEqual([[], []]);
    });

    it("of one address are reported 20 at once, then one per second; other addresses are not affected", async () => {
        address = "192.0.2.66";
        const began = performance.now();
        const flood = Array.from({ length: 40 }, () => postAsync(`${url}/guest`, { name: "" }));
        await Promise.all(flood);
        const first = events.of("refused").length;
        expect(first).toBeGreaterThanOrEqual(20);
        expect(first).toBeLessThanOrEqual(21 + (performance.now() - began) / 1000);
        const told = (): number => events.of("refused").reduce((sum, { omitted }) => sum + omitted + 1, 0);
        let asked = 40;
        while (events.of("refused").length === first) {
            await postAsync(`${url}/guest`, { name: "" });
            asked += 1;
        }
        expect(told()).toBe(asked);
        expect(events.of("refused").at(-1)?.omitted).toBeGreaterThan(0);
        address = "192.0.2.5";
        await postAsync(`${url}/guest`, { name: "" });
        expect(events.of("refused").at(-1)).toMatchObject({ address: "192.0.2.5", omitted: 0 });
    });
});

describe("the example of the server's README", () => {
    it("stores the room of each user, and moderation and refusals", async () => {
        const readme = readFileSync(join(__dirname, "../../server/README.md"), "utf8");
        const [code = ""] = /const onEvent = [\s\S]*?\n};\n/.exec(readme) ?? [];
        const presence = new Map<string, string | null>();
        const audit: ServerEvent[] = [];
        const onEvent = runInNewContext(`${code} onEvent;`, { presence, audit }) as OnServerEvent;
        await serveAsync((event) => {
            events.take(event);
            return onEvent(event);
        });
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, lobby, "Bob");
        await askAsync(bob, "lock", { locked: true });
        await askAsync(alice, "kick", { id: bob.id, seconds: 5 });
        await events.firstAsync("left");
        expect([...presence]).toEqual([[alice.id, alice.roomId], [bob.id, null]]); // prettier-ignore
        expect(audit).toMatchObject([
            { type: "refused", request: "lock", reason: "notAllowed", actor: userOf(bob, "Bob"), address },
            { type: "moderated", action: "kick", actor: userOf(alice, "Alice"), address },
        ]);
        const types = [...readme.matchAll(/^\| (`\w+`(?:, `\w+`)*) +\| .*$/gm)].flatMap(([, names = ""]) =>
            [...names.matchAll(/\w+/g)].map(String),
        );
        const told: Record<ServerEvent["type"], true> = { roomCreated: true, roomEnded: true, joined: true, left: true, addressChanged: true, changed: true, voiceJoined: true, voiceLeft: true, muted: true, moderated: true, refused: true }; // prettier-ignore
        expect(types).toEqual(expect.arrayContaining(Object.keys(told)));
    });
});

describe("no event", () => {
    it("contains a password, token, identity, invitation or secret, wherever they were sent", async () => {
        await serveAsync(events.take);
        const { member, voice } = await enterBothAsync(url, lobby, "Alice");
        const secrets = ["pass word one", "pass word two", member.identity, voice.grant.token, voice.secret, secret];
        await askAsync(member, "password", { password: "pass word one" });
        const { invitation } = (await askAsync(member, "invite", { seconds: 60 })) as { invitation: string };
        secrets.push(invitation);
        const eve = await guestAsync(url, "Eve");
        secrets.push(eve.identity);
        for (const options of [
            { name: lobby, password: "pass word two" },
            { invitation: `${invitation}x` },
            { name: { password: "pass word two" }, identity: eve.identity },
            { name: lobby, private: "pass word two", policy: eve.identity, attributes: "pass word two" },
        ]) {
            await refusalAsync(joinAsync(url, "room", { identity: eve.identity, ...options }));
        }
        address = "192.0.2.8";
        const { token } = await grantAsync(url, member.identity, member.roomId);
        secrets.push(token);
        await refusalAsync(joinAsync(url, "rtc", { room: "elsewhere", token }));
        await refusalAsync(joinAsync(url, "rtc", { room: token, token: `${token}x` }));
        await askAsync(voice, "renew", { token: `${token}x` });
        await askAsync(voice, "renew", { token: { token } });
        await askAsync(member, "password", { password: { text: "pass word two" } });
        await askAsync(member, "kick", { id: "pass word two", seconds: eve.identity });
        member.room.send("pass word two", { token });
        await expect(openAsync(signalUrl(url, voice.self, voice.secret.slice(1)))).rejects.toThrow("401");
        const again = await enterVoiceAsync(url, member, member.roomId);
        secrets.push(again.secret, again.grant.token);
        await settledAsync();
        const text = JSON.stringify(events.all);
        expect(events.of("refused").length).toBeGreaterThan(9);
        expect(secrets.filter((each) => text.includes(each))).toEqual([]);
    });
});

describe("an `onEvent` function", () => {
    it.each<[string, number, OnServerEvent]>([
        ["throws", 1, () => { throw new Error("the database is gone"); }], // prettier-ignore
        ["rejects", 1, () => Promise.reject(new Error("the database is gone"))],
        ["returns an object whose `then` throws", 1, () => ({ get then() { throw new Error("the database is gone"); } })], // prettier-ignore
        ["never resolves", 0, () => new Promise(() => undefined)],
        ["returns an invalid value", 0, () => Symbol("nonsense")],
    ])("that %s changes nothing (lines in the log: %d)", async (_what, logged, onEvent) => {
        await serveAsync((event) => {
            events.take(event);
            return onEvent(event);
        });
        const alice = await enterBothAsync(url, lobby, "Alice");
        const bob = await enterBothAsync(url, lobby, "Bob");
        await askAsync(alice.voice, "moderate", { action: "muteAll" });
        await askAsync(alice.member, "kick", { id: bob.member.id, seconds: 5 });
        await refusalAsync(joinAsync(url, "room", { name: lobby, identity: bob.member.identity }));
        await events.firstAsync("refused");
        expect(events.types).toEqual(
            "roomCreated joined voiceJoined joined voiceJoined moderated muted moderated voiceLeft left refused".split(" "),
        );
        const failures = lines.filter(([level]) => level === "error");
        expect(failures).toEqual(Array(logged).fill(["error", expect.stringContaining("onEvent failed: Error: the database is gone")]));
    });

    it("is called outside of the call stack of rooms", async () => {
        let depth = 0;
        await serveAsync((event) => {
            events.take(event);
            depth = new Error().stack?.split("\n").filter((line) => line.includes("Room") || line.includes("router")).length ?? -1;
        });
        await enterAsync(url, lobby, "Alice");
        expect(depth).toBe(0);
    });

    it("may moderate, with the app as the actor", async () => {
        await serveAsync((event) => {
            events.take(event);
            if (event.type === "voiceJoined") {
                void server.moderateAsync({ room: event.room.id, user: event.member.id, action: "mute" });
            }
        });
        await enterBothAsync(url, lobby, "Alice");
        expect(await events.firstAsync("muted")).toMatchObject({ muted: "moderator", actor: { kind: "app" } });
    });

    it("that is not set costs nothing: no AsyncLocalStorage context and no event is created", async () => {
        await serveAsync(undefined);
        const spies = [jest.spyOn(globalThis, "structuredClone"), jest.spyOn(AsyncLocalStorage.prototype, "run")];
        await enterAsync(url, lobby, "Alice");
        await postAsync(`${url}/guest`, { name: "" });
        const made = spies.map(({ mock }) =>
            (mock.calls as unknown[][]).filter(([what]) => Object.hasOwn(Object(what) as object, "actor")),
        );
        spies.forEach((spy) => spy.mockRestore());
        expect(made).toEqual([[], []]);
    });

    it("that is not a function is rejected at start", async () => {
        await serveAsync(undefined);
        await expect(createRtcServer({ port: 0, secret, onEvent: "audit.log" as never })).rejects.toMatchObject({
            code: "invalidOption",
            message: expect.stringContaining("onEvent") as string,
        });
    });
});
