import { setTimeout as delay } from "node:timers/promises";
import { createRtcServer } from "babylon-rtc-server";
import {
    askAsync,
    askToEnterAsync,
    callSignal,
    enterAsync,
    enterBothAsync,
    guestAsync,
    joinAsync,
    openAsync,
    postAsync,
    quieten,
    refusalAsync,
    rosterOf,
    seatsAsync,
    signalAsync,
    signalUrl,
    sitDownAsync,
} from "../clients";
import { startServerAsync } from "../harness";
import { ProtocolError } from "../../../server/src/protocolError";
import type { IAuthorizeRequest, IRtcServer, IRtcServerOptions } from "babylon-rtc-server";
import type { IEnterReply, IRtcPeer } from "../../../protocol/wire.js";
import type { IJoined, ISignalSocket } from "../clients";

jest.setTimeout(20_000);

const secret = "a secret of at least thirty-two bytes";
let server: IRtcServer;
let url: string;
let rooms = 0;
let lobby: string;

/** Starts a server for the tests of a describe block. */
function serve(options: IRtcServerOptions = {}): void {
    beforeAll(async () => {
        quieten();
        server = await createRtcServer({ port: 0, secret, log: () => undefined, ...options });
        ({ url } = server);
    });
    afterAll(() => server.closeAsync());
    beforeEach(() => (lobby = `lobby ${(rooms += 1)}`));
}

interface IWelcome {
    readonly self: string;
    readonly secret: string;
    readonly peers: readonly IRtcPeer[];
    readonly blocked: readonly string[];
}

interface ITaken {
    readonly reply: Required<IEnterReply>;
    readonly member: IJoined;
    readonly voice: IJoined;
    readonly signal: ISignalSocket;
}

/** Requests all seats, and opens the three sockets in parallel. The RTC room is not entered yet. */
async function takeAllAsync(name: string): Promise<ITaken> {
    const reply = await seatsAsync(url, { name: lobby }, name);
    const { seat, self, secret: password } = reply.voice;
    const [member, voice, signal] = await Promise.all([
        sitDownAsync(url, reply.seat),
        sitDownAsync(url, seat),
        openAsync(signalUrl(url, self, password)),
    ]);
    await member.inbox.firstAsync("welcome");
    return { reply, member, voice, signal };
}

async function welcomedAsync({ voice }: ITaken, wishes: Record<string, unknown> = {}): Promise<IWelcome> {
    voice.room.send("enter", wishes);
    return await voice.inbox.firstAsync<IWelcome>("welcome");
}

/** Opens the promised signalling socket. Returns `open`, or the refusal. */
async function signallingAsync({ voice }: Required<IEnterReply>): Promise<string> {
    return await openAsync(signalUrl(url, voice.self, voice.secret)).then(
        () => "open",
        (error: unknown) => (error as Error).message,
    );
}

/** Waits until the server has handled everything sent on this socket before. */
async function handledAsync({ socket }: ISignalSocket): Promise<void> {
    const answered = new Promise((resolve) => socket.once("pong", resolve));
    socket.ping();
    await answered;
}

async function countsAsync(): Promise<object> {
    const { rooms: count, members, rtcRooms, peers } = (await (await fetch(`${url}/health`)).json()) as Record<string, number>;
    return { rooms: count, members, rtcRooms, peers };
}

describe("POST /enter", () => {
    serve();

    it("lets a new guest join a room and its RTC room with three parallel sockets", async () => {
        const alice = await takeAllAsync("Alice");
        const first = await welcomedAsync(alice);
        const bob = await takeAllAsync("Bob");
        expect(rosterOf(bob.member.inbox)).toEqual(["Alice", "Bob"]);
        expect(bob.reply).toMatchObject({ guest: { user: { name: "Bob" } }, room: bob.member.room.roomId });
        const { self, secret: password, peers } = await welcomedAsync(bob);
        expect({ self, password }).toEqual({ self: bob.reply.voice.self, password: bob.reply.voice.secret });
        expect(peers.map(({ name, peerId, ready }) => ({ name, peerId, ready }))).toEqual([
            { name: "Alice", peerId: first.self, ready: true },
            { name: "Bob", peerId: self, ready: true },
        ]);
        const joined = await alice.voice.inbox.firstAsync<IRtcPeer>("peerJoined");
        expect(joined).toMatchObject({ id: bob.reply.guest.user.id, peerId: self, ready: true });
        bob.signal.send(callSignal("OFFER", first.self));
        expect(await alice.signal.inbox.firstAsync("OFFER")).toMatchObject({ src: self });
    });

    it("applies blocks before other peers learn of the member, and announces `dataInRtp`", async () => {
        const alice = await takeAllAsync("Alice");
        await welcomedAsync(alice);
        const bob = await takeAllAsync("Bob");
        const { blocked, peers } = await welcomedAsync(bob, { blocks: [alice.reply.guest.user.id], dataInRtp: true });
        expect(blocked).toEqual([alice.reply.guest.user.id]);
        expect(peers.at(-1)).toMatchObject({ name: "Bob", dataInRtp: true });
        await alice.voice.inbox.firstAsync("peerJoined");
        const told = alice.voice.inbox.all.map(({ type }) => type).filter((type) => type === "blocked" || type === "peerJoined");
        expect(told).toEqual(["blocked", "peerJoined"]);
    });

    it("names the members whom the newcomer will call: ready, not blocked, not the newcomer, four at most", async () => {
        const alice = await takeAllAsync("Alice");
        expect(alice.reply.voice.callees).toEqual([]);
        const { self } = await welcomedAsync(alice);
        const deaf = await seatsAsync(url, { name: lobby }, "Deaf");
        const [, voice] = await Promise.all([sitDownAsync(url, deaf.seat), sitDownAsync(url, deaf.voice.seat)]);
        voice.room.send("enter", {});
        await voice.inbox.firstAsync("welcome");
        const bob = await takeAllAsync("Bob");
        expect(bob.reply.voice.callees).toEqual([self]);
        const bobs = await welcomedAsync(bob, { blocks: [alice.reply.guest.user.id] });
        const { identity } = alice.reply.guest;
        const again = (await askToEnterAsync(url, { name: lobby, identity })).body as unknown as IEnterReply;
        expect(again.voice?.callees).toEqual([]);
        const others: string[] = [];
        for (const name of ["Carol", "Dave", "Erin"]) {
            others.push((await welcomedAsync(await takeAllAsync(name))).self);
        }
        const { reply } = await takeAllAsync("Frank");
        expect(reply.voice.callees).toEqual([self, bobs.self, ...others].slice(0, 4));
    });

    it("recognizes the identity of an existing guest", async () => {
        const { identity, user } = await guestAsync(url, "Carol");
        const { body } = await askToEnterAsync(url, { name: lobby, identity });
        expect(body.guest).toBeUndefined();
        const { seat } = body as unknown as IEnterReply;
        expect(await (await sitDownAsync(url, seat)).inbox.firstAsync("welcome")).toMatchObject({ self: user.id });
    });

    it("puts a guest into the same RTC room as a member who joined with separate requests", async () => {
        const { voice } = await enterBothAsync(url, lobby, "Old");
        const taken = await takeAllAsync("New");
        expect((await welcomedAsync(taken)).peers.map(({ name }) => name)).toEqual(["Old", "New"]);
        expect(await voice.inbox.firstAsync("peerJoined")).toMatchObject({ name: "New" });
    });

    it("puts ten simultaneous guests into one room and one RTC room", async () => {
        const all = await Promise.all(Array.from({ length: 10 }, (_, index) => takeAllAsync(`Guest ${index}`)));
        const welcomes = await Promise.all(all.map((each) => welcomedAsync(each)));
        expect(new Set(all.map(({ reply }) => reply.room)).size).toBe(1);
        expect(new Set(all.map(({ voice }) => voice.room.roomId)).size).toBe(1);
        expect(Math.max(...welcomes.map(({ peers }) => peers.length))).toBe(10);
    });

    it("reserves no seat in the RTC room unless `voice` is requested", async () => {
        expect((await askToEnterAsync(url, { name: lobby }, { voice: false })).body).not.toHaveProperty("voice");
    });

    it("lets the member request and renew a grant afterwards", async () => {
        const alice = await takeAllAsync("Alice");
        await welcomedAsync(alice);
        const { identity } = alice.reply.guest;
        const { body } = await postAsync(`${url}/token`, { room: alice.reply.room }, { Authorization: `Bearer ${identity}` });
        expect(await askAsync(alice.voice, "renew", { token: body.token })).toMatchObject({ expiresAt: body.expiresAt });
    });

    it.each([
        ["a missing `join`", { join: undefined }],
        ["a `join` that is a string", { join: "lobby" }],
        ["a join by name and id", { join: { name: "x", id: "y" } }],
        ["a missing `create`", { create: undefined }],
        ["a guest that is a string", { guest: "Bob" }],
        ["a guest without a name", { guest: {} }],
        ["neither guest nor identity", { guest: undefined }],
        ["a `voice` that is a string", { voice: "yes" }],
    ])("rejects %s", async (_what, more) => {
        const { status } = await askToEnterAsync(url, { name: lobby }, more);
        expect([400, 401]).toContain(status);
    });
});

describe("a rejected POST /enter", () => {
    serve({ isFriend: () => false });

    /** Expects that a join by Colyseus and `POST /enter` are refused with the same code and message. */
    async function bothAsync(
        join: Record<string, unknown>,
        code: string,
        more: { create?: boolean; identity?: string } = {},
    ): Promise<void> {
        const { create = true, identity = (await guestAsync(url, "Mallory")).identity } = more;
        const error: unknown = await joinAsync(url, "room", { ...join, identity }, create ? "joinOrCreate" : "join").catch(
            (reason: unknown) => reason,
        );
        expect((error as Error).message).toMatch(new RegExp(`^${code}: `));
        const { body } = await askToEnterAsync(url, { ...join, identity }, { create });
        expect(body).toMatchObject({ error: { code }, message: (error as Error).message });
    }

    it("fails with the same code and message as the separate requests", async () => {
        const alice = await enterAsync(url, lobby, "Alice", { password: "sesame", maxMembers: 3 });
        await bothAsync({ name: lobby }, "passwordWrong");
        await bothAsync({ name: lobby, password: "guess" }, "passwordWrong");
        await bothAsync({ id: alice.roomId, password: "guess" }, "passwordWrong");
        await bothAsync({ id: "nobody knows" }, "roomNotFound");
        await bothAsync({ name: `${lobby} next door` }, "roomNotFound", { create: false });
        await bothAsync({ name: "a\u0000b" }, "invalidRoomName");
        await bothAsync({ name: lobby }, "unauthorized", { identity: "made up" });
        await bothAsync({ invitation: "made up" }, "tokenInvalid");
        await enterAsync(url, lobby, "Bob", { password: "sesame" });
        const { identity, id } = await enterAsync(url, lobby, "Carol", { password: "sesame" });
        await bothAsync({ name: lobby, password: "sesame" }, "roomFull");
        await askAsync(alice, "kick", { id, seconds: 600 });
        await bothAsync({ name: lobby, password: "sesame" }, "banned", { identity });
        await askAsync(alice, "lock", { locked: true });
        await bothAsync({ name: lobby, password: "sesame" }, "roomLocked");
        await enterAsync(url, `${lobby} of friends`, "Alice", { policy: "friends" });
        await bothAsync({ name: `${lobby} of friends` }, "notInvited");
    });

    it("returns the new guest's identity for the next attempts, which are rate-limited", async () => {
        await enterAsync(url, lobby, "Alice", { password: "sesame" });
        const { body } = await askToEnterAsync(url, { name: lobby, password: "guess" });
        expect(body).toMatchObject({ error: { code: "passwordWrong" }, guest: { user: { name: "Guest" } } });
        const { identity } = (body as { guest: { identity: string } }).guest;
        for (let round = 0; round < 4; round += 1) {
            expect((await askToEnterAsync(url, { name: lobby, password: "guess", identity })).body).toMatchObject({
                error: { code: "passwordWrong" },
            });
        }
        expect((await askToEnterAsync(url, { name: lobby, password: "sesame", identity })).body).toMatchObject({
            error: { code: "rateLimited" },
        });
    });
});

describe("seats and promised peer ids from POST /enter", () => {
    serve();

    it("are good for one socket each", async () => {
        const { reply } = await takeAllAsync("Alice");
        await expect(sitDownAsync(url, reply.seat)).rejects.toThrow("expired");
        await expect(sitDownAsync(url, reply.voice.seat)).rejects.toThrow("expired");
        const swapped = { ...reply.seat, roomId: reply.voice.seat.roomId };
        await expect(sitDownAsync(url, swapped)).rejects.toThrow("expired");
    });

    it("do not let a user into the RTC room who has not joined the room", async () => {
        const bob = await takeAllAsync("Bob");
        await welcomedAsync(bob);
        const reply = await seatsAsync(url, { name: lobby }, "Mallory");
        const voice = await sitDownAsync(url, reply.voice.seat);
        const signal = await openAsync(signalUrl(url, reply.voice.self, reply.voice.secret));
        voice.room.send("enter", {});
        // The answer comes late: until the seat in the room expires, Mallory could still take it.
        expect(await voice.inbox.firstAsync("closed", undefined, 15_000)).toMatchObject({ code: "forbidden" });
        expect(await voice.left).toBe(4103);
        expect(await signal.closed).toBe(4109);
        expect(await signallingAsync(reply)).toBe("refused 401");
        expect(bob.voice.inbox.count("peerJoined")).toBe(0);
    });

    it("are void if the user is banned or the room is locked before they are used", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await takeAllAsync("Bob");
        await askAsync(alice, "kick", { id: bob.reply.guest.user.id, seconds: 60 });
        bob.voice.room.send("enter", {});
        expect(await bob.voice.inbox.firstAsync("closed")).toMatchObject({ code: "banned" });
        expect(await bob.signal.closed).toBe(4109);
        const carol = await seatsAsync(url, { name: lobby }, "Carol");
        await askAsync(alice, "lock", { locked: true });
        await expect(sitDownAsync(url, carol.seat)).rejects.toThrow("roomLocked");
    });

    it("complete an early `enter` once the user is in the room, and announce the peer only then", async () => {
        const bob = await takeAllAsync("Bob");
        await welcomedAsync(bob);
        const { seat, voice, guest } = await seatsAsync(url, { name: lobby }, "Alice");
        const early = await sitDownAsync(url, voice.seat);
        early.room.send("enter", {});
        early.room.send("enter", {});
        // The refusal of the second request: the first one is still waiting.
        expect(await early.inbox.firstAsync("refused")).toMatchObject({ code: "invalidRequest" });
        expect(bob.voice.inbox.count("peerJoined")).toBe(0);
        expect(early.inbox.count("welcome")).toBe(0);
        await sitDownAsync(url, seat);
        const { self } = await early.inbox.firstAsync<IWelcome>("welcome");
        expect(self).toBe(voice.self);
        expect(await bob.voice.inbox.firstAsync("peerJoined")).toMatchObject({ id: guest.user.id, peerId: self });
    });

    it("reject `enter` with forbidden after the room has rejected the user", async () => {
        const alice = await enterAsync(url, lobby, "Alice");
        const { seat, voice } = await seatsAsync(url, { name: lobby }, "Mallory");
        const early = await sitDownAsync(url, voice.seat);
        await askAsync(alice, "lock", { locked: true });
        await expect(sitDownAsync(url, seat)).rejects.toThrow("roomLocked");
        early.room.send("enter", {});
        expect(await early.inbox.firstAsync("closed")).toMatchObject({ code: "forbidden" });
    });

    it("pass no signalling messages before the RTC room is joined, in either direction", async () => {
        const alice = await takeAllAsync("Alice");
        const { self } = await welcomedAsync(alice);
        const bob = await takeAllAsync("Bob");
        const promised = bob.reply.voice.self;
        bob.signal.send(callSignal("OFFER", self));
        alice.signal.send(callSignal("OFFER", promised));
        await Promise.all([handledAsync(alice.signal), handledAsync(bob.signal)]);
        expect(JSON.stringify(alice.voice.inbox.all)).not.toContain(promised);
        await welcomedAsync(bob);
        bob.signal.send(callSignal("CANDIDATE", self));
        alice.signal.send(callSignal("CANDIDATE", promised));
        await Promise.all([alice.signal.inbox.firstAsync("CANDIDATE"), bob.signal.inbox.firstAsync("CANDIDATE")]);
        expect([alice.signal, bob.signal].map(({ inbox }) => inbox.count("OFFER"))).toEqual([0, 0]);
    });

    it("reject signalling sockets with another secret or peer id", async () => {
        const reply = await seatsAsync(url, { name: lobby }, "Alice");
        const mallory = await seatsAsync(url, { name: lobby }, "Mallory");
        const { self, seat } = reply.voice;
        for (const shown of ["", "guess", mallory.voice.secret, seat.sessionId, reply.guest.identity]) {
            await expect(openAsync(signalUrl(url, self, shown))).rejects.toThrow("refused 401");
        }
        await expect(openAsync(signalUrl(url, mallory.voice.self, reply.voice.secret))).rejects.toThrow("refused 401");
        expect(await signallingAsync(reply)).toBe("open");
    });

    it("are void once the socket in the RTC room is closed", async () => {
        const { voice, signal, reply } = await takeAllAsync("Alice");
        await voice.room.leave();
        expect(await signal.closed).toBe(4109);
        expect(await signallingAsync(reply)).toBe("refused 401");
    });

    it("allow no request before `enter`, and `enter` only once and with valid data", async () => {
        const alice = await takeAllAsync("Alice");
        expect(await askAsync(alice.voice, "send", { data: "hello" })).toMatchObject({ code: "removed" });
        await welcomedAsync(alice);
        alice.voice.room.send("enter", {});
        expect(await alice.voice.inbox.firstAsync("refused")).toMatchObject({ code: "invalidRequest" });
        expect(alice.voice.inbox.count("welcome")).toBe(1);
        const other = await takeAllAsync("Other");
        other.voice.room.send("enter", { blocks: "everybody" });
        expect(await other.voice.inbox.firstAsync("closed")).toMatchObject({ code: "invalidRequest" });
    });

    it("replace an older connection only when the RTC room is entered", async () => {
        const alice = await takeAllAsync("Alice");
        await welcomedAsync(alice);
        const { identity } = alice.reply.guest;
        const { body } = await askToEnterAsync(url, { name: lobby, identity });
        const again = body as unknown as Required<IEnterReply>;
        const voice = await sitDownAsync(url, again.voice.seat);
        voice.room.send("mute", { muted: true });
        expect(await askAsync(alice.voice, "renew", { token: "x" })).toMatchObject({ code: "tokenInvalid" });
        expect(alice.voice.inbox.count("closed")).toBe(0);
        expect(alice.voice.inbox.count("peerChanged")).toBe(0);
        voice.room.send("enter", {});
        await voice.inbox.firstAsync("welcome");
        expect(await alice.voice.inbox.firstAsync("closed")).toMatchObject({ code: "duplicateIdentity" });
    });
});

describe("unused seats and promised peer ids", () => {
    serve();

    it("expire after ten seconds, together with their sockets and rooms", async () => {
        const unused = await seatsAsync(url, { name: lobby }, "Absent");
        const idle = await signalAsync(url, { self: unused.voice.self, secret: unused.voice.secret } as Parameters<typeof signalAsync>[1]);
        const waiting = await takeAllAsync("Waiting");
        await delay(8_500);
        expect(idle.socket.readyState).toBe(idle.socket.OPEN);
        expect(await idle.closed).toBe(4109);
        expect(await signallingAsync(unused)).toBe("refused 401");
        await expect(sitDownAsync(url, unused.seat)).rejects.toBeDefined();
        await expect(sitDownAsync(url, unused.voice.seat)).rejects.toBeDefined();
        expect(await waiting.voice.left).toBe(4103);
        expect(await waiting.signal.closed).toBe(4109);
        await waiting.member.room.leave();
        const nothing = { rooms: 0, members: 0, rtcRooms: 0, peers: 0 };
        for (let round = 0; round < 20 && JSON.stringify(await countsAsync()) !== JSON.stringify(nothing); round += 1) {
            await delay(100);
        }
        expect(await countsAsync()).toEqual(nothing);
    });
});

it("unused seats do not keep the process of a closed server alive", async () => {
    const process = await startServerAsync();
    await seatsAsync(process.url, { name: "lobby" }, "Absent");
    // Null = the server had to be killed, after five seconds.
    expect(await process.closeAsync("closeOnly")).toBe(0);
});

describe("a flood of POST /enter requests", () => {
    serve({ limits: { requests: { perSecond: 0.001, burst: 5 } } });

    it("is rate-limited by network address, regardless of forwarding headers", async () => {
        const headers = { "X-Forwarded-For": "203.0.113.1", "X-Real-IP": "203.0.113.1", "X-Client-IP": "203.0.113.1" };
        for (let round = 0; round < 5; round += 1) {
            expect((await askToEnterAsync(url, { name: lobby })).status).toBe(200);
        }
        expect(await askToEnterAsync(url, { name: lobby }, {}, headers)).toMatchObject({
            status: 429,
            body: { error: { code: "rateLimited" } },
        });
    });
});

describe("guessing passwords with POST /enter", () => {
    serve({ limits: { passwords: { perSecond: 0.001, burst: 3 } } });

    it("is rate-limited per network address, regardless of guests and headers", async () => {
        await enterAsync(url, lobby, "Alice", { password: "sesame" });
        for (let round = 0; round < 3; round += 1) {
            const answer = await askToEnterAsync(
                url,
                { name: lobby, password: `guess ${round}` },
                {},
                { "X-Forwarded-For": `203.0.113.${round}` },
            );
            expect(answer.body).toMatchObject({ error: { code: "passwordWrong" } });
        }
        expect((await askToEnterAsync(url, { name: lobby, password: "sesame" })).body).toMatchObject({ error: { code: "rateLimited" } });
        const { identity } = await guestAsync(url, "Bob");
        expect(await refusalAsync(joinAsync(url, "room", { name: lobby, password: "sesame", identity }))).toBe("rateLimited");
    });
});

describe("a page of another origin", () => {
    serve({ development: false, authorize: ({ credential }) => ({ id: credential, name: credential }), origins: ["https://game.example"] });

    it("can enter only if `origins` contains its origin", async () => {
        const join = { name: lobby, identity: "grace" };
        const askFromAsync = async (origin: string): Promise<number> => (await askToEnterAsync(url, join, {}, { Origin: origin })).status;
        expect(await askFromAsync("https://evil.example")).toBe(403);
        expect(await askFromAsync("https://game.example")).toBe(200);
        // Requests that a browser sends without a preflight, including those of a page whose origin is `null`.
        for (const origin of ["https://evil.example", "null"]) {
            const headers = { Origin: origin, "Content-Type": "text/plain;charset=UTF-8" };
            expect((await askToEnterAsync(url, join, {}, headers)).status).toBe(403);
        }
        const plain = { Origin: "https://game.example", "Content-Type": "text/plain;charset=UTF-8" };
        expect((await askToEnterAsync(url, join, {}, plain)).status).toBe(200);
        const form = { Origin: "https://game.example", "Content-Type": "application/x-www-form-urlencoded" };
        expect((await askToEnterAsync(url, join, {}, form)).status).toBe(400);
    });

    it("is told that the server does not allow guests", async () => {
        const { body } = await askToEnterAsync(url, { name: lobby });
        expect(body).toMatchObject({
            error: { code: "forbidden", message: expect.stringContaining("does not allow guests") as string },
        });
    });
});

describe("an `authorize` that never answers for the RTC room", () => {
    let asked = 0;
    serve({
        development: false,
        authorize: async ({ credential }) =>
            (asked += 1) === 1 ? { id: credential, name: credential } : await new Promise(() => undefined),
    });

    it("lets the player into the room without a voice, before the reserved seat expires", async () => {
        const { status, body } = await postAsync(`${url}/enter`, {
            join: { name: lobby, identity: "alice" },
            create: true,
            voice: true,
        });
        expect([status, body.voice, asked]).toEqual([200, undefined, 2]);
        const member = await sitDownAsync(url, (body as unknown as IEnterReply).seat);
        await member.inbox.firstAsync("welcome");
    });
});

describe("the option `authorize`", () => {
    const asked: IAuthorizeRequest["room"][] = [];
    let refuses: (room: IAuthorizeRequest["room"]) => boolean = () => false;
    serve({
        authorize: ({ credential, room, headers }) => {
            asked.push(room);
            expect(headers.get("content-type")).toBe("application/json");
            return refuses(room) ? null : { id: credential, name: credential.toUpperCase(), attributes: { team: "red" } };
        },
    });
    beforeEach(() => (asked.length = 0));

    it("is called for the room and for its RTC room, and sets the member's id, name and attributes", async () => {
        const { body } = await askToEnterAsync(url, { name: lobby, identity: "grace", attributes: { team: "blue" } });
        const { room, seat, voice } = body as unknown as IEnterReply;
        expect(asked).toEqual([{ name: lobby }, { id: room }]);
        expect(voice).toBeDefined();
        const { inbox } = await sitDownAsync(url, seat);
        expect(await inbox.firstAsync("welcome")).toMatchObject({
            self: "grace",
            members: [{ id: "grace", name: "GRACE", attributes: { team: "red" } }],
        });
    });

    it("can admit a user to a room but not to its RTC room", async () => {
        refuses = (room) => room?.name === undefined;
        const { status, body } = await askToEnterAsync(url, { name: lobby, identity: "grace" });
        expect(status).toBe(200);
        expect(body).not.toHaveProperty("voice");
        refuses = () => true;
        expect(await askToEnterAsync(url, { name: lobby, identity: "grace" })).toMatchObject({
            status: 401,
            body: { error: { code: "unauthorized" } },
        });
        refuses = () => false;
    });
});

describe("a refusal of a new guest", () => {
    it("contains the guest and the time of the refusal", () => {
        const guest = { identity: "signed", user: { id: "1", name: "Ada" }, expiresAt: 0, expiresInMs: 1 };
        expect(ProtocolError.TooMuch("Too many joins.", 3).withGuest(guest)).toMatchObject({
            guest,
            retryAfterSeconds: 3,
            reason: "rateLimited",
        });
    });
});
