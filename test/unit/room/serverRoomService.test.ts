import { distinctUntilChanged, map, pairwise } from "rxjs";
import type { IMemberInfo, IRoomInfo, IRoomJoinRequest, IRoomServerMessages } from "../../../protocol/wire.js";
import type { ITabRecord } from "../../../src/interop/tabMemory.js";
import type { IRoomJoinOptions } from "../../../src/room/roomService.js";
import type { IServerRoomRequest } from "../../../src/interop/serverRoom.js";
import type { RoomEvent } from "../../../src/room/roomEvent.js";
import type { RoomStatus } from "../../../src/room/room.js";
import type { TakenSeat } from "../../../src/interop/serverRoom.js";
import type { ServerEntrance } from "../../../src/room/serverEntrance.js";
import { ServerIdentity } from "../../../src/room/serverIdentity.js";
import { ServerRoomService } from "../../../src/room/serverRoomService.js";
import { RtcError } from "../../../src/errors/rtcError.js";
import { deferred } from "../../fakes/deferred.js";
import { settleAsync } from "../../fakes/settle.js";
import { thrownBy } from "../../fakes/thrownBy.js";
import { drawnTransitions } from "../connectionDiagrams.js";

type Request = IServerRoomRequest<IRoomServerMessages>;

const info = (id: string): IMemberInfo => ({ id, name: id.toUpperCase(), attributes: {} });

const roomInfo = (id: string, name: string): IRoomInfo => ({
    id,
    name,
    maxMembers: 16,
    owner: "bob",
    locked: false,
    private: false,
    policy: "everyone",
    hasPassword: false,
    passwordRevision: 0,
    description: "",
    properties: {},
});

/** An invitation as the server signs it, to the room with this id. */
const invitationTo = (room: string): string => {
    const claims = Buffer.from(JSON.stringify({ room, by: "bob", serial: 1, revision: 0 })).toString("base64url");
    return `e30.${claims}.signature`;
};

/** A fake connection to a room. It records what the service sends; `say` sends a message of the server. */
class FakeConnection {
    public readonly sent: [string, unknown][] = [];
    public left = 0;
    public leaving: Promise<void> = Promise.resolve();
    public readonly request: Request;

    constructor(request: Request) {
        this.request = request;
    }

    say<Type extends keyof IRoomServerMessages>(type: Type, payload: IRoomServerMessages[Type]): void {
        this.request.onMessage({ type, payload } as Parameters<Request["onMessage"]>[0]);
    }

    send(type: string, payload: unknown): void {
        this.sent.push([type, payload]);
    }

    async askAsync(type: string, value: unknown): Promise<undefined> {
        this.sent.push([type, value]);
        return undefined;
    }

    async leaveAsync(): Promise<void> {
        this.left++;
        await this.leaving;
    }
}

class FakeRooms {
    public readonly connections: FakeConnection[] = [];
    public failure: Error | null = null;
    /** Errors of the next joins, in order. Not used while `failure` is set. */
    public failures: Error[] = [];
    /** True = rooms are private. */
    public private = false;
    /** Value of `life` in the welcome. It is constant until the server restarts. */
    public life = "1";
    /** Ids of the other members. They precede the local member in the member list. */
    public others: readonly string[] = ["bob"];
    /** True = the member list of the welcome contains the local member. */
    public naming = true;
    /** Called immediately after the welcome, for example to send further messages of the server. */
    public early: (connection: FakeConnection) => void = () => undefined;
    public gate: Promise<void> = Promise.resolve();

    async openAsync(request: Request): Promise<FakeConnection> {
        const connection = new FakeConnection(request);
        this.connections.push(connection);
        await this.gate;
        const failure = this.failure ?? this.failures.shift();
        if (failure) {
            throw failure;
        }
        const { name = "" } = request.options as IRoomJoinRequest;
        const members = [...this.others.map(info), ...(this.naming ? [info("me")] : [])];
        const { life } = this;
        connection.say("welcome", { room: { ...roomInfo(`id of ${name}`, name), private: this.private }, self: "me", members, life });
        this.early(connection);
        return connection;
    }

    get last(): FakeConnection {
        const connection = this.connections.at(-1);
        if (!connection) {
            throw new Error("Nobody has knocked yet.");
        }
        return connection;
    }
}

let mockRooms = new FakeRooms();

/** Status transitions that the tests of this file have caused so far, as `from --> to`. */
const caused = new Set<string>();

jest.mock("../../../src/interop/serverRoom.js", () => ({ openServerRoomAsync: (request: Request) => mockRooms.openAsync(request) }));

describe("ServerRoomService", () => {
    let service: ServerRoomService;
    let said: string[];
    let status: RoomStatus;
    let members: string[];

    beforeEach(() => {
        mockRooms = new FakeRooms();
        const user = { name: "Me", attributes: { team: "red" }, token: "identity" };
        service = new ServerRoomService("https://s", user, new ServerIdentity("https://s", user));
        said = [];
        service.status$.subscribe((now) => {
            status = now;
            said.push(now.state === "inRoom" ? now.room.name : now.state);
        });
        service.members$.subscribe((now) => (members = [...now.keys()]));
        const drawn$ = service.status$.pipe(
            map((now) => (now.state === "inRoom" && now.reconnecting === true ? "reconnecting" : now.state)),
        );
        drawn$.pipe(distinctUntilChanged(), pairwise()).subscribe(([from, to]) => caused.add(`${from} --> ${to}`));
    });

    it("is processing from the call on, then in the room, with the server's room and member data", async () => {
        const joining = service.joinAsync("  lobby ");
        expect(said).toEqual(["idle", "processing"]);
        await joining;
        expect(status).toMatchObject({ state: "inRoom", room: { id: "id of lobby", name: "lobby" }, self: { id: "me", name: "ME" } });
        expect(members).toEqual(["bob", "me"]);
        expect(mockRooms.last.request).toMatchObject({
            server: "https://s",
            type: "room",
            create: true,
            options: { name: "lobby", identity: "identity", attributes: { team: "red" } },
        });
    });

    describe("with an entrance", () => {
        const seat = {} as unknown as TakenSeat;
        let log: string[];
        let entered: ServerRoomService;

        beforeEach(() => {
            log = [];
            const user = { name: "Me", token: "identity" };
            const entrance: Pick<ServerEntrance, "takeSeatAsync" | "drop"> = {
                takeSeatAsync: async ({ name = "" }, _, signal) => {
                    log.push(`requests ${name}`);
                    await settleAsync();
                    signal.throwIfAborted();
                    return seat;
                },
                drop: () => undefined,
            };
            entered = new ServerRoomService("https://s", user, new ServerIdentity("https://s", user), entrance as ServerEntrance);
            entered.status$.subscribe(({ state }) => log.push(state));
        });

        it("requests the seat before it emits processing, in the same task", async () => {
            const joining = entered.joinAsync("lobby");
            expect(log).toEqual(["idle", "requests lobby", "processing"]);
            await joining;
            expect(log.slice(3)).toEqual(["inRoom"]);
        });

        it("requests the seat of another room after the current room is left, and a private room's after the tab's record is read", async () => {
            await entered.joinAsync("lobby");
            log.splice(0);
            await entered.joinAsync("other");
            await entered.leaveAsync();
            await entered.joinAsync("mine", { private: true });
            const other = ["processing", "requests other", "inRoom"];
            expect(log).toEqual([...other, "processing", "idle", "processing", "requests mine", "inRoom"]);
        });

        it("aborts the request when a subscriber joins another room in response to processing", async () => {
            let isFirst = true;
            let second: Promise<void> | undefined;
            entered.status$.subscribe(({ state }) => {
                if (state === "processing" && isFirst) {
                    isFirst = false;
                    second = entered.joinAsync("second");
                }
            });
            await expect(entered.joinAsync("first")).rejects.toMatchObject({ code: "aborted" });
            await second;
            expect(log).toEqual(["idle", "requests first", "processing", "requests second", "inRoom"]);
        });
    });

    describe("in a tab that was reloaded in a private room", () => {
        let told: ITabRecord[];
        let asked: unknown[];

        const serviceOf = (room: ITabRecord["room"]): ServerRoomService => {
            const user = { name: "Me", token: "identity" };
            const memory = { claimAsync: async () => await Promise.resolve({ room }), change: (change: ITabRecord) => told.push(change) };
            return new ServerRoomService("https://s", user, new ServerIdentity("https://s", user), null, memory);
        };
        const wanted = (): unknown[] => mockRooms.connections.map(({ request }) => request.options);

        beforeEach(() => {
            told = [];
            asked = [
                { id: "1", user: "me", identity: "identity", attributes: {} },
                { name: "mine", private: true, identity: "identity", attributes: {} },
            ];
        });

        it("joins the room by its id, and remembers it until the room is left", async () => {
            const again = serviceOf({ name: "mine", id: "1", user: "me" });
            mockRooms.private = true;
            await again.joinAsync("mine", { private: true });
            expect(wanted()).toEqual(asked.slice(0, 1));
            expect(told).toEqual([{ room: { name: "mine", id: "id of ", user: "me" } }]);
            await again.leaveAsync();
            expect(told.at(-1)).toEqual({ room: undefined });
        });

        it("creates another room when the remembered room no longer exists", async () => {
            mockRooms.failures = [new RtcError("roomNotFound", "It is over.")];
            await serviceOf({ name: "mine", id: "1", user: "me" }).joinAsync("mine", { private: true });
            expect(wanted()).toEqual(asked);
        });

        it.each(["serverUnreachable", "passwordWrong", "roomFull", "roomLocked", "banned"] as const)(
            "creates no other room when joining the remembered room fails with %s",
            async (code) => {
                mockRooms.failures = [new RtcError(code, "Not now.")];
                const joining = serviceOf({ name: "mine", id: "1", user: "me" }).joinAsync("mine", { private: true });
                await expect(joining).rejects.toMatchObject({ code });
                expect(wanted()).toEqual(asked.slice(0, 1));
            },
        );

        it("sends the app's password", async () => {
            await serviceOf({ name: "mine", id: "1", user: "me" }).joinAsync("mine", { private: true, password: "secret" });
            expect(wanted()).toMatchObject([{ id: "1", password: "secret" }]);
        });

        it.each<[string, ITabRecord["room"], IRoomJoinOptions]>([
            ["no room is remembered", undefined, { private: true }],
            ["the app joins another room", { name: "another", id: "1", user: "me" }, { private: true }],
            ["the app joins a public room", { name: "mine", id: "1", user: "me" }, {}],
        ])("joins the app's room when %s", async (_, room, options) => {
            await serviceOf(room).joinAsync("mine", options);
            expect(wanted()).toEqual([{ name: "mine", ...options, identity: "identity", attributes: {} }]);
        });
    });

    it("passes the join options to the server", async () => {
        await service.joinAsync("lobby", { create: false, maxMembers: 4, attributes: { team: "blue" } });
        expect(mockRooms.last.request).toMatchObject({ create: false, options: { maxMembers: 4, attributes: { team: "blue" } } });
    });

    it("emits the members before the status inRoom", async () => {
        let seen: string[] = [];
        service.status$.subscribe(({ state }) => {
            if (state === "inRoom") {
                seen = members;
            }
        });
        await service.joinAsync("lobby");
        expect(seen).toEqual(["bob", "me"]);
    });

    it("rejects with the server's error, returns to idle, and can join afterwards", async () => {
        const refusal = new RtcError("roomFull", "Full.");
        mockRooms.failure = refusal;
        await expect(service.joinAsync("lobby")).rejects.toBe(refusal);
        expect(said).toEqual(["idle", "processing", "idle"]);
        mockRooms.failure = null;
        await service.joinAsync("lobby");
        expect(said.at(-1)).toBe("lobby");
    });

    it("rejects an invalid name, and attributes that are too large or not JSON, before it connects", async () => {
        const endless: Record<string, unknown> = {};
        endless.self = endless;
        await expect(service.joinAsync("")).rejects.toMatchObject({ code: "invalidRoomName" });
        await expect(service.joinAsync("a", { attributes: { x: "é".repeat(1_024) } })).rejects.toMatchObject({ code: "invalidArgument" });
        await expect(service.joinAsync("a", { attributes: endless })).rejects.toMatchObject({ code: "invalidArgument" });
        expect(said).toEqual(["idle"]);
        expect(mockRooms.connections).toHaveLength(0);
    });

    it("is idle when the join is aborted by its signal, before the start or while pending", async () => {
        await expect(service.joinAsync("a", { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "aborted" });
        const abort = new AbortController();
        const gate = deferred();
        mockRooms.gate = gate.promise;
        const joining = service.joinAsync("a", { signal: abort.signal });
        await settleAsync();
        abort.abort();
        gate.resolve();
        await expect(joining).rejects.toMatchObject({ code: "aborted" });
        expect(said).toEqual(["idle", "processing", "idle"]);
        expect(mockRooms.last.left).toBe(1);
    });

    it("leaves the current room before it enters another room", async () => {
        await service.joinAsync("one");
        const first = mockRooms.last;
        const gone = deferred();
        first.leaving = gone.promise;
        const joining = service.joinAsync("two");
        await settleAsync();
        expect(first.left).toBe(1);
        expect(members).toEqual([]);
        expect(mockRooms.connections).toHaveLength(1);
        gone.resolve();
        await joining;
        expect(said).toEqual(["idle", "processing", "one", "processing", "two"]);
    });

    it("stays in the current room until the next join succeeds, with stay: true", async () => {
        await service.joinAsync("one");
        const one = mockRooms.last;
        const { length } = said;
        mockRooms.failure = new RtcError("passwordWrong", "No.");
        await expect(service.joinAsync("two", { stay: true })).rejects.toMatchObject({ code: "passwordWrong" });
        one.say("memberJoined", info("eve"));
        expect([one.left, said.length, members]).toEqual([0, length, ["bob", "me", "eve"]]);

        mockRooms.failure = null;
        const gate = deferred();
        mockRooms.gate = gate.promise;
        const joining = service.joinByIdAsync("two", { stay: true });
        await settleAsync();
        expect([one.left, said.length]).toEqual([0, length]);
        gate.resolve();
        await joining;
        expect([one.left, said.slice(length)]).toEqual([1, ["processing", ""]]);
        expect(members).toEqual(["bob", "me"]);
    });

    it.each<[string, (join: { abort(): void }) => unknown, readonly string[]]>([
        ["its signal", (join) => join.abort(), ["one"]],
        ["a leave", () => service.leaveAsync(), ["processing", "idle"]],
        [
            "the loss of the current room",
            () => mockRooms.connections[0]?.request.onLost(new RtcError("removed", "Out.")),
            ["notAvailable", "two"],
        ],
        ["a later join", () => service.joinAsync("three"), ["processing", "three"]],
    ])("is in one room only when a join with stay: true is interrupted by %s", async (_what, meet, expected) => {
        await service.joinAsync("one");
        const { length } = said;
        const gate = deferred();
        mockRooms.gate = gate.promise;
        const stop = new AbortController();
        const joining = service.joinAsync("two", { stay: true, signal: stop.signal }).catch(() => undefined);
        await settleAsync();
        const met = meet(stop);
        gate.resolve();
        await Promise.all([joining, met]);
        expect(["one", ...said.slice(length)].slice(-expected.length)).toEqual(expected);
        const open = mockRooms.connections.filter(({ left }) => left === 0);
        expect(open.length).toBe(expected.at(-1) === "idle" ? 0 : expected[0] === "notAvailable" ? 2 : 1);
    });

    it("is in no room when a subscriber leaves while the current room is being left", async () => {
        await service.joinAsync("one");
        service.status$.subscribe((now) => {
            if (now.state === "processing") {
                void service.leaveAsync();
            }
        });
        await expect(service.joinAsync("two", { stay: true })).rejects.toMatchObject({ code: "aborted" });
        await settleAsync();
        expect(status).toEqual({ state: "idle" });
        expect(mockRooms.connections.map(({ left }) => left)).toEqual([1, 1]);
    });

    it.each<[string, () => Promise<void>]>([
        ["name", () => service.joinAsync("café one", { stay: true })],
        ["name, typed with other spaces and characters", () => service.joinAsync(" cafe\u0301\u200b \u00a0one", { stay: true })],
        ["id", () => service.joinByIdAsync("id of café one", { stay: true })],
        ["invitation", () => service.acceptInvitationAsync(invitationTo("id of café one"), { stay: true })],
    ])("leaves the current room first when the same room is joined by its %s with stay: true", async (_by, joinAsync) => {
        await service.joinAsync("café one");
        const { length } = said;
        const gate = deferred();
        mockRooms.gate = gate.promise;
        const joining = joinAsync();
        expect(said.slice(length)).toEqual(["processing"]);
        await settleAsync();
        expect(mockRooms.connections.map(({ left }) => left)).toEqual([1, 0]);
        gate.resolve();
        await joining;
        expect(status.state).toBe("inRoom");
    });

    it("stays in the current room while one is joined whose name differs only in the joiners of an emoji, with stay: true", async () => {
        await service.joinAsync("\u{1f469}\u200d\u{1f52c}");
        const { length } = said;
        const gate = deferred();
        mockRooms.gate = gate.promise;
        const joining = service.joinAsync("\u{1f469}\u{1f52c}", { stay: true });
        await settleAsync();
        expect(said).toHaveLength(length);
        expect(mockRooms.connections[0]?.left).toBe(0);
        gate.resolve();
        await joining;
        expect(mockRooms.connections.map(({ left }) => left)).toEqual([1, 0]);
    });

    it("stays in the current room until an invitation to another room is accepted, with stay: true", async () => {
        await service.joinAsync("one");
        const { length } = said;
        mockRooms.failure = new RtcError("tokenExpired", "Old.");
        await expect(service.acceptInvitationAsync(invitationTo("id of two"), { stay: true })).rejects.toMatchObject({
            code: "tokenExpired",
        });
        expect(said).toHaveLength(length);
        expect(mockRooms.connections[0]?.left).toBe(0);
    });

    it("aborts an earlier join for a later join, and leaves a room that the earlier join still reaches", async () => {
        const gate = deferred();
        mockRooms.gate = gate.promise;
        const first = service.joinAsync("one");
        const refused = expect(first).rejects.toMatchObject({ code: "aborted" });
        await settleAsync();
        const second = service.joinAsync("two");
        gate.resolve();
        await Promise.all([refused, second]);
        expect(mockRooms.connections.map(({ left }) => left)).toEqual([1, 0]);
        expect(said).toEqual(["idle", "processing", "two"]);
    });

    it("aborts a pending join on leave", async () => {
        const gate = deferred();
        mockRooms.gate = gate.promise;
        const refused = expect(service.joinAsync("one")).rejects.toMatchObject({ code: "aborted" });
        await settleAsync();
        const leaving = service.leaveAsync();
        gate.resolve();
        await Promise.all([refused, leaving]);
        expect(said.at(-1)).toBe("idle");
        expect(mockRooms.last.left).toBe(1);
    });

    it("is idle after leaving, and ignores a leave outside of a room", async () => {
        await service.leaveAsync();
        await service.joinAsync("lobby");
        await Promise.all([service.leaveAsync(), service.leaveAsync()]);
        expect(said).toEqual(["idle", "processing", "lobby", "processing", "idle"]);
        expect(members).toEqual([]);
        expect(mockRooms.last.left).toBe(1);
    });

    it("follows the last call when the same room is left and joined, or joined and left, at once", async () => {
        await service.joinAsync("lobby");
        const first = mockRooms.last;
        await Promise.all([service.leaveAsync(), service.joinAsync("lobby")]);
        expect(said).toEqual(["idle", "processing", "lobby", "processing", "lobby"]);
        expect([first.left, mockRooms.last.left]).toEqual([1, 0]);
        const refused = expect(service.joinAsync("lobby")).rejects.toMatchObject({ code: "aborted" });
        await Promise.all([refused, service.leaveAsync()]);
        expect(said.at(-1)).toBe("idle");
        expect(members).toEqual([]);
    });

    it("emits the same last status to all subscribers when one of them joins in response", async () => {
        const heard: string[][] = [[], []];
        const joins: Promise<void>[] = [];
        service.status$.subscribe(({ state }) => heard[0]?.push(state));
        service.status$.subscribe(({ state }) => {
            if (state === "idle" && heard[0]?.includes("inRoom")) {
                joins.push(service.joinAsync("lobby"));
            }
        });
        service.status$.subscribe(({ state }) => heard[1]?.push(state));
        await service.joinAsync("lobby");
        await service.leaveAsync();
        expect(heard[0]?.at(-1)).toBe("processing");
        expect(heard[1]?.at(-1)).toBe("processing");
        await Promise.all(joins);
        expect(joins).toHaveLength(1);
        expect(heard.map((states) => states.at(-1))).toEqual(["inRoom", "inRoom"]);
    });

    it("rejects the join when a subscriber leaves in response to the room", async () => {
        const leaves: Promise<void>[] = [];
        service.room$.subscribe((room) => {
            if (room) {
                leaves.push(service.leaveAsync());
            }
        });
        await expect(service.joinAsync("lobby")).rejects.toMatchObject({ code: "aborted" });
        await Promise.all(leaves);
        expect(said).toEqual(["idle", "processing", "idle"]);
        expect(mockRooms.last.left).toBe(1);
        expect(members).toEqual([]);
    });

    it("is processing until it has left", async () => {
        const gone = deferred();
        await service.joinAsync("lobby");
        mockRooms.last.leaving = gone.promise;
        const leaving = service.leaveAsync();
        await settleAsync();
        expect(said.at(-1)).toBe("processing");
        gone.resolve();
        await leaving;
        expect(said.at(-1)).toBe("idle");
    });

    it("is notAvailable with the server's error when the server closes the connection, and can join afterwards", async () => {
        await service.joinAsync("lobby");
        const error = new RtcError("removed", "Gone.");
        mockRooms.last.request.onLost(error);
        expect(status).toEqual({ state: "notAvailable", error });
        expect(members).toEqual([]);
        await service.joinAsync("lobby");
        expect(said.at(-1)).toBe("lobby");
    });

    describe("when its connection drops", () => {
        let events: RoomEvent[];
        const reconnecting = (): unknown => status.state === "inRoom" && status.reconnecting;
        const lose = (): void => mockRooms.last.request.onLost(new RtcError("serverUnreachable", "Nobody waits."));

        beforeEach(async () => {
            jest.useFakeTimers();
            await service.joinAsync("lobby", { password: "secret", attributes: { team: "blue" } });
            events = [];
            service.events$.subscribe((event) => events.push(event));
        });
        afterEach(async () => {
            await service.disposeAsync();
            expect(jest.getTimerCount()).toBe(0);
            jest.useRealTimers();
        });

        it("stays in the room as reconnecting, and emits the missed changes after its return", () => {
            const { request } = mockRooms.last;
            request.onAway?.(new RtcError("serverUnreachable", "Gone."));
            expect([reconnecting(), members]).toEqual([true, ["bob", "me"]]);
            service.setAttributes({ team: "green" });
            const room = { ...roomInfo("id of lobby", "lobby"), locked: true };
            mockRooms.last.sent.length = 0;
            mockRooms.last.say("welcome", { room, self: "me", members: [info("me"), info("carol")] });
            expect(reconnecting()).toBeUndefined();
            expect(members).toEqual(["me", "carol"]);
            expect(events).toMatchObject([
                { type: "locked" },
                { type: "memberLeft", member: { id: "bob" }, reason: "dropped" },
                { type: "memberJoined", member: { id: "carol" } },
            ]);
            expect(mockRooms.last.sent).toEqual([["attributes", { team: "green" }]]);
            expect(mockRooms.connections).toHaveLength(1);
        });

        it("joins the same room again when its place has expired, and stays inRoom meanwhile", async () => {
            const { length } = said;
            lose();
            expect([reconnecting(), said.slice(length)]).toEqual([true, ["lobby"]]);
            await jest.advanceTimersByTimeAsync(0);
            expect(mockRooms.last.request).toMatchObject({ create: false, options: { id: "id of lobby", password: "secret" } });
            expect(reconnecting()).toBeUndefined();
            expect(events.map(({ type }) => type)).toEqual(["left", "joined"]);
        });

        it("creates the room again with its options when the server no longer has it", async () => {
            mockRooms.failure = new RtcError("roomNotFound", "No.");
            lose();
            await jest.advanceTimersByTimeAsync(0);
            expect(reconnecting()).toBe(true);
            mockRooms.failure = null;
            await jest.advanceTimersByTimeAsync(1_200);
            expect(mockRooms.last.request).toMatchObject({
                create: true,
                options: { name: "lobby", password: "secret", maxMembers: 16, policy: "everyone", identity: "identity" },
            });
            expect(reconnecting()).toBeUndefined();
        });

        describe("after a restart of the server", () => {
            let away: string[];

            beforeEach(async () => {
                mockRooms.life = "2";
                mockRooms.others = [];
                service.members$.subscribe((now) => (away = [...now.values()].flatMap(({ id, reconnecting: is }) => (is ? [id] : []))));
                lose();
                await jest.advanceTimersByTimeAsync(0);
                events.length = 0;
            });

            it("keeps the previous members as reconnecting until they return, without left or joined events", () => {
                expect(members.toSorted()).toEqual(["bob", "me"]);
                expect(away).toEqual(["bob"]);
                mockRooms.last.say("memberJoined", info("bob"));
                expect(away).toEqual([]);
                expect(events.map(({ type }) => type)).toEqual(["memberChanged"]);
                jest.advanceTimersByTime(60_000);
                expect(members.toSorted()).toEqual(["bob", "me"]);
            });

            it("removes members who do not return within 20 s", () => {
                jest.advanceTimersByTime(19_999);
                expect(members.toSorted()).toEqual(["bob", "me"]);
                jest.advanceTimersByTime(1);
                expect(members).toEqual(["me"]);
                expect(events).toMatchObject([{ type: "memberLeft", member: { id: "bob" }, reason: "dropped" }]);
            });

            it("keeps the reconnecting members when its connection drops again", () => {
                const welcome = { room: roomInfo("id of lobby", "lobby"), self: "me", members: [info("carol"), info("me")], life: "2" };
                mockRooms.last.say("welcome", welcome);
                expect(members.toSorted()).toEqual(["bob", "carol", "me"]);
                expect(events.map(({ type }) => type)).toEqual(["memberJoined"]);
                mockRooms.last.say("welcome", { ...welcome, members: [info("bob"), info("me")] });
                expect(members.toSorted()).toEqual(["bob", "me"]);
                expect(away).toEqual([]);
            });

            it.each<[string, () => Promise<void>]>([
                ["the room is left", () => service.leaveAsync()],
                ["another room is joined", () => service.joinAsync("two")],
            ])("removes the reconnecting members once %s", async (_what, act) => {
                await act();
                expect(members).not.toContain("bob");
                expect(jest.getTimerCount()).toBe(0);
            });
        });

        it("removes members whom the same server no longer lists", async () => {
            mockRooms.others = [];
            lose();
            await jest.advanceTimersByTimeAsync(0);
            expect(members).toEqual(["me"]);
        });

        it("waits for the owner to create a room that other members cannot create with the same options", async () => {
            mockRooms.last.say("roomChanged", { ...roomInfo("id of lobby", "lobby"), policy: "friends" });
            mockRooms.failure = new RtcError("roomNotFound", "No.");
            lose();
            await jest.advanceTimersByTimeAsync(20_000);
            expect(mockRooms.last.request).toMatchObject({ create: false, options: { name: "lobby" } });
            expect(reconnecting()).toBe(true);
            await jest.advanceTimersByTimeAsync(60_000);
            expect(status).toMatchObject({ state: "notAvailable", error: { code: "roomNotFound" } });
        });

        it("retries while the server is unreachable, and stops when the server rejects the join", async () => {
            mockRooms.failure = new RtcError("serverUnreachable", "No.");
            lose();
            await jest.advanceTimersByTimeAsync(30_000);
            expect(mockRooms.connections.length).toBeGreaterThan(20);
            expect(reconnecting()).toBe(true);
            const refusal = new RtcError("banned", "No.");
            mockRooms.failure = refusal;
            await jest.advanceTimersByTimeAsync(1_200);
            expect(status).toEqual({ state: "notAvailable", error: refusal });
            expect(events.at(-1)).toMatchObject({ type: "left", reason: "kicked" });
            const { length } = mockRooms.connections;
            await jest.advanceTimersByTimeAsync(60_000);
            expect(mockRooms.connections).toHaveLength(length);
        });

        it.each<[string, () => Promise<void>, string]>([
            ["the room is left", () => service.leaveAsync(), "idle"],
            ["another room is joined", () => service.joinAsync("two"), "two"],
        ])("stops reconnecting once %s", async (_what, act, last) => {
            mockRooms.failure = new RtcError("serverUnreachable", "No.");
            lose();
            await jest.advanceTimersByTimeAsync(5_000);
            mockRooms.failure = null;
            await act();
            const { length } = mockRooms.connections;
            await jest.advanceTimersByTimeAsync(60_000);
            expect([said.at(-1), mockRooms.connections.length]).toEqual([last, length]);
        });
    });

    it("ignores messages of a connection that it has left", async () => {
        await service.joinAsync("one");
        const old = mockRooms.last;
        await service.joinAsync("two");
        const count = said.length;
        old.request.onLost(new RtcError("serverUnreachable", "Gone."));
        old.say("memberJoined", info("ghost"));
        expect(said).toHaveLength(count);
        expect(members).toEqual(["bob", "me"]);
    });

    it("updates the members as they join and leave", async () => {
        await service.joinAsync("lobby");
        mockRooms.last.say("memberJoined", info("carol"));
        expect(members).toEqual(["bob", "me", "carol"]);
        mockRooms.last.say("memberLeft", { id: "bob", reason: "left" });
        expect(members).toEqual(["me", "carol"]);
    });

    it("emits the others' messages, and sends messages and attributes", async () => {
        const messages: unknown[] = [];
        service.messages$.subscribe((message) => messages.push(message));
        await service.joinAsync("lobby");
        const message = { from: "bob", topic: "wave", data: 1 };
        mockRooms.last.say("message", message);
        service.send("wave", { hand: "left" });
        service.setAttributes({ team: "blue" });
        expect(messages).toEqual([message]);
        expect(mockRooms.last.sent).toEqual([
            ["message", { topic: "wave", data: { hand: "left" } }],
            ["attributes", { team: "blue" }],
        ]);
    });

    it("rejects attributes that exceed 2 KiB together with all others while the connection is lost", async () => {
        await service.joinAsync("lobby");
        mockRooms.last.say("memberChanged", { ...info("me"), attributes: { team: "x".repeat(1_000) } });
        const setting = (key: string, length: number) => () => service.setAttributes({ [key]: "x".repeat(length) });
        mockRooms.last.request.onAway?.(new RtcError("serverUnreachable", "Gone."));
        setting("hat", 500)();
        expect(thrownBy(setting("coat", 600))).toMatchObject({ code: "invalidArgument" });
    });

    it.each([NaN, 0, "many" as never])("rejects a join with maxMembers %p, and stays in the current room", async (maxMembers) => {
        await service.joinAsync("lobby");
        await expect(service.joinAsync("attic", { maxMembers })).rejects.toMatchObject({ code: "invalidArgument" });
        expect(status).toMatchObject({ state: "inRoom", room: { name: "lobby" } });
    });

    it("sends nothing outside of a room, and rejects data that is too large or not JSON", async () => {
        service.send("wave", 1);
        await service.joinAsync("lobby");
        expect(thrownBy(() => service.send("wave", "x".repeat(2_048)))).toMatchObject({ code: "invalidArgument" });
        expect(thrownBy(() => service.setAttributes({ x: 1n }))).toMatchObject({ code: "invalidArgument" });
        expect(mockRooms.last.sent).toEqual([]);
    });

    it("rejects a join whose member list lacks the local member", async () => {
        mockRooms.naming = false;
        await expect(service.joinAsync("lobby")).rejects.toMatchObject({ code: "unknown" });
        expect(said.at(-1)).toBe("idle");
        expect(mockRooms.last.left).toBe(1);
    });

    it("emits events after it has updated members and room", async () => {
        const told: string[] = [];
        let locked = false;
        service.room$.subscribe((room) => (locked = room?.locked ?? false));
        service.events$.subscribe((event) => told.push(`${event.type} ${members.length} ${locked}`));
        await service.joinAsync("lobby");
        mockRooms.last.say("memberJoined", info("carol"));
        mockRooms.last.say("roomChanged", { ...roomInfo("id of lobby", "lobby"), locked: true });
        mockRooms.last.say("memberLeft", { id: "bob", reason: "removed" });
        await service.leaveAsync();
        expect(told).toEqual(["joined 2 false", "memberJoined 3 false", "locked 3 true", "memberLeft 2 true", "left 0 false"]);
    });

    it("handles messages that arrive right after the welcome", async () => {
        const told: string[] = [];
        const heard: unknown[] = [];
        service.events$.subscribe(({ type }) => told.push(type));
        service.messages$.subscribe((message) => heard.push(message));
        mockRooms.early = (connection) => {
            connection.say("memberJoined", info("carol"));
            connection.say("message", { from: "bob", topic: "hi", data: 1 });
        };
        await service.joinAsync("lobby");
        expect(told).toEqual(["joined", "memberJoined"]);
        expect(heard).toHaveLength(1);
        expect(members).toEqual(["bob", "me", "carol"]);
    });

    it("sends requests to the current room, and rejects invalid arguments without a request", async () => {
        await expect(service.setLockedAsync(true)).rejects.toMatchObject({ code: "aborted" });
        await service.joinAsync("lobby");
        await service.kickAsync("bob", { seconds: 5 });
        await service.setPasswordAsync(null);
        await service.inviteAsync();
        await service.revokeInvitationsAsync();
        await service.revokeInvitationsAsync({ by: "bob" });
        const bad = [
            service.setLockedAsync("yes" as never),
            service.kickAsync(""),
            service.kickAsync("bob", { seconds: 86_401 }),
            service.setOwnerAsync(undefined as never),
            service.setDescriptionAsync(5 as never),
            service.setPropertiesAsync([] as never),
            service.setPropertiesAsync({ x: 1n }),
            service.setPasswordAsync(""),
            service.inviteAsync({ seconds: 0 }),
            service.inviteAsync({ userId: "" }),
            service.revokeInvitationsAsync({ by: "" }),
        ];
        for (const asked of await Promise.allSettled(bad)) {
            expect(asked).toMatchObject({ status: "rejected", reason: { code: "invalidArgument" } });
        }
        expect(mockRooms.last.sent).toEqual([
            ["kick", { id: "bob", seconds: 5 }],
            ["password", { password: null }],
            ["invite", { seconds: 86_400 }],
            ["revoke", {}],
            ["revoke", { by: "bob" }],
        ]);
    });

    it("leaves the room and completes its streams on disposal", async () => {
        const complete = jest.fn();
        await service.joinAsync("lobby");
        service.status$.subscribe({ complete });
        service.members$.subscribe({ complete });
        service.messages$.subscribe({ complete });
        service.room$.subscribe({ complete });
        service.events$.subscribe({ complete });
        await service.disposeAsync();
        expect(mockRooms.last.left).toBe(1);
        expect(complete).toHaveBeenCalledTimes(5);
    });

    it.each([
        ["twice", () => service.disposeAsync()],
        ["and left", () => service.leaveAsync()],
    ])("is idle after it is disposed %s at once", async (_what, again) => {
        await service.joinAsync("lobby");
        await Promise.all([service.disposeAsync(), again()]);
        expect(said).toEqual(["idle", "processing", "lobby", "processing", "idle"]);
        expect(mockRooms.last.left).toBe(1);
    });
});

// This test is the last one of the file, because it compares the transitions that all others have caused.
describe("The diagram of status$ in docs/connection.md", () => {
    it("has each transition that the tests above cause, and no other", () => {
        expect([...caused].sort()).toEqual(drawnTransitions("status$"));
    });
});
