import { createRtcServer } from "babylon-rtc-server";
import { NEVER, firstValueFrom, timeout, filter, take, toArray } from "rxjs";
import type { IRtcServer } from "babylon-rtc-server";
import { invitationFrom, invitationLink } from "../../../../src/room/invitation.js";
import type { RoomStatus } from "../../../../src/room/room.js";
import type { RoomEvent } from "../../../../src/room/roomEvent.js";
import type { IRoomInfo } from "../../../../src/room/roomInfo.js";
import { serverGrants } from "../../../../src/rtc/connection/grantSource.js";
import { ServerIdentity } from "../../../../src/room/serverIdentity.js";
import { ServerRoomService } from "../../../../src/room/serverRoomService.js";
import { quieten } from "../../clients";

const maxWaitMs = 4500;

/** A user with the room service that apps use, and with its latest values and all its events. */
class Person {
    readonly rooms: ServerRoomService;
    readonly events: RoomEvent[] = [];
    room: IRoomInfo | null = null;
    members: string[] = [];
    status: RoomStatus = { state: "idle" };

    constructor(server: string, name: string) {
        const user = { name };
        this.rooms = new ServerRoomService(server, user, new ServerIdentity(server, user));
        this.rooms.room$.subscribe((room) => (this.room = room));
        this.rooms.members$.subscribe((members) => (this.members = [...members.values()].map((member) => member.name)));
        this.rooms.status$.subscribe((status) => (this.status = status));
        this.rooms.events$.subscribe((event) => this.events.push(event));
    }

    get id(): string {
        return this.status.state === "inRoom" ? this.status.self.id : "";
    }

    get types(): string[] {
        return this.events.map(({ type }) => type);
    }

    /** Resolves with the next event of a type. Rejects after 4.5 s. */
    nextAsync<Type extends RoomEvent["type"]>(type: Type): Promise<Extract<RoomEvent, { type: Type }>> {
        return firstValueFrom(
            this.rooms.events$.pipe(
                filter((event): event is Extract<RoomEvent, { type: Type }> => event.type === type),
                timeout({ first: maxWaitMs }),
            ),
        );
    }
}

let server: IRtcServer;
let rooms = 0;
let lobby: string;
let people: Person[] = [];
const friends = new Set<string>();

beforeAll(async () => {
    quieten();
    server = await createRtcServer({
        port: 0,
        secret: "a secret of at least thirty-two bytes",
        isFriend: ({ owner, user }) => friends.has(`${owner.name}>${user.name}`),
    });
});
afterAll(() => server.closeAsync());
beforeEach(() => {
    lobby = `service ${(rooms += 1)}`;
    friends.clear();
});
afterEach(async () => {
    await Promise.all(people.map(async (person) => await person.rooms.disposeAsync()));
    people = [];
});

function person(name: string): Person {
    const one = new Person(server.url, name);
    people.push(one);
    return one;
}

async function insideAsync(name: string, options: Parameters<ServerRoomService["joinAsync"]>[1] = {}): Promise<Person> {
    const one = person(name);
    await one.rooms.joinAsync(lobby, options);
    return one;
}

describe("ServerRoomService", () => {
    it("create or join a named room: joins the room that already has this name, and notifies its members", async () => {
        const alice = await insideAsync("Alice");
        const told = alice.nextAsync("memberJoined");
        const bob = await insideAsync("Bob");
        expect((await told).member).toMatchObject({ id: bob.id, name: "Bob" });
        expect([alice.members, bob.members]).toEqual([
            ["Alice", "Bob"],
            ["Alice", "Bob"],
        ]);
        expect(bob.types).toEqual(["joined"]);
        await expect(person("Carol").rooms.joinAsync(`${lobby} x`, { create: false })).rejects.toMatchObject({ code: "roomNotFound" });
    });

    it.each<[string, Parameters<ServerRoomService["joinAsync"]>[1], ((owner: Person) => Promise<unknown>) | null]>([
        ["passwordWrong", { password: "right" }, null],
        ["roomFull", { maxMembers: 1 }, null],
        ["roomLocked", {}, (owner) => owner.rooms.setLockedAsync(true)],
        ["notInvited", { policy: "invited" }, null],
        ["roomNotFound", {}, (owner) => owner.rooms.destroyAsync()],
    ])(
        "staying: %s leaves the member in the current room, as its owner, with its password, unnoticed by others",
        async (code, options, prepare) => {
            const owner = await insideAsync("Olga", options);
            const id = owner.room?.id ?? "";
            const alice = person("Alice");
            await alice.rooms.joinAsync(`${lobby} home`, { password: "home" });
            const bob = person("Bob");
            await bob.rooms.joinAsync(`${lobby} home`, { password: "home" });
            await prepare?.(owner);
            const before = [alice, bob].map(({ events }) => events.length);
            await expect(alice.rooms.joinByIdAsync(id, { stay: true, password: "wrong" })).rejects.toMatchObject({ code });
            expect(alice.status).toMatchObject({ state: "inRoom", room: { name: `${lobby} home` } });
            expect(alice.room).toMatchObject({ owner: alice.id, hasPassword: true });
            // The refusal is reported as an error; nothing else has happened.
            expect(alice.events.slice(before[0]).map(({ type }) => type)).toEqual(["error"]);
            expect(bob.events).toHaveLength(before[1] ?? NaN);
        },
    );

    it("voice of a member unknown to the server: rejects with serverUnreachable, and keeps the guest's identity", async () => {
        const user = { name: "Alice" };
        const identity = new ServerIdentity(server.url, user);
        const alice = new ServerRoomService(server.url, user, identity);
        await alice.joinAsync(lobby);
        // Keeps the room open.
        const bob = await insideAsync("Bob");
        const request = { room: bob.room?.id ?? "", user: { ...user, id: "alice", attributes: {} } };
        const { signal } = new AbortController();
        const none = { takeGrant: () => null, held$: NEVER };
        const token = await identity.tokenAsync();
        await alice.leaveAsync();
        const grants = serverGrants(server.url, identity, none, "ours");
        await expect(grants(request, signal)).rejects.toMatchObject({ code: "serverUnreachable", cause: { code: "unauthorized" } });
        expect(await identity.tokenAsync()).toBe(token);
        // With the app's own rooms, retries would not help: the app must enter the user first.
        await expect(serverGrants(server.url, identity, none)(request, signal)).rejects.toMatchObject({ code: "unauthorized" });
        await alice.disposeAsync();
    });

    it("staying: the member leaves the current room once the other room has accepted them", async () => {
        const alice = await insideAsync("Alice");
        const bob = await insideAsync("Bob");
        const left = alice.nextAsync("memberLeft");
        await bob.rooms.joinAsync(`${lobby} next`, { stay: true });
        await left;
        expect(bob.status).toMatchObject({ room: { name: `${lobby} next` } });
        expect([alice.members, bob.members]).toEqual([["Alice"], ["Bob"]]);
        expect(bob.types.slice(-2)).toEqual(["left", "joined"]);
    });

    it("invisible names: rejected; invisible characters within a name are ignored", async () => {
        for (const name of ["\u200B\u200B", "\u3164"]) {
            await expect(person("Alice").rooms.joinAsync(name)).rejects.toMatchObject({ code: "invalidRoomName" });
        }
        const alice = await insideAsync("Alice");
        const bob = person("Bob");
        await bob.rooms.joinAsync(`${lobby}\u200B`);
        expect(bob.room).toMatchObject({ id: alice.room?.id, name: lobby });
        expect(alice.members).toEqual(["Alice", "Bob"]);
    });

    it("password: without it, or with a wrong one, a join is rejected", async () => {
        await insideAsync("Alice", { password: "sesame" });
        const bob = person("Bob");
        await expect(bob.rooms.joinAsync(lobby)).rejects.toMatchObject({ code: "passwordWrong" });
        await expect(bob.rooms.joinAsync(lobby, { password: "open" })).rejects.toMatchObject({ code: "passwordWrong" });
        expect(bob.status).toEqual({ state: "idle" });
        await bob.rooms.joinAsync(lobby, { password: "sesame" });
        expect(bob.room).toMatchObject({ hasPassword: true });
    });

    it("ban during a call: the member is removed with the reason; a new join is rejected with the remaining time", async () => {
        const alice = await insideAsync("Alice");
        const bob = await insideAsync("Bob");
        const [room, id] = [bob.room?.id ?? "", bob.id];
        const left = bob.nextAsync("left");
        await server.moderateAsync({ room, user: id, action: "remove", seconds: 60 });
        expect(await left).toMatchObject({ reason: "kicked", error: { code: "removed" } });
        expect(bob.status).toMatchObject({ state: "notAvailable", error: { code: "removed" } });
        const message = expect.stringMatching(/banned from this room for \d+ s/) as string;
        await expect(bob.rooms.joinAsync(lobby)).rejects.toMatchObject({ code: "banned", message });
        expect(alice.members).toEqual(["Alice"]);
    });

    it("max users: one more is refused", async () => {
        await insideAsync("Alice", { maxMembers: 1 });
        await expect(insideAsync("Bob")).rejects.toMatchObject({ code: "roomFull" });
    });

    it("join policy everyone / friends / invited: the server admits only users that the policy allows", async () => {
        const alice = await insideAsync("Alice", { policy: "friends" });
        const bob = person("Bob");
        await expect(bob.rooms.joinAsync(lobby)).rejects.toMatchObject({ code: "notInvited" });
        friends.add("Alice>Bob");
        await bob.rooms.joinAsync(lobby);
        await alice.rooms.joinAsync(`${lobby} invited`, { policy: "invited" });
        await expect(bob.rooms.joinAsync(`${lobby} invited`)).rejects.toMatchObject({ code: "notInvited" });
        await alice.rooms.joinAsync(`${lobby} everyone`, { policy: "everyone" });
        await bob.rooms.joinAsync(`${lobby} everyone`);
        expect(bob.members).toEqual(["Alice", "Bob"]);
    });

    it("private rooms, join by id: found by id only", async () => {
        const alice = await insideAsync("Alice", { private: true });
        const bob = await insideAsync("Bob");
        expect(bob.members).toEqual(["Bob"]);
        await bob.rooms.joinByIdAsync(alice.room?.id ?? "");
        expect(bob.members).toEqual(["Alice", "Bob"]);
        await expect(bob.rooms.joinByIdAsync("0".repeat(40))).rejects.toMatchObject({ code: "roomNotFound" });
        expect((await bob.rooms.listAsync({ limit: 100 })).rooms.map(({ id }) => id)).not.toContain(alice.room?.id);
    });

    it("leave: the member is idle, and the others are notified with the reason `quit`", async () => {
        const alice = await insideAsync("Alice");
        const bob = await insideAsync("Bob");
        const id = bob.id;
        const left = alice.nextAsync("memberLeft");
        await bob.rooms.leaveAsync();
        expect(await left).toMatchObject({ member: { id }, reason: "quit" });
        expect(bob.events.at(-1)).toMatchObject({ type: "left", reason: "left", room: { name: lobby } });
        expect([bob.status, bob.room, bob.members]).toEqual([{ state: "idle" }, null, []]);
    });

    it("leave and join at once: the member returns with the same id, even with `maxMembers: 1`", async () => {
        const alice = await insideAsync("Alice", { maxMembers: 1 });
        const { id } = alice;
        await Promise.all([alice.rooms.leaveAsync(), alice.rooms.joinAsync(lobby, { maxMembers: 1 })]);
        expect(alice.status).toMatchObject({ state: "inRoom", self: { id } });
        expect(alice.members).toEqual(["Alice"]);
        const refused = expect(alice.rooms.joinAsync(lobby)).rejects.toMatchObject({ code: "aborted" });
        await Promise.all([refused, alice.rooms.leaveAsync()]);
        expect(alice.status).toEqual({ state: "idle" });
    });

    it("current room: replayed, and null outside of a room", async () => {
        const alice = person("Alice");
        expect(alice.room).toBeNull();
        const seen = firstValueFrom(alice.rooms.room$.pipe(take(4), toArray(), timeout({ each: maxWaitMs })));
        await alice.rooms.joinAsync(lobby, { description: "first" });
        expect(await firstValueFrom(alice.rooms.room$)).toMatchObject({ name: lobby, owner: alice.id, description: "first" });
        await alice.rooms.setDescriptionAsync("second");
        await alice.rooms.leaveAsync();
        expect((await seen).map((room) => room?.description)).toEqual([undefined, "first", "second", undefined]);
    });

    it("list with pages: contains each public room once", async () => {
        const made = await Promise.all(
            [3, 1, 2].map(async (n) => {
                const one = person(`Host ${n}`);
                await one.rooms.joinAsync(`${lobby} ${n}`, { description: `number ${n}` });
                return one;
            }),
        );
        const reader = person("Reader");
        const names: string[] = [];
        let cursor: string | undefined;
        do {
            const page = await reader.rooms.listAsync({ limit: 2, ...(cursor !== undefined && { cursor }) });
            names.push(...page.rooms.map(({ name }) => name));
            cursor = page.next;
        } while (cursor !== undefined);
        expect(names.filter((name) => name.startsWith(`${lobby} `))).toEqual([`${lobby} 1`, `${lobby} 2`, `${lobby} 3`]);
        const { rooms: first } = await reader.rooms.listAsync({ limit: 100 });
        expect(first.find(({ id }) => id === made[1]?.room?.id)).toMatchObject({ description: "number 1", memberCount: 1, locked: false });
        await expect(reader.rooms.listAsync({ limit: 0 })).rejects.toMatchObject({ code: "invalidArgument" });
        await expect(reader.rooms.listAsync({ cursor: "nonsense?" })).rejects.toMatchObject({ code: "invalidArgument" });
        expect(reader.events).toMatchObject([
            { type: "error", action: "list" },
            { type: "error", action: "list" },
        ]);
    });

    it("kick with a duration: removes, notifies and bans the member", async () => {
        const alice = await insideAsync("Alice");
        const bob = await insideAsync("Bob");
        const { id } = bob;
        const out = bob.nextAsync("left");
        const told = alice.nextAsync("memberLeft");
        await alice.rooms.kickAsync(id, { seconds: 60 });
        expect(await out).toMatchObject({ reason: "kicked", error: { code: "removed" } });
        expect(await told).toMatchObject({ member: { id, name: "Bob" }, reason: "kicked" });
        expect(bob.status).toMatchObject({ state: "notAvailable", error: { code: "removed" } });
        await expect(bob.rooms.joinAsync(lobby)).rejects.toMatchObject({ code: "banned" });
        await expect(alice.rooms.kickAsync(id)).rejects.toMatchObject({ code: "memberNotFound" });
        await expect(alice.rooms.kickAsync(id, { seconds: -1 })).rejects.toMatchObject({ code: "invalidArgument" });
    });

    it("lock / unlock membership: rejects new members while locked, and notifies all members", async () => {
        const alice = await insideAsync("Alice");
        const bob = await insideAsync("Bob");
        const locked = bob.nextAsync("locked");
        await alice.rooms.setLockedAsync(true);
        await locked;
        expect(bob.room).toMatchObject({ locked: true });
        await expect(insideAsync("Carol")).rejects.toMatchObject({ code: "roomLocked" });
        const unlocked = bob.nextAsync("unlocked");
        await alice.rooms.setLockedAsync(false);
        await unlocked;
        expect((await insideAsync("Carol")).members).toEqual(["Alice", "Bob", "Carol"]);
    });

    it("change owner: when the owner appoints a member, or leaves", async () => {
        const alice = await insideAsync("Alice");
        const bob = await insideAsync("Bob");
        const carol = await insideAsync("Carol");
        const ids = [alice.id, bob.id, carol.id];
        await expect(bob.rooms.setOwnerAsync(bob.id)).rejects.toMatchObject({ code: "notAllowed" });
        let changed = bob.nextAsync("ownerChanged");
        await alice.rooms.setOwnerAsync(carol.id);
        expect(await changed).toEqual({ type: "ownerChanged", owner: ids[2], before: ids[0] });
        changed = bob.nextAsync("ownerChanged");
        await carol.rooms.leaveAsync();
        expect(await changed).toEqual({ type: "ownerChanged", owner: ids[0], before: ids[2] });
        expect(bob.room).toMatchObject({ owner: ids[0] });
    });

    it("description: seen by members and in the list", async () => {
        const alice = await insideAsync("Alice");
        const bob = await insideAsync("Bob");
        const changed = bob.nextAsync("descriptionChanged");
        await alice.rooms.setDescriptionAsync("Round two");
        expect(await changed).toEqual({ type: "descriptionChanged", description: "Round two" });
        const { rooms: listed } = await bob.rooms.listAsync({ limit: 100 });
        expect(listed.find(({ name }) => name === lobby)).toMatchObject({ description: "Round two" });
        await expect(bob.rooms.setDescriptionAsync("mine")).rejects.toMatchObject({ code: "notAllowed" });
        await expect(alice.rooms.setDescriptionAsync("x".repeat(281))).rejects.toMatchObject({ code: "invalidArgument" });
    });

    it("a key–value store on the room: changes by key, and reports the changed keys", async () => {
        const alice = await insideAsync("Alice", { properties: { map: "hills", score: [0, 0], round: 1 } });
        const bob = await insideAsync("Bob");
        expect(bob.room?.properties).toEqual({ map: "hills", score: [0, 0], round: 1 });
        const changed = bob.nextAsync("propertiesChanged");
        await alice.rooms.setPropertiesAsync({ score: [1, 0], map: null, flag: true, round: 1 });
        const event = await changed;
        expect(event.properties).toEqual({ score: [1, 0], flag: true, round: 1 });
        expect([...event.changed].sort()).toEqual(["flag", "map", "score"]);
        await expect(bob.rooms.setPropertiesAsync({ a: 1 })).rejects.toMatchObject({ code: "notAllowed" });
        await expect(alice.rooms.setPropertiesAsync({ a: "x".repeat(8_192) })).rejects.toMatchObject({ code: "invalidArgument" });
        expect(bob.room?.properties).toEqual({ score: [1, 0], flag: true, round: 1 });
    });

    it("invitations: a signed link that joins", async () => {
        const alice = await insideAsync("Alice", { private: true, policy: "invited", password: "x" });
        const { invitation, expiresAt } = await alice.rooms.inviteAsync({ seconds: 60 });
        expect(expiresAt).toBeGreaterThan(Date.now() + 50_000);
        const link = invitationLink(invitation, "https://game.example/play?map=hills#spawn");
        const bob = person("Bob");
        await bob.rooms.acceptInvitationAsync(invitationFrom(link) ?? "");
        expect(bob.members).toEqual(["Alice", "Bob"]);
        await expect(person("Carol").rooms.acceptInvitationAsync(`${invitation.slice(0, -4)}AAAA`)).rejects.toMatchObject({
            code: "tokenInvalid",
            message: expect.stringContaining("invitation") as string,
        });
        const forBob = await alice.rooms.inviteAsync({ userId: bob.id });
        await expect(person("Dave").rooms.acceptInvitationAsync(forBob.invitation)).rejects.toMatchObject({ code: "notInvited" });
        await expect(bob.rooms.inviteAsync()).rejects.toMatchObject({ code: "notAllowed" });
    });

    it("destroy: removes all members with a reason", async () => {
        const alice = await insideAsync("Alice");
        const bob = await insideAsync("Bob");
        const ends = [alice, bob].map(async (one) => await one.nextAsync("left"));
        await expect(bob.rooms.destroyAsync()).rejects.toMatchObject({ code: "notAllowed" });
        await alice.rooms.destroyAsync();
        for (const end of await Promise.all(ends)) {
            expect(end).toMatchObject({ reason: "roomClosed", room: { name: lobby }, error: { code: "roomClosed" } });
        }
        await bob.rooms.joinAsync(lobby);
        expect(bob.members).toEqual(["Bob"]);
    });

    it("a notice for each of these changes: emitted by `events$` in order", async () => {
        const alice = await insideAsync("Alice");
        const bob = await insideAsync("Bob");
        const last = bob.nextAsync("left");
        alice.rooms.setAttributes({ team: "red" });
        await alice.rooms.setLockedAsync(true);
        await alice.rooms.setLockedAsync(false);
        await alice.rooms.setDescriptionAsync("x");
        await alice.rooms.setPropertiesAsync({ a: 1 });
        await alice.rooms.setPasswordAsync("one");
        await alice.rooms.setPasswordAsync("two");
        await alice.rooms.setPasswordAsync(null);
        const carol = await insideAsync("Carol");
        await carol.rooms.leaveAsync();
        await alice.rooms.setOwnerAsync(bob.id);
        await bob.rooms.destroyAsync();
        await last;
        expect(bob.types).toEqual([
            "joined",
            "memberChanged",
            "locked",
            "unlocked",
            "descriptionChanged",
            "propertiesChanged",
            "passwordChanged",
            "passwordChanged",
            "passwordChanged",
            "memberJoined",
            "memberLeft",
            "ownerChanged",
            "left",
        ]);
        expect(bob.events.filter(({ type }) => type === "passwordChanged")).toMatchObject([
            { hasPassword: true },
            { hasPassword: true },
            { hasPassword: false },
        ]);
    });

    it("errors: emits failures of create, join and list, rejected messages, and an unreachable server", async () => {
        const alice = await insideAsync("Alice");
        const bob = person("Bob");
        await expect(bob.rooms.joinAsync("", {})).rejects.toMatchObject({ code: "invalidRoomName" });
        await expect(bob.rooms.joinAsync(lobby, { create: true, policy: "nobody" as never })).rejects.toMatchObject({
            code: "invalidArgument",
        });
        await expect(bob.rooms.joinAsync(`${lobby} x`, { create: false })).rejects.toMatchObject({ code: "roomNotFound" });
        await expect(bob.rooms.setLockedAsync(true)).rejects.toMatchObject({ code: "aborted" });
        expect(bob.events).toMatchObject([
            { type: "error", action: "join", error: { code: "invalidRoomName" } },
            { type: "error", action: "create", error: { code: "invalidArgument" } },
            { type: "error", action: "join", error: { code: "roomNotFound" } },
        ]);
        const refused = alice.nextAsync("error");
        alice.rooms.send("a topic\u0000of no use", 1);
        expect(await refused).toMatchObject({
            action: "send",
            error: { code: "invalidArgument", message: expect.stringContaining("topic") as string },
        });
        const gone = new Person("http://127.0.0.1:9", "Nobody");
        await expect(gone.rooms.listAsync()).rejects.toMatchObject({ code: "serverUnreachable" });
        expect(gone.events).toMatchObject([{ type: "error", action: "list", error: { code: "serverUnreachable" } }]);
        await gone.rooms.disposeAsync();
    });

    it("reports `elsewhere` after a second connection of the user, and `reconnecting` after the server has closed", async () => {
        const user = { name: "Twin" };
        const identity = new ServerIdentity(server.url, user);
        const first = new ServerRoomService(server.url, user, identity);
        const second = new ServerRoomService(server.url, user, identity);
        try {
            await first.joinAsync(lobby);
            const left = firstValueFrom(
                first.events$.pipe(
                    filter(({ type }) => type === "left"),
                    timeout({ first: maxWaitMs }),
                ),
            );
            await second.joinAsync(lobby);
            expect(await left).toMatchObject({ reason: "elsewhere", error: { code: "duplicateIdentity" } });
        } finally {
            await Promise.all([first.disposeAsync(), second.disposeAsync()]);
        }
        const alice = await insideAsync("Alice");
        const away = firstValueFrom(
            alice.rooms.status$.pipe(
                filter((status) => status.state === "inRoom" && status.reconnecting === true),
                timeout({ first: maxWaitMs }),
            ),
        );
        await server.closeAsync();
        await away;
        expect(alice.status).toMatchObject({ state: "inRoom", room: { name: lobby }, self: { name: "Alice" } });
        expect(alice.types).toEqual(["joined"]);
    });
});
