import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { matchMaker, Protocol } from "@colyseus/core";
import { createRtcServer } from "babylon-rtc-server";
import type { IRtcServer, IRtcServerOptions, ServerEvent } from "babylon-rtc-server";
import { WebSocket } from "ws";
import type { IMemberInfo, IResume, IResumeReply, IRtcPeer } from "../../../protocol/wire.js";
import {
    askAsync,
    enterAsync,
    enterBothAsync,
    enterVoiceAsync,
    joinAsync,
    postAsync,
    quieten,
    refusalAsync,
    seatUrl,
    signalAsync,
    sitDownAsync,
} from "../clients";
import type { IJoined } from "../clients";

/** Server of the running test. Only one can run in a process at a time, and the grace periods differ, so each test starts its own. */
let server: IRtcServer;
let url: string;
let rooms = 0;
let lobby: string;

beforeAll(quieten);
beforeEach(() => (lobby = `room to come back to ${(rooms += 1)}`));
afterEach(() => server.closeAsync());

async function startAsync(graceSeconds?: number, more: IRtcServerOptions = {}): Promise<void> {
    server = await createRtcServer({ port: 0, ...(graceSeconds !== undefined && { graceSeconds }), ...more });
    ({ url } = server);
}

/** The part of a server-side socket that is needed to close it. */
interface ISocket {
    terminate(): void;
    emit(event: "close", code: number): void;
}

function socketOf({ room }: IJoined): ISocket {
    const client = matchMaker.getLocalRoomById(room.roomId).clients.find(({ sessionId }) => sessionId === room.sessionId);
    if (!client) {
        throw new Error("That connection has ended.");
    }
    return client.ref as unknown as ISocket;
}

/** Cuts a connection on the server's side, as a lost network does: without a close frame. */
function cut(joined: IJoined): void {
    socketOf(joined).terminate();
}

/** Closes a connection like a page that is closed or reloaded (code 1001). Done on the server's side: Node's own WebSocket cannot send that code. */
function closePage(joined: IJoined): void {
    const socket = socketOf(joined);
    socket.emit("close", 1001);
    socket.terminate();
}

async function askToResumeAsync(id: string, joined: IJoined, secret?: string): ReturnType<typeof postAsync> {
    const { resume } = await joined.inbox.firstAsync<{ resume: IResume }>("welcome");
    return await postAsync(`${url}/resume`, { room: joined.room.roomId, id, secret: secret ?? resume.secret });
}

async function resumeAsync(id: string, joined: IJoined): Promise<IJoined> {
    const { status, body } = await askToResumeAsync(id, joined);
    expect({ status, body }).toMatchObject({ status: 200 });
    return await sitDownAsync(url, (body as unknown as IResumeReply).seat);
}

/** Polls until a condition is true. Fails after 15 s. */
async function until(isSo: () => boolean): Promise<void> {
    const end = performance.now() + 15_000;
    while (!isSo() && performance.now() < end) {
        await delay(20);
    }
    expect(isSo()).toBe(true);
}

const isAway = ({ reconnecting }: IMemberInfo | IRtcPeer): boolean => reconnecting === true;

describe("a member whose connection drops", () => {
    it("is shown as reconnecting, and returns as the same member and owner of the room", async () => {
        await startAsync();
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, lobby, "Bob");
        cut(alice);
        await bob.inbox.firstAsync("memberChanged", (member: IMemberInfo) => member.id === alice.id && isAway(member));

        const back = await resumeAsync(alice.id, alice);
        const welcome = await back.inbox.firstAsync<{ room: { owner: string }; members: IMemberInfo[] }>("welcome");
        expect(welcome.room.owner).toBe(alice.id);
        expect(welcome.members.map(({ name }) => name)).toEqual(["Alice", "Bob"]);
        expect(welcome.members.filter(isAway)).toEqual([]);
        await bob.inbox.firstAsync("memberChanged", (member: IMemberInfo) => member.id === alice.id && !isAway(member));
        await expect(askAsync(back, "lock", { locked: true })).resolves.toBeUndefined();
        expect([bob.inbox.count("memberLeft"), bob.inbox.count("memberJoined")]).toEqual([0, 0]);
    });

    it("keeps the room open, even as its only member", async () => {
        await startAsync();
        const alice = await enterAsync(url, lobby, "Alice");
        cut(alice);
        await alice.left;
        // Longer than Colyseus keeps an empty room: it disposes of it immediately, or after a timer of one second.
        await delay(1500);
        await (await resumeAsync(alice.id, alice)).inbox.firstAsync("welcome");
    });

    it("can resume before the server has noticed the drop; the old connection is closed without a message", async () => {
        await startAsync();
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, lobby, "Bob");
        const back = await resumeAsync(alice.id, alice);
        await back.inbox.firstAsync("welcome");
        await alice.left;
        expect(alice.inbox.count("closed")).toBe(0);
        bob.room.send("message", { topic: "hello", data: 1 });
        await back.inbox.firstAsync("message");
        expect([bob.inbox.count("memberLeft"), bob.inbox.count("memberChanged")]).toEqual([0, 0]);
    });

    it("can resume repeatedly, even if the new connection drops before it is used", async () => {
        await startAsync();
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, lobby, "Bob");
        let last: IJoined = alice;
        for (let i = 0; i < 3; i++) {
            cut(last);
            const { body } = await askToResumeAsync(alice.id, alice);
            last = await sitDownAsync(url, (body as unknown as IResumeReply).seat);
        }
        await last.inbox.firstAsync("welcome");
        expect(bob.inbox.count("memberLeft")).toBe(0);
    });

    it("is limited to 60 reconnects at once and 10 per second, whatever its connection; others are not affected", async () => {
        await startAsync();
        const { member: alice, voice } = await enterBothAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, lobby, "Bob");
        const begun = performance.now();
        const guesses = await Promise.all(Array.from({ length: 65 }, () => askToResumeAsync(bob.id, bob, "a guess")));
        expect(guesses.filter(({ status }) => status !== 404)).toEqual([]);
        const askAllAsync = (count: number): Promise<Awaited<ReturnType<typeof askToResumeAsync>>[]> =>
            Promise.all(Array.from({ length: count }, (_, index) => askToResumeAsync(alice.id, index % 2 === 0 ? alice : voice)));
        const isRefused = ({ status }: { readonly status: number }): boolean => status !== 200;
        expect((await askAllAsync(60)).filter(isRefused)).toEqual([]);
        const refusals = (await askAllAsync(100)).filter(isRefused);
        expect(refusals.length).toBeGreaterThanOrEqual(100 - ((performance.now() - begun) / 1000) * 10);
        for (const { status, body, headers } of refusals) {
            expect({ status, body }).toMatchObject({ status: 429, body: { error: { code: "rateLimited" } } });
            expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
        }
        await (await resumeAsync(bob.id, bob)).inbox.firstAsync("welcome");
    }, 30_000);

    it("keeps the place if the new connection does not complete the handshake within 5 s", async () => {
        await startAsync();
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, lobby, "Bob");
        cut(alice);
        const { body } = await askToResumeAsync(alice.id, alice);
        const socket = new WebSocket(seatUrl(url, (body as unknown as IResumeReply).seat));
        await bob.inbox.firstAsync("memberChanged", (member: IMemberInfo) => member.id === alice.id && !isAway(member));
        bob.inbox.all.splice(0);
        await once(socket, "close");
        await bob.inbox.firstAsync("memberChanged", isAway);
        await (await resumeAsync(alice.id, alice)).inbox.firstAsync("welcome");
        expect([bob.inbox.count("memberLeft"), bob.inbox.count("memberJoined")]).toEqual([0, 0]);
    }, 30_000);

    it("keeps the place if the server has closed a connection that reads nothing", async () => {
        await startAsync();
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, lobby, "Bob");
        Object.defineProperty(socketOf(alice), "bufferedAmount", { value: Infinity });
        bob.room.send("message", { topic: "hello", data: 1 });
        await bob.inbox.firstAsync("memberChanged", (member: IMemberInfo) => member.id === alice.id && isAway(member));
        await (await resumeAsync(alice.id, alice)).inbox.firstAsync("welcome");
        expect(bob.inbox.count("memberLeft")).toBe(0);
    });

    it("is removed after the grace period, and a connected member becomes the owner", async () => {
        await startAsync(1);
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, lobby, "Bob");
        const carol = await enterAsync(url, lobby, "Carol");
        cut(alice);
        await carol.inbox.firstAsync("memberChanged", isAway);
        cut(bob);
        const { reason } = await carol.inbox.firstAsync<{ id: string; reason: string }>("memberLeft", ({ id }) => id === alice.id);
        expect(reason).toBe("dropped");
        // Bob joined before Carol, but is reconnecting himself.
        await carol.inbox.firstAsync("roomChanged", ({ owner }: { owner: string }) => owner === carol.id);
        expect(await askToResumeAsync(alice.id, alice)).toMatchObject({ status: 404, body: { error: { code: "roomNotFound" } } });
    });

    it("closes room and RTC room after the grace period, as the last member", async () => {
        const events: ServerEvent[] = [];
        server = await createRtcServer({ port: 0, graceSeconds: 1, onEvent: (event) => void events.push(event) });
        ({ url } = server);
        const { member, voice } = await enterBothAsync(url, lobby, "Alice");
        cut(voice);
        cut(member);
        await until(() => events.some(({ type }) => type === "roomEnded"));
        expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ rooms: 0, rtcRooms: 0, members: 0, peers: 0 });
    }, 30_000);

    it("is removed at once without a grace period", async () => {
        await startAsync(0);
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, lobby, "Bob");
        expect(await alice.inbox.firstAsync("welcome")).not.toHaveProperty("resume");
        cut(alice);
        await bob.inbox.firstAsync("memberLeft");
        expect(bob.inbox.count("memberChanged")).toBe(0);
    });

    it("keeps the place in a full room", async () => {
        await startAsync();
        const alice = await enterAsync(url, lobby, "Alice", { maxMembers: 1 });
        cut(alice);
        await alice.left;
        expect(await refusalAsync(enterAsync(url, lobby, "Bob"))).toBe("roomFull");
        await resumeAsync(alice.id, alice);
    });

    it("can be removed meanwhile, and cannot resume then", async () => {
        await startAsync();
        const owner = await enterAsync(url, lobby, "Owner");
        const bob = await enterAsync(url, lobby, "Bob");
        cut(bob);
        await owner.inbox.firstAsync("memberChanged", isAway);
        await askAsync(owner, "kick", { id: bob.id, seconds: 60 });
        expect(await askToResumeAsync(bob.id, bob)).toMatchObject({ status: 404 });
        expect(await refusalAsync(joinAsync(url, "room", { name: lobby, identity: bob.identity }))).toBe("banned");
    });

    it("has no grace period after a protocol violation", async () => {
        await startAsync();
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, lobby, "Bob");
        // Exceeds the maximum frame size.
        alice.room.send("message", "x".repeat(200_000));
        await bob.inbox.firstAsync("memberLeft");
        expect(bob.inbox.count("memberChanged")).toBe(0);
    });
});

it("a resumed connection emits addressChanged for room and voice if its network address has changed", async () => {
    const told: ServerEvent[] = [];
    let address = "203.0.113.7";
    await startAsync(20, { onEvent: (event) => told.push(event), addressOf: () => address });
    const alice = await enterBothAsync(url, lobby, "Alice");
    const { id } = alice.member;
    const before = told.length;
    cut(alice.member);
    const back = await resumeAsync(id, alice.member);
    await back.inbox.firstAsync("welcome");
    expect(told.slice(before).map(({ type }) => type)).toEqual([]);
    address = "198.51.100.9";
    cut(back);
    cut(alice.voice);
    await resumeAsync(id, back);
    await resumeAsync(id, alice.voice);
    await until(() => told.length === before + 2);
    const event = { type: "addressChanged", before: "203.0.113.7", address, actor: { kind: "user", id }, member: { id, name: "Alice" } };
    expect(told.slice(before)).toMatchObject([
        { ...event, of: "room" },
        { ...event, of: "voice" },
    ]);
});

describe("a member whose page closes", () => {
    it("keeps order and ownership after a reload, without join or leave notices to members or the backend", async () => {
        const told: ServerEvent[] = [];
        await startAsync(20, { onEvent: (event) => told.push(event) });
        const alice = await enterBothAsync(url, lobby, "Alice");
        const bob = await enterBothAsync(url, lobby, "Bob");
        const { id, identity, roomId } = alice.member;
        const signal = await signalAsync(url, alice.voice);
        await askAsync(alice.member, "lock", { locked: true });
        const before = told.length;
        closePage(alice.member);
        closePage(alice.voice);
        await bob.member.inbox.firstAsync("memberChanged", isAway);
        await bob.voice.inbox.firstAsync("peerChanged", isAway);

        const back = await joinAsync(url, "room", { name: lobby, identity });
        const welcome = await back.inbox.firstAsync<{ room: { owner: string }; members: IMemberInfo[] }>("welcome");
        expect(welcome.room.owner).toBe(id);
        expect(welcome.members).toMatchObject([{ name: "Alice" }, { name: "Bob" }]);
        expect(welcome.members.filter(isAway)).toEqual([]);
        const voice = await enterVoiceAsync(url, { identity, id }, roomId);
        expect(voice.peers.map((peer) => peer.name)).toEqual(["Alice", "Bob"]);
        expect(voice.self).not.toBe(alice.voice.self);
        const { order } = await bob.voice.inbox.firstAsync<IRtcPeer>("peerChanged", ({ peerId }: IRtcPeer) => peerId === voice.self);
        // The peer with the higher order is the caller.
        expect(order).toBeGreaterThan(voice.peers.find((peer) => peer.name === "Bob")?.order ?? Infinity);
        await bob.member.inbox.firstAsync("memberChanged", (member: IMemberInfo) => member.id === id && !isAway(member));
        await signal.closed;
        // No other message about Alice was sent, and her new connection is accepted.
        voice.room.send("mute", { muted: true });
        await bob.voice.inbox.firstAsync("peerChanged", ({ muted }: IRtcPeer) => muted === "self");
        const comings = ["memberJoined", "memberLeft"].map((type) => bob.member.inbox.count(type));
        expect([...comings, ...["peerJoined", "peerLeft"].map((type) => bob.voice.inbox.count(type))]).toEqual([0, 0, 0, 0]);
        expect(told.slice(before).map(({ type }) => type)).toEqual(["muted"]);
    });

    it("emits `changed` to the app's backend if it returns with other attributes", async () => {
        const told: ServerEvent[] = [];
        await startAsync(20, { onEvent: (event) => told.push(event) });
        const alice = await enterAsync(url, lobby, "Alice", { attributes: { team: "red" } });
        const bob = await enterAsync(url, lobby, "Bob");
        closePage(alice);
        await bob.inbox.firstAsync("memberChanged", isAway);
        await joinAsync(url, "room", { name: lobby, identity: alice.identity, attributes: { team: "blue" } });
        await bob.inbox.firstAsync("memberChanged", (member: IMemberInfo) => member.attributes.team === "blue");
        await until(() => told.at(-1)?.type === "changed");
        expect(told.at(-1)).toMatchObject({
            actor: { kind: "user", id: alice.id },
            member: { id: alice.id, attributes: { team: "blue" } },
            before: { id: alice.id, attributes: { team: "red" } },
        });
        expect(told.at(-1)).not.toHaveProperty("before.reconnecting");
    });

    it("has the blocks of its new connection only", async () => {
        await startAsync();
        const alice = await enterBothAsync(url, lobby, "Alice");
        const bob = await enterBothAsync(url, lobby, "Bob");
        await askAsync(alice.voice, "block", { id: bob.voice.id, blocked: true });
        await bob.voice.inbox.firstAsync("blocked", ({ ids }: { ids: readonly string[] }) => ids.includes(alice.voice.id));
        closePage(alice.member);
        closePage(alice.voice);
        await bob.voice.inbox.firstAsync("peerChanged", isAway);
        const { identity, id, roomId } = alice.member;
        await joinAsync(url, "room", { name: lobby, identity });
        await enterVoiceAsync(url, { identity, id }, roomId);
        await bob.voice.inbox.firstAsync("blocked", ({ ids }: { ids: readonly string[] }) => ids.length === 0);
    });

    it("finds its private room by id, but not with the identity of another user", async () => {
        await startAsync();
        const alice = await enterAsync(url, lobby, "Alice", { private: true });
        const bob = await enterAsync(url, "another", "Bob");
        const { id, identity, roomId } = alice;
        expect(await refusalAsync(joinAsync(url, "room", { id: roomId, user: id, identity: bob.identity }, "join"))).toBe("roomNotFound");
        closePage(alice);
        await alice.left;
        const back = await joinAsync(url, "room", { id: roomId, user: id, identity }, "join");
        expect(back.room.roomId).toBe(roomId);
    });

    it("stays muted by a moderator", async () => {
        await startAsync();
        const owner = await enterBothAsync(url, lobby, "Owner");
        const bob = await enterBothAsync(url, lobby, "Bob");
        await askAsync(owner.voice, "moderate", { action: "mute", id: bob.voice.id });
        await bob.voice.inbox.firstAsync("peerChanged", ({ muted }: IRtcPeer) => muted === "moderator");
        closePage(bob.member);
        closePage(bob.voice);
        await owner.voice.inbox.firstAsync("peerChanged", isAway);
        const { identity, id } = bob.member;
        await (await joinAsync(url, "room", { name: lobby, identity })).inbox.firstAsync("welcome");
        const voice = await enterVoiceAsync(url, { identity, id }, bob.member.roomId);
        expect(voice.peers.find((peer) => peer.id === id)?.muted).toBe("moderator");
    });

    it("leaves shortly after if it was not a reload, with the reason `left`", async () => {
        await startAsync(20, { reloadSeconds: 1 });
        const alice = await enterBothAsync(url, lobby, "Alice");
        const bob = await enterBothAsync(url, lobby, "Bob");
        closePage(alice.member);
        closePage(alice.voice);
        await bob.member.inbox.firstAsync("memberChanged", isAway);
        expect(await bob.member.inbox.firstAsync("memberLeft")).toMatchObject({ id: alice.member.id, reason: "left" });
        expect(await bob.voice.inbox.firstAsync("peerLeft")).toMatchObject({ id: alice.member.id, reason: "left" });
    });

    it.each([
        { graceSeconds: 20, reloadSeconds: 0 },
        { graceSeconds: 0, reloadSeconds: 5 },
    ])("is removed at once with %o", async (options) => {
        await startAsync(undefined, options);
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, lobby, "Bob");
        closePage(alice);
        await bob.inbox.firstAsync("memberLeft");
        expect(bob.inbox.count("memberChanged")).toBe(0);
    });

    it("has a place that no other user can take", async () => {
        await startAsync();
        const alice = await enterAsync(url, lobby, "Alice", { maxMembers: 1 });
        closePage(alice);
        await alice.left;
        expect(await refusalAsync(enterAsync(url, lobby, "Alice"))).toBe("roomFull");
    });
});

it("a member's messages do not end another member's resumed voice whose handshake is slow", async () => {
    await startAsync();
    const { voice: alice } = await enterBothAsync(url, lobby, "Alice");
    const { voice: bob } = await enterBothAsync(url, lobby, "Bob");
    cut(alice);
    const { body } = await askToResumeAsync(alice.id, alice);
    const socket = new WebSocket(seatUrl(url, (body as unknown as IResumeReply).seat));
    await bob.inbox.firstAsync("peerChanged", (peer: IRtcPeer) => peer.id === alice.id && !isAway(peer));
    // Above the limit of 1 MiB of data for a client that does not read.
    const sendAllAsync = async (): Promise<void> => {
        for (let i = 0; i < 20; i++) {
            await askAsync(bob, "send", { to: alice.id, data: "x".repeat(60_000) });
        }
    };
    const sent = sendAllAsync();
    await Promise.race([once(socket, "close"), delay(3_000)]);
    socket.send(Uint8Array.of(Protocol.JOIN_ROOM));
    await sent;
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.terminate();
}, 30_000);

it("reconnecting repeatedly sends a member whose handshake is slow a bounded amount, and the last state", async () => {
    await startAsync();
    const alice = await enterAsync(url, lobby, "Alice");
    const bob = await enterAsync(url, lobby, "Bob", { attributes: { text: "x".repeat(2_000) } });
    cut(alice);
    const { body } = await askToResumeAsync(alice.id, alice);
    const socket = new WebSocket(seatUrl(url, (body as unknown as IResumeReply).seat));
    const frames: Buffer[] = [];
    socket.on("message", (frame: Buffer) => frames.push(frame));
    await bob.inbox.firstAsync("memberChanged", (member: IMemberInfo) => member.id === alice.id && !isAway(member));
    let last: IJoined = bob;
    for (let i = 0; i < 60; i++) {
        cut(last);
        await last.left;
        last = await resumeAsync(bob.id, bob);
    }
    socket.send(Uint8Array.of(Protocol.JOIN_ROOM));
    const told = (): string[] => frames.map((frame) => frame.toString("latin1")).filter((text) => text.includes("memberChanged"));
    await until(() => told().length > 10 && told().at(-1)?.includes("reconnecting") === false);
    // 120 notices with more than 2 KB each.
    expect(Buffer.concat(frames).length).toBeLessThan(170_000);
    socket.terminate();
}, 30_000);

describe("the secret of a member's stay", () => {
    it("is required to resume the stay", async () => {
        await startAsync();
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, lobby, "Bob");
        cut(alice);
        const { resume } = await bob.inbox.firstAsync<{ resume: IResume }>("welcome");
        for (const secret of [resume.secret, "", "x".repeat(40)]) {
            expect(await askToResumeAsync(alice.id, alice, secret)).toMatchObject({
                status: 404,
                body: { error: { code: "roomNotFound" } },
            });
        }
        for (const body of [{}, null, { room: 1, id: [], secret: {} }]) {
            expect(await postAsync(`${url}/resume`, body)).toMatchObject({ status: 400 });
        }
    });

    it("is rejected with duplicateIdentity once the same user has joined from another connection", async () => {
        await startAsync();
        const alice = await enterAsync(url, lobby, "Alice");
        const bob = await enterAsync(url, lobby, "Bob");
        cut(alice);
        await bob.inbox.firstAsync("memberChanged", isAway);
        const elsewhere = await joinAsync(url, "room", { name: lobby, identity: alice.identity });
        await elsewhere.inbox.firstAsync("welcome");
        await bob.inbox.firstAsync("memberChanged", (member: IMemberInfo) => member.id === alice.id && !isAway(member));
        expect(await askToResumeAsync(alice.id, alice)).toMatchObject({ body: { error: { code: "duplicateIdentity" } } });
        // The result is the same after the newer page has reloaded: a device that was asleep must not replace that page.
        closePage(elsewhere);
        await bob.inbox.firstAsync("memberChanged", isAway);
        await (await joinAsync(url, "room", { name: lobby, identity: alice.identity })).inbox.firstAsync("welcome");
        expect(await askToResumeAsync(alice.id, alice)).toMatchObject({ body: { error: { code: "duplicateIdentity" } } });
        expect(bob.inbox.count("memberLeft")).toBe(0);
    });
});

describe("a voice whose control connection drops", () => {
    it("keeps its peer id, order, mute and signalling; the others see it as reconnecting, then as connected", async () => {
        await startAsync();
        const alice = await enterBothAsync(url, lobby, "Alice");
        const bob = await enterBothAsync(url, lobby, "Bob");
        const signal = await signalAsync(url, bob.voice);
        bob.voice.room.send("mute", { muted: true });
        await alice.voice.inbox.firstAsync("peerChanged", ({ muted }: IRtcPeer) => muted === "self");
        const before = await bob.voice.inbox.firstAsync<IRtcPeer>("peerChanged", ({ muted }: IRtcPeer) => muted === "self");

        cut(bob.voice);
        await alice.voice.inbox.firstAsync("peerChanged", isAway);
        const back = await resumeAsync(bob.voice.id, bob.voice);
        const welcome = await back.inbox.firstAsync<{ self: string; secret: string; peers: IRtcPeer[] }>("welcome");
        expect([welcome.self, welcome.secret]).toEqual([bob.voice.self, bob.voice.secret]);
        expect(welcome.peers.find(({ id }) => id === bob.voice.id)).toEqual(before);
        await alice.voice.inbox.firstAsync(
            "peerChanged",
            (peer: IRtcPeer) => peer.id === bob.voice.id && !isAway(peer) && peer.muted === "self",
        );
        expect([alice.voice.inbox.count("peerLeft"), alice.voice.inbox.count("peerJoined")]).toEqual([0, 1]);
        expect(signal.socket.readyState).toBe(signal.socket.OPEN);
        // Messages on the new connection take effect.
        back.room.send("mute", { muted: false });
        await alice.voice.inbox.firstAsync(
            "peerChanged",
            (peer: IRtcPeer) => peer.id === bob.voice.id && peer.muted === "no" && peer.ready,
        );
    });

    it("is removed with its signalling socket when the grace period or the membership ends", async () => {
        await startAsync(1);
        const alice = await enterBothAsync(url, lobby, "Alice");
        const bob = await enterBothAsync(url, lobby, "Bob");
        const signal = await signalAsync(url, bob.voice);
        cut(bob.voice);
        expect(await alice.voice.inbox.firstAsync("peerLeft")).toMatchObject({ id: bob.voice.id, reason: "dropped" });
        await signal.closed;

        const again = await enterVoiceAsync(url, bob.member, bob.member.roomId);
        cut(again);
        await alice.voice.inbox.firstAsync("peerChanged", isAway);
        await bob.member.room.leave();
        await alice.voice.inbox.firstAsync("peerLeft", ({ peerId }: { peerId: string }) => peerId === again.self);
    });
});

it("a dropped member's voice is closed with tokenExpired after the grace period, and can be entered again", async () => {
    await startAsync(1);
    const alice = await enterBothAsync(url, lobby, "Alice");
    const bob = await enterBothAsync(url, lobby, "Bob");
    cut(bob.member);
    expect(await bob.voice.inbox.firstAsync("closed")).toMatchObject({ code: "tokenExpired" });
    expect(await alice.voice.inbox.firstAsync("peerLeft")).toMatchObject({ id: bob.voice.id, reason: "dropped" });
    const { room } = await joinAsync(url, "room", { name: lobby, identity: bob.member.identity });
    await enterVoiceAsync(url, bob.member, room.roomId);
});

it("the server closes without waiting for reconnecting members", async () => {
    await startAsync(300);
    const alice = await enterBothAsync(url, lobby, "Alice");
    cut(alice.member);
    cut(alice.voice);
    await Promise.all([alice.member.left, alice.voice.left]);
    await server.closeAsync();
    await startAsync();
});

it("the server closes without waiting for members whose seats are reserved and not taken yet", async () => {
    await startAsync();
    const { member, voice } = await enterBothAsync(url, lobby, "Alice");
    for (const joined of [member, voice]) {
        expect(await askToResumeAsync(member.id, joined)).toMatchObject({ status: 200 });
    }
    const begun = Date.now();
    await server.closeAsync();
    expect(Date.now() - begun).toBeLessThan(2000);
    expect(await member.inbox.firstAsync("closed")).toMatchObject({ code: "serverStopping" });
});
