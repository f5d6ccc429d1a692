import { EventEmitter } from "node:events";
import { createRtcServer } from "babylon-rtc-server";
import { callRate } from "../../../protocol/callOrder.js";
import { toSettings } from "../../../server/src/config/settings.js";
import { Tally } from "../../../server/src/metrics/tally.js";
import { PeerDirectory } from "../../../server/src/rooms/voice/peerDirectory.js";
import { Signalling } from "../../../server/src/signalling/signalling.js";
import { UnsentBudget } from "../../../server/src/util/unsentBudget.js";
import { callSignal, enterBothAsync, enterVoiceAsync, openAsync, quieten, signalAsync, signalUrl } from "../clients";
import { WebSocket } from "ws";
import type { IRtcServer, ServerEvent } from "babylon-rtc-server";
import type { IRtcPeer } from "../../../protocol/wire.js";
import type { ISignalSocket, IVoice } from "../clients";

let server: IRtcServer;
let url: string;
let rooms = 0;
let lobby: string;
const events: ServerEvent[] = [];

beforeAll(async () => {
    quieten();
    server = await createRtcServer({
        port: 0,
        secret: "a secret of at least thirty-two bytes",
        limits: { signalling: { perSecond: 100, burst: 300 } },
        onEvent: (event) => events.push(event),
    });
    ({ url } = server);
});
afterAll(() => server.closeAsync());
beforeEach(() => (lobby = `lobby ${(rooms += 1)}`));

interface ICaller {
    readonly voice: IVoice;
    readonly signal: ISignalSocket;
}

async function callerAsync(roomName: string, name: string): Promise<ICaller> {
    const { voice } = await enterBothAsync(url, roomName, name);
    return { voice, signal: await signalAsync(url, voice) };
}

/** Waits until the server has handled everything that `from` sent before: a socket keeps the order of its messages. */
async function settleAsync(from: ICaller, to: ICaller, mark: string): Promise<void> {
    from.signal.send(callSignal("CANDIDATE", to.voice.self, "mc_1", { mark }));
    await to.signal.inbox.firstAsync("CANDIDATE", (message: { payload?: { mark?: string } }) => message.payload?.mark === mark);
}

const received = ({ signal }: ICaller, type: string): unknown[] =>
    signal.inbox.all.filter((entry) => entry.type === type).map(({ message }) => message);

describe("a signalling socket", () => {
    it("is refused unless its peer id and secret belong to the connection", async () => {
        const { voice: alice } = await enterBothAsync(url, lobby, "Alice");
        const { voice: mallory } = await enterBothAsync(url, `${lobby} next door`, "Mallory");
        const base = `${url.replace("http", "ws")}/signal/peerjs`;
        const addresses = [
            base,
            `${base}?key=peerjs`,
            `${base}?key=peerjs&id=${alice.self}`,
            signalUrl(url, alice.self, ""),
            signalUrl(url, alice.self, "guess"),
            signalUrl(url, alice.self, mallory.secret),
            signalUrl(url, alice.self, alice.grant.token),
            signalUrl(url, alice.self, alice.identity),
            signalUrl(url, "made-up", mallory.secret),
            signalUrl(url, "__proto__", mallory.secret),
            signalUrl(url, alice.self, alice.secret).replace("key=peerjs", "key=other"),
            // Duplicate parameters: our check and PeerServer could each read a different one.
            `${signalUrl(url, mallory.self, mallory.secret)}&id=${alice.self}`,
            `${signalUrl(url, alice.self, mallory.secret)}&id=${mallory.self}`,
            `${signalUrl(url, mallory.self, mallory.secret)}&token=x`,
        ];
        for (const address of addresses) {
            await expect(openAsync(address)).rejects.toThrow("refused 401");
        }
        await expect(openAsync(signalUrl(url, alice.self, alice.secret))).resolves.toBeDefined();
    });

    it("is closed when the member leaves the RTC room, and cannot be reopened", async () => {
        const { voice, signal } = await callerAsync(lobby, "Alice");
        await voice.room.leave();
        expect(await signal.closed).toBe(4109);
        await expect(openAsync(signalUrl(url, voice.self, voice.secret))).rejects.toThrow("refused 401");
    });

    it("replaces an older socket of the same peer, which is closed", async () => {
        const alice = await callerAsync(lobby, "Alice");
        const bob = await callerAsync(lobby, "Bob");
        const again: ICaller = { voice: alice.voice, signal: await signalAsync(url, alice.voice) };
        expect(await alice.signal.closed).toBe(1006);
        await settleAsync(again, bob, "again");
        bob.signal.send(callSignal("OFFER", alice.voice.self));
        await again.signal.inbox.firstAsync("OFFER");
        // Bob was told last that Alice is ready, so his client does not wait for her old socket.
        const readiness = bob.voice.inbox.all
            .filter(({ type, message }) => type === "peerChanged" && (message as IRtcPeer).id === alice.voice.id)
            .map(({ message }) => (message as IRtcPeer).ready);
        expect(readiness.at(-1)).toBe(true);
    });

    it("is the only open one after several were opened at the same time", async () => {
        const alice = await callerAsync(lobby, "Alice");
        const { voice } = await enterBothAsync(url, lobby, "Bob");
        const opened = await Promise.allSettled(Array.from({ length: 5 }, () => openAsync(signalUrl(url, voice.self, voice.secret))));
        const sockets = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
        expect(sockets.length).toBeGreaterThan(0);
        alice.signal.send(callSignal("CANDIDATE", voice.self));
        const heard = await Promise.race(
            sockets.map(async (socket, index) => await socket.inbox.firstAsync("CANDIDATE").then(() => index)),
        );
        const closed = sockets.filter((_socket, index) => index !== heard).map((socket) => socket.closed);
        await Promise.all(closed);
    });

    it("is closed within 10.5 s if the network stops answering", async () => {
        const alice = await callerAsync(lobby, "Alice");
        const bob = await callerAsync(lobby, "Bob");
        const begun = Date.now();
        // A lost network answers no ping and closes no socket.
        (bob.signal.socket as unknown as { pong(): void }).pong = () => undefined;
        const control = (bob.voice.room.connection.transport as unknown as { ws: { pong(): void } }).ws;
        control.pong = () => undefined;
        const isGone = ({ reconnecting, ready }: IRtcPeer): boolean => reconnecting === true && !ready;
        expect(await alice.voice.inbox.firstAsync("peerChanged", isGone, 12_000)).toMatchObject({ id: bob.voice.id });
        expect(Date.now() - begun).toBeLessThan(10_500);
    }, 20_000);
});

describe("a signalling message", () => {
    it("is relayed within an RTC room, with the sender's true id", async () => {
        const alice = await callerAsync(lobby, "Alice");
        const bob = await callerAsync(lobby, "Bob");
        const payload = { sdp: { type: "offer", sdp: "v=0" }, type: "media", connectionId: "mc_1", metadata: { deep: [{ er: 1 }] } };
        bob.signal.send({ type: "OFFER", src: "somebody else", dst: alice.voice.self, payload });
        expect(await alice.signal.inbox.firstAsync("OFFER")).toEqual({
            type: "OFFER",
            src: bob.voice.self,
            dst: alice.voice.self,
            payload,
        });
        for (const type of ["ANSWER", "CANDIDATE"] as const) {
            alice.signal.send(callSignal(type, bob.voice.self));
            expect(await bob.signal.inbox.firstAsync(type)).toMatchObject({ src: alice.voice.self });
        }
    });

    it("is not delivered to another RTC room, to no unknown or unready peer, and is not queued", async () => {
        const alice = await callerAsync(lobby, "Alice");
        const witness = await callerAsync(lobby, "Bob");
        const stranger = await callerAsync(`${lobby} next door`, "Carol");
        const unready = await enterBothAsync(url, lobby, "Dave");
        for (const dst of [stranger.voice.self, unready.voice.self, "made-up", "", 5, null, { $ne: 1 }]) {
            for (const type of ["OFFER", "ANSWER", "CANDIDATE"] as const) {
                alice.signal.send({ ...callSignal(type, ""), dst });
            }
        }
        await settleAsync(alice, witness, "done");
        const dave: ICaller = { voice: unready.voice, signal: await signalAsync(url, unready.voice) };
        await settleAsync(alice, dave, "and done");
        expect(dave.signal.inbox.all.map(({ type }) => type)).toEqual(["OPEN", "CANDIDATE"]);
        expect(stranger.signal.inbox.all.map(({ type }) => type)).toEqual(["OPEN"]);
    });

    it("of a type that PeerServer handles itself is ignored", async () => {
        const alice = await callerAsync(lobby, "Alice");
        const bob = await callerAsync(lobby, "Bob");
        // In PeerServer, this frees the sender's id for other clients.
        alice.signal.send({ type: "LEAVE" });
        for (const type of ["OPEN", "ERROR", "ID-TAKEN", "HEARTBEAT", "LEAVE", "EXPIRE", "constructor", 7, undefined]) {
            alice.signal.send({ ...callSignal("OFFER", bob.voice.self), type });
        }
        await settleAsync(alice, bob, "done");
        await settleAsync(bob, alice, "done");
        expect(bob.signal.inbox.all.map(({ type }) => type)).toEqual(["OPEN", "CANDIDATE"]);
    });

    it("that cannot be serialized is dropped, and the receiver's socket stays open", async () => {
        const alice = await callerAsync(lobby, "Alice");
        const bob = await callerAsync(lobby, "Bob");
        // PeerServer parses this message, fails to serialize it, and then closes the receiver's socket.
        const deep = `${"[".repeat(30_000)}${"]".repeat(30_000)}`;
        bob.signal.send(`{"type":"OFFER","dst":"${alice.voice.self}","payload":{"type":"media","connectionId":"mc_1","metadata":${deep}}}`);
        await settleAsync(bob, alice, "done");
        expect(received(alice, "OFFER")).toEqual([]);
        expect(alice.signal.socket.readyState).toBe(alice.signal.socket.OPEN);
    });

    it.each([
        ["null", "null"],
        ["a number", "5"],
        ["a string", '"text"'],
        ["an array", "[[[]]]"],
        ["empty", ""],
        ["incomplete JSON", '{"type":"OFFER"'],
        ["bytes", Buffer.from([0xff, 0x00, 0xfe])],
    ])("that is %s is dropped", async (_what, message) => {
        const alice = await callerAsync(lobby, "Alice");
        const bob = await callerAsync(lobby, "Bob");
        alice.signal.socket.send(message);
        await settleAsync(alice, bob, "done");
        expect(bob.signal.inbox.all.map(({ type }) => type)).toEqual(["OPEN", "CANDIDATE"]);
    });

    it("of more than 64 KiB closes the sender's socket only", async () => {
        const alice = await callerAsync(lobby, "Alice");
        const bob = await callerAsync(lobby, "Bob");
        const carol = await callerAsync(lobby, "Carol");
        alice.signal.send(callSignal("CANDIDATE", bob.voice.self, "mc_1", { padding: "x".repeat(65_536) }));
        expect(await alice.signal.closed).toBe(1009);
        await settleAsync(carol, bob, "done");
        expect(received(bob, "OFFER")).toEqual([]);
    });

    it("is dropped above the rate limit, and a sender who continues is removed from the RTC room", async () => {
        const alice = await callerAsync(lobby, "Alice");
        const bob = await callerAsync(lobby, "Bob");
        const begun = Date.now();
        for (let index = 0; index < 1000; index += 1) {
            alice.signal.send(callSignal("CANDIDATE", bob.voice.self, "mc_1", { index }));
        }
        for (let index = 0; index < 5000; index += 1) {
            alice.signal.send("null");
        }
        expect(await alice.voice.inbox.firstAsync("closed")).toMatchObject({ code: "rateLimited" });
        expect(await alice.voice.left).toBe(4110);
        await alice.signal.closed;
        await bob.voice.inbox.firstAsync("peerLeft");
        const passed = received(bob, "CANDIDATE").length;
        expect(passed).toBeGreaterThanOrEqual(300);
        expect(passed).toBeLessThanOrEqual(300 + Math.ceil(((Date.now() - begun) / 1000) * 100));
    });

    it("is rate-limited per connection to the RTC room, also through a new socket", async () => {
        const alice = await callerAsync(lobby, "Alice");
        const bob = await callerAsync(lobby, "Bob");
        const begun = Date.now();
        let sent = alice;
        for (let round = 0; round < 5; round += 1) {
            for (let index = 0; index < 250; index += 1) {
                sent.signal.send(callSignal("CANDIDATE", bob.voice.self, "mc_1", { index }));
            }
            // The server gets the close frame after everything sent before it.
            sent.signal.socket.close();
            await sent.signal.closed;
            sent = { voice: alice.voice, signal: await signalAsync(url, alice.voice) };
        }
        await settleAsync(bob, sent, "done");
        expect(received(bob, "CANDIDATE").length).toBeLessThanOrEqual(300 + Math.ceil(((Date.now() - begun) / 1000) * 100));
    });
});

describe("calls", () => {
    const refusals = (): readonly { reason: string; message: string; id: string | null; address: string | null }[] =>
        events.flatMap((event) =>
            event.type === "refused" && event.request === "signalling"
                ? [
                      {
                          reason: event.reason,
                          message: event.message,
                          id: event.actor.kind === "user" ? event.actor.id : null,
                          address: event.address,
                      },
                  ]
                : [],
        );
    beforeEach(() => (events.length = 0));

    it("are relayed only from the member who joined later", async () => {
        const alice = await callerAsync(lobby, "Alice");
        const bob = await callerAsync(lobby, "Bob");
        alice.signal.send(callSignal("OFFER", bob.voice.self));
        bob.signal.send(callSignal("OFFER", alice.voice.self));
        await settleAsync(alice, bob, "done");
        await settleAsync(bob, alice, "done");
        expect([received(alice, "OFFER").length, received(bob, "OFFER").length]).toEqual([1, 0]);
        expect(refusals()).toMatchObject([{ reason: "forbidden", id: alice.voice.id }]);
    });

    it("of one pair are rate-limited, also across rejoins, and which does not limit others", async () => {
        const alice = await callerAsync(lobby, "Alice");
        let mallory = await callerAsync(lobby, "Mallory");
        const begun = Date.now();
        for (let round = 0; round < 3; round += 1) {
            for (let index = 0; index < (round === 0 ? callRate.burst + 2 : 2); index += 1) {
                mallory.signal.send(callSignal("OFFER", alice.voice.self, `mc_${round}_${index}`));
            }
            await settleAsync(mallory, alice, `round ${round}`);
            const { room } = JSON.parse(Buffer.from(mallory.voice.grant.token.split(".")[1] ?? "", "base64url").toString()) as {
                room: string;
            };
            const voice = await enterVoiceAsync(url, mallory.voice, room);
            mallory = { voice, signal: await signalAsync(url, voice) };
        }
        const bob = await callerAsync(lobby, "Bob");
        bob.signal.send(callSignal("OFFER", alice.voice.self, "mc_bob"));
        await settleAsync(bob, alice, "Bob's");
        const ids = received(alice, "OFFER").map((message) => (message as { payload: { connectionId: string } }).payload.connectionId);
        expect(ids.at(-1)).toBe("mc_bob");
        expect(ids.length - 1).toBeGreaterThanOrEqual(callRate.burst);
        expect(ids.length - 1).toBeLessThanOrEqual(callRate.burst + Math.ceil(((Date.now() - begun) / 1000) * callRate.perSecond));
        expect(refusals()).toContainEqual(expect.objectContaining({ reason: "rateLimited", id: mallory.voice.id }));
    });

    it("accept one answer each, from the callee, to the newest call of the pair", async () => {
        const alice = await callerAsync(lobby, "Alice");
        const bob = await callerAsync(lobby, "Bob");
        alice.signal.send(callSignal("ANSWER", bob.voice.self, "mc_never"));
        bob.signal.send(callSignal("OFFER", alice.voice.self, "mc_old"));
        bob.signal.send(callSignal("OFFER", alice.voice.self, "mc_new"));
        bob.signal.send(callSignal("ANSWER", alice.voice.self, "mc_new"));
        await settleAsync(bob, alice, "called");
        for (const id of ["mc_old", "mc_new", "mc_new", "mc_other"]) {
            alice.signal.send(callSignal("ANSWER", bob.voice.self, id));
        }
        await settleAsync(alice, bob, "answered");
        expect(received(alice, "ANSWER")).toEqual([]);
        expect(received(bob, "ANSWER")).toMatchObject([{ payload: { connectionId: "mc_new" } }]);
    });

    // Must be the last test, because it uses up the refusal events of this address: after 20 at once, they are rate limited.
    it("for data channels are rejected and reported, and repeating them removes the member", async () => {
        const alice = await callerAsync(lobby, "Alice");
        const mallory = await callerAsync(lobby, "Mallory");
        for (let index = 0; index < 1120 && mallory.signal.socket.readyState === WebSocket.OPEN; index += 1) {
            mallory.signal.send({
                type: "OFFER",
                dst: alice.voice.self,
                payload: { type: "data", connectionId: `dc_${index}`, serialization: "binary", sdp: { type: "offer", sdp: "v=0" } },
            });
        }
        expect(await mallory.voice.inbox.firstAsync("closed")).toMatchObject({ code: "rateLimited" });
        await mallory.signal.closed;
        const bob = await callerAsync(lobby, "Bob");
        bob.signal.send(callSignal("OFFER", alice.voice.self, "mc_bob"));
        await alice.signal.inbox.firstAsync("OFFER");
        expect(received(alice, "OFFER")).toMatchObject([{ src: bob.voice.self, payload: { type: "media" } }]);
        expect(refusals()[0]).toEqual({
            reason: "forbidden",
            message: "Signalling supports only audio calls.",
            id: mallory.voice.id,
            address: expect.stringMatching(/127\.0\.0\.1|::1/) as string,
        });
    });
});

it("PeerServer accepts any number of clients", () => {
    class Client extends EventEmitter {
        public readonly sent: string[] = [];
        public send(message: string): void {
            this.sent.push(message);
        }
        public close(): void {
            this.emit("close");
        }
    }
    const settings = toSettings({ development: true });
    const unsent = new UnsentBudget(settings.unsent, settings.ticks);
    const signalling = new Signalling({ peers: new PeerDirectory(), unsent, settings, tally: new Tally() });
    const { _sockets: sockets } = signalling as unknown as { readonly _sockets: EventEmitter };
    const clients = Array.from({ length: 6000 }, () => new Client());
    clients.forEach((client, index) => sockets.emit("connection", client, { url: `/peerjs?key=peerjs&id=${index}&token=x` }));
    expect(clients.filter(({ sent }) => sent.join() !== '{"type":"OPEN"}')).toEqual([]);
    signalling.dispose();
});

it("a voice that joins again can signal at once", async () => {
    const alice = await callerAsync(lobby, "Alice");
    const bob = await callerAsync(lobby, "Bob");
    const { room } = JSON.parse(Buffer.from(bob.voice.grant.token.split(".")[1] ?? "", "base64url").toString()) as { room: string };
    const voice = await enterVoiceAsync(url, bob.voice, room);
    const again: ICaller = { voice, signal: await signalAsync(url, voice) };
    await settleAsync(alice, again, "to the new one");
    await settleAsync(again, alice, "from the new one");
});
