import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import {
    callSignal,
    enterAsync,
    enterBothAsync,
    guestAsync,
    joinAsync,
    postAsync,
    quieten,
    refusalAsync,
    rosterOf,
    seatUrl,
    signalAsync,
} from "./clients";
import { startServerAsync } from "./harness";
import type { IMember, ISignalSocket, IVoice } from "./clients";
import type { IStartedServer } from "./harness";

jest.setTimeout(60_000);

/** Rate limits so high that all messages and requests reach the checks behind them. */
const noLimits = { signalling: { perSecond: 1e7, burst: 1e7 }, requests: { perSecond: 1e6, burst: 1e6 } };

interface ICaller {
    readonly voice: IVoice;
    readonly signal: ISignalSocket;
}

async function callerAsync(url: string, roomName: string, name: string): Promise<ICaller> {
    const { voice } = await enterBothAsync(url, roomName, name);
    return { voice, signal: await signalAsync(url, voice) };
}

/**
 * Sends candidates from one caller to another until stopped, but at least two. Each is sent 60 ms after the previous one has arrived, which is
 * within the server's limit of 20 per second. Returns how long each took, in milliseconds.
 */
function keepCalling(from: ICaller, to: ICaller): () => Promise<number[]> {
    const times: number[] = [];
    const stopping = new AbortController();
    const loop = (async () => {
        // At least two rounds, since the server may disconnect the flooding client before the second one.
        for (let round = 0; !stopping.signal.aborted || times.length < 2; round += 1) {
            const begun = performance.now();
            from.signal.send(callSignal("CANDIDATE", to.voice.self, "mc_1", { round }));
            await to.signal.inbox.firstAsync("CANDIDATE", (message: { payload?: { round?: number } }) => message.payload?.round === round);
            times.push(performance.now() - begun);
            to.signal.inbox.all.length = 0;
            await delay(60);
        }
    })();
    return async () => {
        stopping.abort();
        await loop;
        return times;
    };
}

/** Yields to other tasks, and waits until at most 100 kB are left in the send buffer, or the socket closes. */
async function drainedAsync(socket: WebSocket): Promise<void> {
    do {
        await delay(1);
    } while (socket.readyState === socket.OPEN && socket.bufferedAmount > 100_000);
}

describe.each([
    ["with the limits lifted", noLimits, 4500],
    ["with the default limits", {}, 2000],
])("a server %s", (_what, limits, slowestMs) => {
    let server: IStartedServer;
    let url: string;
    /**
     * A socket that never completes its handshake, and a member of its room. Opened first: the server's timeout of 5 s runs during the other tests.
     */
    let openHandshake: { readonly closed: Promise<number>; readonly bob: IMember };

    beforeAll(async () => {
        quieten();
        server = await startServerAsync({ limits });
        ({ url } = server);
        const bob = await enterAsync(url, "handshake", "Bob");
        const { identity } = await guestAsync(url, "Mallory");
        const seat = (await postAsync(`${url}/matchmake/joinOrCreate/room`, { name: "handshake", identity })).body;
        const socket = new WebSocket(seatUrl(url, seat));
        openHandshake = { bob, closed: new Promise((resolve) => socket.once("close", resolve)) };
    });
    afterAll(async () => expect(await server.closeAsync()).toBe(0));

    it("serves other clients during 100,000 malformed messages", async () => {
        const alice = await callerAsync(url, "honest", "Alice");
        const bob = await callerAsync(url, "honest", "Bob");
        const mallory = await callerAsync(url, "honest", "Mallory");
        const stop = keepCalling(alice, bob);
        const malformed = [
            "null",
            "5",
            "[]",
            "{",
            "",
            '"x"',
            '{"type":null}',
            '{"type":"OFFER","dst":["x"]}',
            "\u0000",
            Buffer.from([0xff, 0xfe]),
        ];
        for (let index = 0; index < 100_000 && mallory.signal.socket.readyState === WebSocket.OPEN; index += 1) {
            mallory.signal.socket.send(malformed[index % malformed.length] ?? "");
            if (index % 500 === 0) {
                await drainedAsync(mallory.signal.socket);
            }
        }
        const times = await stop();
        expect(times.length).toBeGreaterThanOrEqual(2);
        expect(Math.max(...times)).toBeLessThan(slowestMs);
        expect((await fetch(`${url}/health`)).status).toBe(200);
        await Promise.all([alice, bob].map(async ({ voice }) => await voice.room.leave()));
    });

    it("does not store 100 MB of messages to absent peers", async () => {
        const alice = await callerAsync(url, "flood", "Alice");
        const bob = await callerAsync(url, "flood", "Bob");
        const mallory = await callerAsync(url, "flood", "Mallory");
        const before = await server.memoryAsync();
        const stop = keepCalling(alice, bob);
        const padding = "x".repeat(10_000);
        for (let index = 0; index < 10_000 && mallory.signal.socket.readyState === WebSocket.OPEN; index += 1) {
            mallory.signal.send(callSignal("OFFER", `absent-${index}`, "mc_1", { padding }));
            if (index % 100 === 0) {
                await drainedAsync(mallory.signal.socket);
            }
        }
        await stop();
        const after = await server.memoryAsync();
        expect(after - before).toBeLessThan(60);
    });

    it("survives random data in the rooms' own sockets", async () => {
        const witness = await enterAsync(url, "noise", "Witness");
        for (let round = 0; round < 10; round += 1) {
            const { identity } = await guestAsync(url, `Mallory ${round}`);
            const seat = (await postAsync(`${url}/matchmake/joinOrCreate/room`, { name: "noise", identity })).body;
            const socket = new WebSocket(seatUrl(url, seat));
            socket.on("error", () => undefined);
            const closed = new Promise((resolve) => socket.once("close", resolve));
            // The server's first message asks the client to confirm the join; the byte 10 confirms it.
            await new Promise((resolve) => socket.once("message", resolve));
            socket.send(Buffer.from([10]));
            for (let index = 0; index < 1900 && socket.readyState === WebSocket.OPEN; index += 1) {
                const noise = randomBytes(1 + (index % 60));
                // Every second frame starts with a byte from 9 to 23. Colyseus' message codes are 10 to 22.
                noise[0] = index % 2 === 0 ? 9 + (index % 16) : (noise[0] ?? 0);
                socket.send(noise);
            }
            socket.send(Buffer.alloc(0));
            socket.send("text");
            socket.send(Buffer.from([13, 0xa1, 0x61, ...new Array<number>(60_000).fill(0x91)]));
            socket.close();
            await closed;
        }
        await enterAsync(url, "noise", "Bob");
        await witness.inbox.firstAsync("memberJoined", (member: { name: string }) => member.name === "Bob");
        expect(rosterOf(witness.inbox)).toEqual(["Witness", "Bob"]);
    });

    it("removes a client that never completes the handshake, and closes the socket", async () => {
        expect(await openHandshake.closed).toBe(4100);
        await openHandshake.bob.inbox.firstAsync("memberLeft");
    });

    it("answers malformed HTTP requests with an error, and stays usable", async () => {
        const bodies = [
            "",
            "null",
            "5",
            "[]",
            '"x"',
            "{",
            '{"hasOwnProperty":1}',
            '{"__proto__":{"name":"x"}}',
            "[".repeat(4000),
            '{"toString":1,"name":{}}',
        ];
        const paths = [
            "/guest",
            "/token",
            "/matchmake/joinOrCreate/room",
            "/matchmake/join/rtc",
            "/matchmake/create/room",
            "/matchmake/reconnect/room",
        ];
        for (const path of paths) {
            for (const body of bodies) {
                const answer = await postAsync(`${url}${path}`, body);
                expect(answer.status).toBeGreaterThanOrEqual(400);
                expect(answer.status).toBeLessThan(500);
                expect(answer.body).toMatchObject({ error: { code: expect.any(String) as string, message: expect.any(String) as string } });
            }
        }
        for (const path of [
            "/matchmake/joinOrCreate/__proto__",
            "/matchmake/__proto__/room",
            "/matchmake/exposedMethods/room",
            "/%",
            "/__proto__",
            "//x",
        ]) {
            expect((await postAsync(`${url}${path}`, {})).status).toBeGreaterThanOrEqual(400);
        }
        const { identity } = await guestAsync(url, "Alice");
        expect(await refusalAsync(joinAsync(url, "room", { name: "still there", identity }))).toBe("joined");
    });

    it("prints no token and no secret", async () => {
        const alice = await callerAsync(url, "quiet", "Alice");
        alice.signal.send("null");
        await alice.voice.room.leave();
        await alice.signal.closed;
        for (const secret of [alice.voice.secret, alice.voice.grant.token, alice.voice.identity]) {
            expect(server.output()).not.toContain(secret);
        }
    });
});
