import { createRtcServer } from "babylon-rtc-server";
import { filter, firstValueFrom, timeout } from "rxjs";
import type { IRtcServer } from "babylon-rtc-server";
import type { IMemberInfo, IRtcPeer } from "../../../../protocol/wire.js";
import type { IRoomMember } from "../../../../src/room/room.js";
import type { RoomEvent } from "../../../../src/room/roomEvent.js";
import { ServerIdentity } from "../../../../src/room/serverIdentity.js";
import type { IRtcUser } from "../../../../src/room/serverIdentity.js";
import { ServerRoomService } from "../../../../src/room/serverRoomService.js";
import { askAsync, enterAsync, enterBothAsync, enterVoiceAsync, grantAsync, guestAsync, joinAsync, quieten, rosterOf } from "../../clients";

const maxWaitMs = 4500;

/** A user with the room service that apps use, and with its latest values. */
class Person {
    readonly rooms: ServerRoomService;
    readonly identity: ServerIdentity;
    members: ReadonlyMap<string, IRoomMember> = new Map();
    self: IRoomMember | null = null;

    constructor(user: IRtcUser) {
        this.identity = new ServerIdentity(server.url, user);
        this.rooms = new ServerRoomService(server.url, user, this.identity);
        this.rooms.members$.subscribe((members) => (this.members = members));
        this.rooms.status$.subscribe((status) => (this.self = status.state === "inRoom" ? status.self : null));
        people.push(this);
    }

    get names(): string[] {
        return [...this.members.values()].map(({ name }) => name);
    }

    changedAsync(): Promise<Extract<RoomEvent, { type: "memberChanged" }>> {
        return firstValueFrom(
            this.rooms.events$.pipe(
                filter((event) => event.type === "memberChanged"),
                timeout({ first: maxWaitMs }),
            ),
        );
    }
}

let server: IRtcServer;
let people: Person[] = [];
let rooms = 0;
let lobby: string;

beforeAll(async () => {
    quieten();
    server = await createRtcServer({
        port: 0,
        secret: "a secret of at least thirty-two bytes",
        development: true,
        authorize: ({ credential }) =>
            credential.startsWith("account ") ? { id: credential, name: credential.slice(8), attributes: { rank: "pawn" } } : null,
    });
});
afterAll(() => server.closeAsync());
beforeEach(() => {
    lobby = `self ${(rooms += 1)}`;
});
afterEach(async () => {
    await Promise.all(people.map(async (person) => await person.rooms.disposeAsync()));
    people = [];
});

async function insideAsync(user: IRtcUser): Promise<Person> {
    const person = new Person(user);
    await person.rooms.joinAsync(lobby);
    return person;
}

describe("room.setSelfAsync", () => {
    it("changes the member's own name and attributes, and notifies all members", async () => {
        const alice = await insideAsync({ name: "Alice", attributes: { team: "red", level: 1 } });
        const bob = await insideAsync({ name: "Bob" });
        const id = alice.self?.id ?? "";
        const told = bob.changedAsync();
        await alice.rooms.setSelfAsync({ name: "  Alicia ", attributes: { team: "blue" } });
        expect(alice.members.get(id)).toEqual({ id, name: "Alicia", attributes: { team: "blue", level: 1 } });
        expect(alice.self).toEqual({ id, name: "Alicia", attributes: { team: "blue", level: 1 } });
        expect(await told).toEqual({
            type: "memberChanged",
            member: { id, name: "Alicia", attributes: { team: "blue", level: 1 } },
            before: { id, name: "Alice", attributes: { team: "red", level: 1 } },
        });
        expect(bob.names).toEqual(["Alicia", "Bob"]);
    });

    it("changes name or attributes alone, and emits no event without a change", async () => {
        const alice = await insideAsync({ name: "Alice" });
        const events: RoomEvent[] = [];
        alice.rooms.events$.subscribe((event) => events.push(event));
        await alice.rooms.setSelfAsync({});
        await alice.rooms.setSelfAsync({ name: "Alice" });
        await alice.rooms.setSelfAsync({ attributes: { x: 1 } });
        await alice.rooms.setSelfAsync({ name: "Eve" });
        expect(events).toMatchObject([
            { type: "memberChanged", member: { name: "Alice", attributes: { x: 1 } } },
            { type: "memberChanged", member: { name: "Eve", attributes: { x: 1 } } },
        ]);
    });

    it("removes invisible characters from the name", async () => {
        const alice = await insideAsync({ name: "Alice" });
        await alice.rooms.setSelfAsync({ name: "ad\u200Bmin" });
        expect([alice.self?.name, alice.names]).toEqual(["admin", ["admin"]]);
    });

    it("keeps a guest's new name and id for later joins", async () => {
        const alice = await insideAsync({ name: "Alice" });
        const id = alice.self?.id;
        await alice.rooms.setSelfAsync({ name: "Alicia" });
        await alice.rooms.leaveAsync();
        await alice.rooms.joinAsync(`${lobby} next`);
        expect(alice.self).toMatchObject({ id, name: "Alicia" });
    });

    it("rejects a new name for an account, and keeps the attributes that `authorize` sets", async () => {
        const carol = await insideAsync({ name: "Carol", token: "account Carol" });
        await expect(carol.rooms.setSelfAsync({ name: "Queen", attributes: { x: 1 } })).rejects.toMatchObject({
            code: "notAllowed",
            message: expect.stringContaining("account") as string,
        });
        await carol.rooms.setSelfAsync({ attributes: { x: 2, rank: "queen" } });
        expect(carol.members.get("account Carol")).toEqual({ id: "account Carol", name: "Carol", attributes: { x: 2, rank: "pawn" } });
    });

    it.each([
        ["a value that is not an object", null],
        ["an empty name", { name: "  ", attributes: { x: 1 } }],
        ["a name that is too long", { name: "x".repeat(41), attributes: { x: 1 } }],
        ["an invisible name", { name: "\u200B\u3164", attributes: { x: 1 } }],
        ["a name with a line break", { name: "a\nb", attributes: { x: 1 } }],
        ["a name that is not a string", { name: 5, attributes: { x: 1 } }],
        ["attributes that are too large", { name: "Eve", attributes: { x: "x".repeat(2_048) } }],
        ["attributes that are too large together with the present ones", { name: "Eve", attributes: { z: "x".repeat(1_500) } }],
        ["attributes that JSON cannot hold", { name: "Eve", attributes: { x: 1n } }],
        ["attributes that are not an object", { name: "Eve", attributes: [1] }],
    ])("rejects %s, and changes nothing", async (_what, changes) => {
        const alice = await insideAsync({ name: "Alice", attributes: { y: "y".repeat(1_000) } });
        const before = alice.members;
        const token = await alice.identity.tokenAsync();
        await expect(alice.rooms.setSelfAsync(changes as never)).rejects.toMatchObject({ code: "invalidArgument" });
        expect(alice.members).toBe(before);
        expect(await alice.identity.tokenAsync()).toBe(token);
    });

    it("rejects outside of a room, and emits errors with the action `setSelf`", async () => {
        const alice = new Person({ name: "Alice" });
        await expect(alice.rooms.setSelfAsync({ name: "Eve" })).rejects.toMatchObject({ code: "aborted" });
        const error = firstValueFrom(alice.rooms.events$);
        await expect(alice.rooms.setSelfAsync({ name: "" })).rejects.toMatchObject({ code: "invalidArgument" });
        expect(await error).toMatchObject({ type: "error", action: "setSelf", error: { code: "invalidArgument" } });
    });
});

describe("the voice of a member who changes their name", () => {
    it("has the new name at once, and after a renewal or return with an older grant", async () => {
        const { member, voice } = await enterBothAsync(server.url, lobby, "Alice");
        const other = await enterBothAsync(server.url, lobby, "Bob");
        const old = await grantAsync(server.url, member.identity, member.roomId);
        const answer = (await askAsync(member, "self", { name: "Alicia" })) as { guest: { identity: string; user: unknown } };
        expect(answer.guest.user).toEqual({ id: member.id, name: "Alicia" });
        const changed = await other.voice.inbox.firstAsync<IRtcPeer>("peerChanged", ({ name }) => name === "Alicia");
        expect(changed).toMatchObject({ id: member.id, peerId: voice.self });
        const before = other.voice.inbox.all.length;
        await askAsync(voice, "renew", { token: old.token });
        const again = await enterVoiceAsync(server.url, member, member.roomId);
        expect(again.peers.map(({ name }) => name)).toEqual(["Bob", "Alicia"]);
        const names = other.voice.inbox.all.slice(before).map(({ message }) => (message as Partial<IRtcPeer>).name);
        expect(names).not.toContain("Alice");
    });
});

describe("a hostile client", () => {
    it("cannot change other members, ids or the order, and gets an identity for its own id only", async () => {
        const alice = await enterAsync(server.url, lobby, "Alice");
        const mallory = await enterAsync(server.url, lobby, "Mallory");
        const answer = await askAsync(mallory, "self", { id: alice.id, name: "Alicia", userId: alice.id, isGuest: true });
        expect(answer).toMatchObject({ guest: { user: { id: mallory.id, name: "Alicia" } } });
        await alice.inbox.firstAsync<IMemberInfo>("memberChanged", ({ id }) => id === mallory.id);
        expect(rosterOf(alice.inbox)).toEqual(["Alice", "Alicia"]);
    });

    it.each([
        [undefined],
        [null],
        ["Eve"],
        [{ name: "" }],
        [{ name: "\u200B" }],
        [{ name: { toString: 1 } }],
        [{ name: "Eve", attributes: null }],
        [{ attributes: 5n }],
    ])("cannot change its entry to %p", async (value) => {
        const mallory = await enterAsync(server.url, lobby, "Mallory");
        const answer = await askAsync(mallory, "self", value);
        expect([answer === undefined || !("guest" in (answer as object)), rosterOf(mallory.inbox)]).toEqual([true, ["Mallory"]]);
    });

    it("gets no identity for an account, or after its connection was replaced", async () => {
        const carol = await joinAsync(server.url, "room", { name: lobby, identity: "account Carol" });
        await carol.inbox.firstAsync("welcome");
        expect(await askAsync(carol, "self", { name: "Carol" })).toMatchObject({ code: "notAllowed" });
        const { identity } = await guestAsync(server.url, "Twin");
        const first = await joinAsync(server.url, "room", { name: lobby, identity });
        const second = await joinAsync(server.url, "room", { name: lobby, identity });
        await second.inbox.firstAsync("welcome");
        first.room.send("self", { ask: 1, value: { name: "Eve" } });
        await first.left;
        expect(rosterOf(second.inbox)).toEqual(["Carol", "Twin"]);
    });

    it("is limited to ten changes per second, and others are not affected", async () => {
        const alice = await enterAsync(server.url, lobby, "Alice");
        const mallory = await enterAsync(server.url, lobby, "Mallory");
        const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => askAsync(mallory, "self", { name: `M ${n}` })));
        const refused = answers.filter((answer) => (answer as { code?: string }).code === "rateLimited");
        expect(refused.length).toBeGreaterThan(0);
        expect(answers.length - refused.length).toBeGreaterThanOrEqual(30);
        expect(await askAsync(alice, "self", { name: "Alicia" })).toMatchObject({ guest: {} });
    });
});
