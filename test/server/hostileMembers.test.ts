import { fork } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { enterAsync, enterBothAsync, enterVoiceAsync, quieten } from "./clients";
import { startServerAsync } from "./harness";
import type { ChildProcess } from "node:child_process";
import type { AddressInfo, Server, Socket } from "node:net";
import type { IMember, IVoice } from "./clients";
import type { IStartedServer } from "./harness";

jest.setTimeout(90_000);

/** Outcome of an attack. */
interface IOutcome {
    /** Number of attackers that are still in both the room and its voice. */
    readonly standing: number;
    /** Number of messages that the attackers tried to send by the RTC room, except those of the attack `frames`. */
    readonly asked: number;
}

interface IAttackers {
    /** Resolves once no attacker is in both the room and its voice any more. */
    readonly ended: Promise<boolean>;
    go(victim?: string): void;
    stopAsync(): Promise<IOutcome>;
}

/** Processes of attackers that have not ended. */
const attacking = new Set<ChildProcess>();
// After a failed test, processes may still run. They would keep the test runner alive.
afterEach(() => attacking.forEach((child) => child.kill("SIGKILL")));

/** Starts a process with hostile members of a room, and waits until they have entered. */
async function attackersAsync(url: string, room: string, count: number, attack: string): Promise<IAttackers> {
    const child = fork(join(__dirname, "attackers.mjs"), [url, room, `${count}`, attack], { execArgv: [] });
    attacking.add(child);
    child.once("exit", () => attacking.delete(child));
    const toldAsync = async <T>(key: string): Promise<T> =>
        await new Promise<T>((resolve, reject) => {
            child.on("message", (message: Record<string, T>) => key in message && resolve(message[key] as T));
            child.once("exit", (code) => reject(new Error(`the attackers ended with ${code}`)));
        });
    await toldAsync("ready");
    const ended = toldAsync<boolean>("ended");
    ended.catch(() => undefined);
    return {
        ended,
        go: (victim = "nobody") => child.send({ go: victim }),
        stopAsync: async () => {
            const told = toldAsync<IOutcome>("standing");
            child.send({ stop: true });
            return await told;
        },
    };
}

interface IHonest {
    readonly member: IMember;
    readonly voice: IVoice;
}

/** Total time that each thread of a process has waited for a CPU core, in milliseconds, by thread id. Empty where the system does not report it. */
function waitsOf(pid: number): ReadonlyMap<string, number> {
    const folder = `/proc/${pid}/task`;
    const threads = existsSync(folder) ? readdirSync(folder) : [];
    return new Map(
        threads.flatMap((thread) => {
            try {
                return [[thread, Number(readFileSync(`${folder}/${thread}/schedstat`, "utf8").split(" ")[1]) / 1e6] as const];
            } catch {
                // The thread has ended.
                return [];
            }
        }),
    );
}

/**
 * Time that a process waited for a CPU core between two readings, in milliseconds: the wait of its main thread, plus the longest wait of any other
 * thread, because the main thread may depend on that one, as in a garbage collection.
 */
function waitedMs(pid: number, before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number {
    const waits = [...after].map(([thread, ms]) => [thread, ms - (before.get(thread) ?? 0)] as const);
    const longest = (isMain: boolean): number =>
        Math.max(0, ...waits.filter(([thread]) => (thread === `${pid}`) === isMain).map(([, ms]) => ms));
    return longest(true) + longest(false);
}

let asked = 0;

/**
 * Sends messages one after another, each 20 ms after the previous one has arrived.
 * @param milliseconds - duration
 * @returns how long each message took, in milliseconds, without the time that this process and the server's process waited for a CPU core
 */
async function talkAsync({ pid }: IStartedServer, from: IVoice, to: IVoice, milliseconds: number): Promise<number[]> {
    const times: number[] = [];
    const pids = [pid, process.pid];
    const heard = new Map<string, () => void>();
    to.room.onMessage("message", ({ data }: { data: unknown }) => heard.get(String(data))?.());
    const out = Promise.race([from.left, to.left]).then((code) => {
        throw new Error(`One of the two was put out with ${code}.`);
    });
    out.catch(() => undefined);
    for (const end = Date.now() + milliseconds; Date.now() < end;) {
        const data = `honest ${(asked += 1)}`;
        const waits = pids.map(waitsOf);
        const begun = performance.now();
        const arrived = new Promise<void>((resolve) => heard.set(data, resolve));
        from.room.send("send", { ask: asked, value: { data, to: to.id } });
        await Promise.race([arrived, out]);
        heard.delete(data);
        const took = performance.now() - begun;
        times.push(
            Math.max(0, took - pids.reduce((sum, each, index) => sum + waitedMs(each, waits[index] ?? new Map(), waitsOf(each)), 0)),
        );
        await delay(20);
    }
    return times;
}

const quantile = (times: readonly number[], part: number): number =>
    [...times].sort((a, b) => a - b)[Math.min(Math.floor(times.length * part), times.length - 1)] ?? Infinity;

/**
 * Expects that the 99th percentile of the times under attack is less than 250 ms plus twice the one without an attack.
 * @param before - times without an attack, in milliseconds
 * @param during - times under attack, in milliseconds
 */
function expectInTime(before: readonly number[], during: readonly number[]): void {
    expect(quantile(during, 0.99)).toBeLessThan(250 + 2 * quantile(before, 0.99));
}

/** Measures messages between two honest members for 2 s before, 6 s during and 2 s after an attack. Checks and prints the times. */
async function expectToTalkOnAsync(
    what: string,
    server: IStartedServer,
    from: IVoice,
    to: IVoice,
    attackers: IAttackers,
): Promise<IOutcome> {
    const before = await talkAsync(server, from, to, 2000);
    attackers.go();
    const during = await talkAsync(server, from, to, 6000);
    // On a busy machine, the attackers take longer to send, and the server takes longer to disconnect them.
    await Promise.race([attackers.ended, delay(30_000, undefined, { ref: false })]);
    const outcome = await attackers.stopAsync();
    const after = await talkAsync(server, from, to, 2000);
    const figures = (times: number[]): string =>
        `${times.length} round trips, median ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms`;
    console.log(`${what}: ${figures(before)} before; ${figures(during)} meanwhile; ${figures(after)} after`);
    // The attack lasts three times as long as the measurement before it, but on a busy machine a quarter of the messages is enough. While the
    // server's event loop is blocked, no message arrives.
    expect(during.length).toBeGreaterThanOrEqual(Math.min(before.length, after.length) / 4);
    expectInTime(before, during);
    return outcome;
}

const refusals = (server: IStartedServer): readonly string[] =>
    server.events.flatMap((event) =>
        event.type === "refused" ? [`${event.reason} of ${event.actor.kind}, ${event.address ?? "nowhere"}`] : [],
    );

describe("a member", () => {
    let server: IStartedServer;
    let alice: IHonest;
    let bob: IHonest;
    let rooms = 0;
    let room: string;
    beforeEach(async () => {
        quieten();
        server = await startServerAsync({ maxMembers: 20, limits: { requests: { perSecond: 1e5, burst: 1e5 } } }, {}, { events: true });
        room = `hostile ${(rooms += 1)}`;
        alice = await enterBothAsync(server.url, room, "Alice");
        bob = await enterBothAsync(server.url, room, "Bob");
    });
    afterEach(async () => expect(await server.closeAsync()).toBe(0));

    it.each(["small", "smallInRoom", "frames"])("who floods (%s) is disconnected, and others are not affected", async (attack) => {
        const attackers = await attackersAsync(server.url, room, 16, attack);
        expect((await expectToTalkOnAsync(attack, server, alice.voice, bob.voice, attackers)).standing).toBe(0);
        expect(refusals(server)).toContainEqual(
            expect.stringMatching(attack === "frames" ? /./ : /rateLimited of user, .*(127\.0\.0\.1|::1)/),
        );
        expect(alice.voice.room.connection.isOpen && bob.voice.room.connection.isOpen).toBe(true);
    });

    it("who reads slowly stays connected, receives other messages, and misses only messages of the flooders", async () => {
        const link = await slowLinkAsync(server.url, 64 * 1024);
        const guest = await enterAsync(server.url, room, "Victim");
        const member = await enterAsync(link.url, room, "Victim's room");
        const victim = await enterVoiceAsync(link.url, guest, guest.roomId);
        const attackers = await attackersAsync(server.url, room, 8, "victim");
        attackers.go(victim.id);
        const got = { voice: 0, member: 0, flood: 0 };
        const done = new Promise<void>((resolve) => {
            const look = (): void => {
                if (got.voice === 8 && got.member === 8) {
                    resolve();
                }
            };
            victim.room.onMessage("message", ({ data }: { data: unknown }) => {
                got[typeof data === "string" ? "voice" : "flood"] += 1;
                look();
            });
            member.room.onMessage("message", ({ topic }: { topic: string }) => {
                got[topic === "bob" ? "member" : "flood"] += 1;
                look();
            });
        });
        const heard = (async () => {
            for (let index = 0; index < 8; index += 1) {
                bob.voice.room.send("send", { ask: index, value: { data: `from Bob ${index}` } });
                bob.member.room.send("message", { topic: "bob", data: index });
                await delay(1000);
            }
            await Promise.race([done, delay(20_000)]);
        })();
        const out = Promise.race([victim.left, member.left]).then((code) => {
            throw new Error(`The victim was put out with ${code}.`);
        });
        await Promise.race([heard, out]);
        await attackers.stopAsync();
        out.catch(() => undefined);
        console.log(`victim: ${JSON.stringify(got)}`);
        expect(got).toMatchObject({ voice: 8, member: 8 });
        await link.closeAsync();
    });
});

/** Starts a TCP proxy to the server. Each connection passes at most `perSecond` bytes per second to its client. */
async function slowLinkAsync(url: string, perSecond: number): Promise<{ readonly url: string; closeAsync(): Promise<void> }> {
    const sockets = new Set<Socket>();
    const timers = new Set<NodeJS.Timeout>();
    const proxy: Server = createServer((near) => {
        const far = connect(Number(new URL(url).port), "localhost");
        [near, far].forEach((socket) => {
            sockets.add(socket);
            socket.on("error", () => undefined);
            socket.on("close", () => [near, far].forEach((each) => each.destroy()));
        });
        near.pipe(far);
        // Paused and read by the timer, so that the remaining data queues up at the server.
        far.pause();
        const timer = setInterval(() => {
            let allowed = perSecond / 20;
            for (let chunk = far.read(Math.min(far.readableLength, allowed)) as Buffer | null; chunk;) {
                near.write(chunk);
                allowed -= chunk.length;
                chunk = allowed > 0 && far.readableLength > 0 ? (far.read(Math.min(far.readableLength, allowed)) as Buffer | null) : null;
            }
            if (far.readableLength === 0) {
                far.read(0);
            }
        }, 50);
        timers.add(timer);
        far.on("close", () => clearInterval(timer));
    });
    await new Promise<void>((resolve) => proxy.listen(0, resolve));
    return {
        url: `http://localhost:${(proxy.address() as AddressInfo).port}`,
        closeAsync: async () => {
            timers.forEach((timer) => clearInterval(timer));
            sockets.forEach((socket) => socket.destroy());
            await new Promise((resolve) => proxy.close(resolve));
        },
    };
}

describe("members who read nothing", () => {
    it("do not exhaust a server with a small heap, and do not slow down others", async () => {
        const mebibyte = 1024 * 1024;
        const server = await startServerAsync(
            {
                maxMembers: 16,
                graceSeconds: 1,
                limits: {
                    requests: { perSecond: 1e5, burst: 1e5 },
                    unsent: { total: 16 * mebibyte, perAddress: 16 * mebibyte, perUser: mebibyte },
                },
            },
            {},
            { events: true, execArgv: ["--max-old-space-size=64"] },
        );
        try {
            const alice = await enterBothAsync(server.url, "honest", "Alice");
            const bob = await enterBothAsync(server.url, "honest", "Bob");
            const before = await server.memoryAsync();
            const quiet = await talkAsync(server, alice.voice, bob.voice, 2_000);
            const meanwhile: number[] = [];
            const rounds: { readonly peak: number; readonly held: number; readonly p99: number; readonly standing: number }[] = [];
            // The first round also compiles code and fills caches, so the check for leaks compares the second and the third.
            for (let round = 0; round < 3; round += 1) {
                const crowds = await Promise.all(
                    Array.from({ length: 6 }, (_, index) => attackersAsync(server.url, `deaf ${round} ${index}`, 16, "unread")),
                );
                crowds.forEach((each) => each.go());
                const times = await talkAsync(server, alice.voice, bob.voice, 3_000);
                const peak = await server.memoryAsync();
                const standing = (await Promise.all(crowds.map((each) => each.stopAsync()))).reduce((sum, each) => sum + each.standing, 0);
                for (let rooms = 7; rooms > 1;) {
                    await delay(200);
                    ({ rooms } = (await (await fetch(`${server.url}/health`)).json()) as { rooms: number });
                }
                rounds.push({ peak, held: await server.heapAsync(), p99: quantile(times, 0.99), standing });
                expect(times.length).toBeGreaterThan(0);
                meanwhile.push(...times);
            }
            console.log(
                `96 who read nothing: ${before.toFixed(0)} MiB before; ${rounds.map(({ peak, held, p99, standing }) => `${peak.toFixed(0)} MiB with them, ${held.toFixed(1)} MiB held when they are gone, ${standing} stood to the end, p99 ${p99.toFixed(0)} ms`).join("; ")}`,
            );
            expectInTime(quiet, meanwhile);
            expect(Math.max(...rounds.map(({ peak }) => peak)) - before).toBeLessThan(100);
            const [, second, third] = rounds.map(({ held }) => held);
            expect(third).toBeLessThan((second ?? 0) * 1.1);
        } finally {
            expect(await server.closeAsync()).toBe(0);
        }
    }, 240_000);
});
