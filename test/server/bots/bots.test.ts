import { join } from "node:path";
import { setTimeout as waitAsync } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { Bot } from "../../../samples/bots/bot.js";
import { VoiceLink } from "../../../samples/bots/botLink.js";
import { FrameClock, startBotsAsync } from "../../../samples/bots/startBots.js";
import { poseOf } from "../../../samples/bots/spots.js";
import { loadVoicesAsync } from "../../../samples/bots/voices.js";
import { enterAsync, enterBothAsync, quieten, rosterOf, signalAsync } from "../clients";
import { startServerAsync } from "../harness";
import type { IGrantReply, IRtcPeer } from "babylon-rtc-server/wire";
import type { IBotOptions } from "../../../samples/bots/bot.js";
import type { Mesh } from "../../../samples/bots/botMesh.js";
import type { IOpusClip } from "../../../samples/bots/oggOpus.js";
import type { ISignal } from "../../../samples/bots/botSignalling.js";
import type { IBotVoice } from "../../../samples/bots/voices.js";
import type { IMember, ISignalSocket, IVoice } from "../clients";
import type { IStartedServer } from "../harness";

let server: IStartedServer;
let voices: IBotVoice[];
let rooms = 0;
let room: string;
const cleanUps: (() => unknown)[] = [];

// The bots' DTLS handshakes run in TypeScript (werift), and are slow on a machine that runs other tests.
jest.setTimeout(60_000);

beforeAll(async () => {
    quieten();
    server = await startServerAsync();
    voices = await loadVoicesAsync(new URL(`${pathToFileURL(join(__dirname, "../../../samples/bots/clips")).href}/`));
});
afterAll(() => server.closeAsync());
beforeEach(() => (room = `bots ${(rooms += 1)}`));
afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) {
        await cleanUp();
    }
});

/** Collects the packets that a bot receives from one member, and waits for a number of them. */
class Ear {
    public readonly packets: { payload: number[]; timestamp: number }[] = [];
    private _waiting: { count: number; resolve: () => void } | null = null;

    public readonly onPacket = (_id: string, payload: Uint8Array, timestamp: number): void => {
        // A one-byte packet is silence.
        if (payload.length > 1) {
            this.packets.push({ payload: [...payload], timestamp });
            if (this._waiting && this.packets.length >= this._waiting.count) {
                this._waiting.resolve();
            }
        }
    };

    public async heardAsync(count: number): Promise<void> {
        await new Promise<void>((resolve) => (this._waiting = { count, resolve }));
    }
}

function voice(index: number): IBotVoice {
    const found = voices[index];
    if (!found) {
        throw new Error(`There is no voice ${index}.`);
    }
    return found;
}

/** Joins the room, but not its RTC room. */
async function visitorAsync(name: string, options: Record<string, unknown> = {}): Promise<IMember> {
    const member = await enterAsync(server.url, room, name, options);
    cleanUps.push(() => member.room.leave());
    return member;
}

async function botAsync(index: number, options: Partial<IBotOptions> = {}): Promise<Bot> {
    const bot = await Bot.EnterAsync({ server: server.url, room, voice: voice(index), pose: () => poseOf(index, 0), ...options });
    cleanUps.push(() => bot.closeAsync());
    return bot;
}

/** Resolves once a condition is true. Checks it every frame. */
async function untilAsync(isSo: () => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
        const clock = new FrameClock(() => {
            if (isSo()) {
                clock.stop();
                resolve();
            }
        });
        cleanUps.push(() => clock.stop());
    });
}

/** Resolves once each bot has an audio path to the given number of others. */
async function connectedAsync(bots: readonly Bot[], others: number): Promise<void> {
    await untilAsync(() => bots.every((bot) => bot.connected.length === others));
}

/** The mesh of a bot, from its private fields. */
function meshOf(bot: Bot): Mesh {
    const stay = Reflect.get(bot, "_stay") as object;
    return Reflect.get(stay, "_mesh") as Mesh;
}

const linksOf = (mesh: Mesh): VoiceLink[] =>
    [...(Reflect.get(mesh, "_paths") as Map<string, { link: VoiceLink | null }>).values()].flatMap(({ link }) => link ?? []);

const selfOf = (mesh: Mesh): IRtcPeer => Reflect.get(mesh, "_self") as IRtcPeer;

/** Open handles of the types that a bot could leak and that keep the process alive. */
const openHandles = (): string[] =>
    process
        .getActiveResourcesInfo()
        .filter((type) => type === "UDPWrap" || type === "TCPSocketWrap" || type === "Timeout")
        .sort();

/** Waits until there are at most as many open handles as before. A timer of werift's handshake stays active for up to half a second. */
async function releasedAsync(before: readonly string[]): Promise<void> {
    // Checked outside timer callbacks: the running timer would be counted as an open handle.
    while (openHandles().length > before.length) {
        await waitAsync(20);
        await new Promise((resolve) => setImmediate(resolve));
    }
}

const packetsOf = (clip: IOpusClip | undefined): number[][] => (clip?.packets ?? []).map((packet) => [...packet]);

describe("bots", () => {
    it("have four voices with five phrases each", () => {
        expect(voices.map(({ name, clips }) => [name, clips.length])).toEqual([
            ["Rowan", 5],
            ["Hazel", 5],
            ["Finn", 5],
            ["Juno", 5],
        ]);
    });

    it("receive each other's phrases completely and in order, as caller and as callee", async () => {
        const [ear, otherEar] = [new Ear(), new Ear()];
        const first = await botAsync(0, { onPacket: ear.onPacket });
        const second = await botAsync(1, { onPacket: otherEar.onPacket });
        await connectedAsync([first, second], 1);
        const [clip, otherClip] = [voice(0).clips[0], voice(1).clips[0]];
        if (!clip || !otherClip) {
            throw new Error("The voices have no phrases.");
        }
        const heard = Promise.all([otherEar.heardAsync(clip.packets.length), ear.heardAsync(otherClip.packets.length)]);

        first.speaker.say(clip);
        second.speaker.say(otherClip);
        const clock = new FrameClock((frame) => [first, second].forEach((bot) => bot.onFrame(frame)));
        cleanUps.push(() => clock.stop());
        await heard;

        expect(otherEar.packets.map(({ payload }) => payload)).toEqual(packetsOf(clip));
        expect(ear.packets.map(({ payload }) => payload)).toEqual(packetsOf(otherClip));
        const start = otherEar.packets[0]?.timestamp ?? 0;
        expect(otherEar.packets.map(({ timestamp }) => timestamp - start)).toEqual(clip.packets.map((_, index) => index * 960));
    });

    it("send their pose at once, to present members and to new ones", async () => {
        const early = await visitorAsync("Early");
        const bot = await botAsync(2);

        const late = await visitorAsync("Late");

        const since = performance.now();
        await late.inbox.firstAsync("message");
        // Poses are sent once a second anyway; a new member receives them immediately.
        expect(performance.now() - since).toBeLessThan(500);
        for (const { inbox } of [early, late]) {
            expect(await inbox.firstAsync("message")).toEqual({ from: bot.id, topic: "pose", data: poseOf(2, 0) });
        }
        expect(await late.inbox.firstAsync("welcome")).toMatchObject({
            members: [{ name: "Early" }, { id: bot.id, name: "Finn", attributes: { kind: "bot", color: "#6fb04c" } }, { name: "Late" }],
        });
    });

    it("set their interest in other members to `warm`", async () => {
        const bot = await botAsync(0);
        const { voice: person } = await personAsync(new Ear(), "nobody");

        expect(await person.inbox.firstAsync("interest")).toEqual({ from: bot.id, interest: "warm" });
    });

    it("send speech to a member only while its interest is `on`", async () => {
        const ear = new Ear();
        const bot = await botAsync(3);
        const person = await personAsync(ear, "caller");
        await connectedAsync([bot], 1);
        const [, , clip, , next] = voice(3).clips;
        const clock = new FrameClock((frame) => bot.onFrame(frame));
        cleanUps.push(() => clock.stop());

        await interestAsync(person, bot, "warm");
        if (clip && next) {
            bot.speaker.say(clip);
            await untilAsync(() => !bot.speaker.speaking);
            await interestAsync(person, bot, "on");
            const heard = ear.heardAsync(next.packets.length);
            bot.speaker.say(next);
            await heard;
        }

        expect(ear.packets.map(({ payload }) => payload)).toEqual(packetsOf(next));
    });

    it("ignore a call from a member that they call themselves", async () => {
        const person = await personAsync(new Ear(), "nobody");
        const bot = await botAsync(3);
        const offered = await person.signal.inbox.firstAsync<ISignal>("OFFER");

        const mesh = meshOf(bot);
        // The bot joined later, so it is the caller. The server does not relay a call in the other direction.
        mesh.onSignal({ ...offered, src: person.voice.self, payload: { ...offered.payload, connectionId: "mc_another" } });

        expect(linksOf(mesh).map(({ connectionId }) => connectionId)).toEqual([offered.payload.connectionId]);
    });

    it("are silent while a moderator mutes them", async () => {
        const ear = new Ear();
        const bot = await botAsync(3);
        await personAsync(ear, "caller");
        await connectedAsync([bot], 1);
        const mesh = meshOf(bot);
        const [, , clip, , next] = voice(3).clips;
        const clock = new FrameClock((frame) => bot.onFrame(frame));
        cleanUps.push(() => clock.stop());

        const self = selfOf(mesh);
        mesh.setPeer({ ...self, muted: "moderator" });
        if (clip && next) {
            bot.speaker.say(clip);
            await untilAsync(() => !bot.speaker.speaking);
            mesh.setPeer(self);
            const heard = ear.heardAsync(next.packets.length);
            bot.speaker.say(next);
            await heard;
        }

        expect(ear.packets.map(({ payload }) => payload)).toEqual(packetsOf(next));
    });

    it("rejoin after a restart of the server, and reconnect to each other", async () => {
        const log: string[] = [];
        const own = await startServerAsync();
        const options = { server: own.url, log: (line: string) => void log.push(line) };
        const bots = [await botAsync(0, options), await botAsync(1, options)];
        await connectedAsync(bots, 1);
        const before = bots.map(({ id }) => id);

        await own.closeAsync();
        await connectedAsync(bots, 0);
        const again = await startServerAsync({ port: Number(new URL(own.url).port) });
        cleanUps.push(() => again.closeAsync());
        await connectedAsync(bots, 1);

        // The new server has another secret, so the old identities are not valid there.
        expect(bots.map(({ id }) => id)).not.toEqual(before);
        expect(log.filter((line) => line.endsWith("is back"))).toHaveLength(2);
    });

    it("renew their grant before it expires", async () => {
        const log: string[] = [];
        // Bots renew at 80 % of the lifetime. 6 s leaves a busy machine 1.2 s for the renewal.
        const own = await startServerAsync({ grantTtlSeconds: 6 });
        cleanUps.push(() => own.closeAsync());
        const options = { server: own.url, log: (line: string) => void log.push(line) };
        const bots = [await botAsync(0, options), await botAsync(1, options)];
        await connectedAsync(bots, 1);
        const links = bots.flatMap((bot) => linksOf(meshOf(bot)));

        // Waits until after the expiry of the first grant.
        await waitAsync(8_000);

        expect(log).toEqual([]);
        expect(bots.flatMap((bot) => linksOf(meshOf(bot)))).toEqual(links);
    });

    it("retry a failed renewal before their grant expires", async () => {
        const send = globalThis.fetch;
        let begin = 0;
        let requests = 0;
        const retried = new Promise<number>((resolve) => {
            const spy = jest.spyOn(globalThis, "fetch").mockImplementation(async (url, init) => {
                if (url !== `${server.url}/token`) {
                    return await send(url, init);
                }
                requests++;
                if (requests === 1) {
                    const grant = (await (await send(url, init)).json()) as IGrantReply;
                    begin = performance.now();
                    return Response.json({ ...grant, expiresInMs: 5_000 });
                }
                if (requests === 2) {
                    throw new TypeError("fetch failed");
                }
                resolve(performance.now() - begin);
                return await send(url, init);
            });
            cleanUps.push(() => spy.mockRestore());
        });

        await botAsync(0);

        // The renewal fails at 80 % of the lifetime, and is retried 1 s later. 2 s are left to a busy machine.
        expect(await retried).toBeLessThan(7_000);
    });

    it("stop trying to rejoin when they are closed", async () => {
        const own = await startServerAsync();
        const handles = openHandles();
        const log: string[] = [];
        const bot = await botAsync(0, { server: own.url, log: (line) => void log.push(line) });
        await own.closeAsync();
        await untilAsync(() => log.length > 1);

        await bot.closeAsync();

        expect(log[1]).toMatch("cannot rejoin yet");
        await releasedAsync(handles);
    });
});

describe("startBotsAsync", () => {
    it("adds bots in order, and removes them without leaving a socket or timer open", async () => {
        const person = await visitorAsync("Person");
        const handles = openHandles();
        const bots = await startBotsAsync({ server: `${server.url}/`, room, count: 3 });
        expect(rosterOf(person.inbox)).toEqual(["Person", "Rowan", "Hazel", "Finn"]);

        await bots.closeAsync();
        await bots.closeAsync();

        await releasedAsync(handles);
        await untilAsync(() => person.inbox.count("memberLeft") === 3);
        expect(rosterOf(person.inbox)).toEqual(["Person"]);
    });

    it("lets a member hear the bots' phrases", async () => {
        const ear = new Ear();
        const bots = await startBotsAsync({ server: server.url, room, count: 2 });
        cleanUps.push(() => bots.closeAsync());
        await personAsync(ear, "caller");

        await ear.heardAsync(20);

        const known = [...packetsOf(voice(0).clips[0]), ...packetsOf(voice(1).clips[0])].map(String);
        expect(ear.packets.every(({ payload }) => known.includes(String(payload)))).toBe(true);
    });

    it("rejects with the cause if a bot cannot join, and removes the other bots", async () => {
        await expect(startBotsAsync({ server: "http://localhost:1", room, count: 1 })).rejects.toThrow("fetch failed");
        await expect(startBotsAsync({ server: server.url, room, count: -1 })).rejects.toThrow("-1");
        const person = await visitorAsync("Person", { maxMembers: 2 });

        await expect(startBotsAsync({ server: server.url, room, count: 2 })).rejects.toThrow("roomFull");

        await person.inbox.firstAsync("memberLeft");
        expect(rosterOf(person.inbox)).toEqual(["Person"]);
    });

    it("can be cancelled while bots are joining", async () => {
        const person = await visitorAsync("Person");
        const cancel = new AbortController();
        const starting = startBotsAsync({ server: server.url, room, count: 4, signal: cancel.signal });
        await person.inbox.firstAsync("memberJoined");

        cancel.abort(new Error("enough"));

        await expect(starting).rejects.toThrow("enough");
        await untilAsync(() => rosterOf(person.inbox).length === 1);
    });
});

/** A member of the room and its RTC room that uses the test client instead of a browser. */
interface IPerson {
    readonly voice: IVoice;
    readonly signal: ISignalSocket;
    call(peerId: string): void;
}

/** Enters both rooms, and opens the signalling socket. A `caller` then calls every peer that is present; `nobody` makes no calls. */
async function personAsync(ear: Ear, part: "caller" | "nobody"): Promise<IPerson> {
    const { member, voice: own } = await enterBothAsync(server.url, room, "Person");
    const signal = await signalAsync(server.url, own);
    const links = new Map<string, VoiceLink>();
    signal.socket.on("message", (data: Buffer) => {
        const message = JSON.parse(data.toString()) as ISignal;
        if (message.type === "ANSWER" || message.type === "CANDIDATE") {
            links.get(message.src)?.onSignal(message);
        }
    });
    const call = (dst: string): void => {
        const link = VoiceLink.Call([], {
            send: (type, payload) => signal.send({ type, dst, payload }),
            onConnected: () => undefined,
            onEnded: () => undefined,
            onPacket: (payload, timestamp) => ear.onPacket(dst, payload, timestamp),
        });
        links.set(dst, link);
        cleanUps.push(() => link.closeAsync());
    };
    cleanUps.push(async () => {
        signal.socket.terminate();
        await Promise.all([member.room.leave(), own.room.leave()]);
    });
    for (const { id, peerId, ready } of part === "caller" ? own.peers.filter((peer) => peer.peerId !== own.self) : []) {
        if (!ready) {
            // The peer is in the room; its signalling socket is still being opened.
            await own.inbox.firstAsync("peerChanged", (peer: IRtcPeer) => peer.id === id && peer.ready);
        }
        call(peerId);
    }
    return { voice: own, signal, call };
}

/** Sets a person's interest in a bot's voice, and waits until the bot has received it. */
async function interestAsync(person: IPerson, bot: Bot, interest: "on" | "warm"): Promise<void> {
    const mesh = meshOf(bot);
    const set = mesh.setInterest.bind(mesh);
    const told = new Promise<void>((resolve) => {
        mesh.setInterest = (message) => {
            set(message);
            resolve();
        };
    });
    person.voice.room.send("interest", { to: bot.id, interest });
    await told;
}
