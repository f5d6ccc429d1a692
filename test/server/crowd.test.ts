import { fork } from "node:child_process";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { enterBothAsync, quieten } from "./clients";
import { startServerAsync } from "./harness";
import type { ChildProcess } from "node:child_process";
import type { IVoice } from "./clients";
import type { IStartedServer } from "./harness";

jest.setTimeout(60_000);

const crowdSize = 50;

/** Report of a crowd's process. */
interface IResult {
    /** Time from the start until the last member had entered, in milliseconds. */
    readonly entered: number;
    /** Time from the start until each member knew all others, in milliseconds. */
    readonly known: number;
    /** Ids that each member sees in the room, in order. */
    readonly members: string[][];
    /** Ids that each member sees in the RTC room, in order. */
    readonly voices: string[][];
}

const medianOf = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Infinity;

describe(`${crowdSize} members who join one room within a second`, () => {
    let server: IStartedServer;
    let alice: IVoice;
    let bob: IVoice;
    let asked = 0;

    beforeAll(async () => {
        quieten();
        server = await startServerAsync({ maxMembers: 64 });
        alice = (await enterBothAsync(server.url, "elsewhere", "Alice")).voice;
        bob = (await enterBothAsync(server.url, "elsewhere", "Bob")).voice;
    });
    afterAll(async () => expect(await server.closeAsync()).toBe(0));

    /** Round trip of a message between two bystanders, in milliseconds. */
    async function roundTripAsync(): Promise<number> {
        const data = `${(asked += 1)}`;
        const begun = performance.now();
        const arrived = new Promise<void>((resolve) =>
            bob.room.onMessage("message", (message: { data: string }) => message.data === data && resolve()),
        );
        const answered = new Promise<void>((resolve) =>
            alice.room.onMessage("answer", ({ ask }: { ask: number }) => ask === asked && resolve()),
        );
        alice.room.send("send", { ask: asked, value: { data } });
        await Promise.all([arrived, answered]);
        return performance.now() - begun;
    }

    /** Repeats the round trip until a promise resolves. Returns the times in milliseconds. */
    async function roundTripsAsync(end: Promise<unknown>): Promise<number[]> {
        const times: number[] = [];
        const ended = end.then(() => true);
        while (!(await Promise.race([ended, delay(5, false)]))) {
            times.push(await roundTripAsync());
        }
        return times;
    }

    async function crowdAsync(room: string): Promise<{ child: ChildProcess; goAsync: () => Promise<IResult> }> {
        const child = fork(join(__dirname, "crowd.mjs"), [server.url, room, `${crowdSize}`], { execArgv: [] });
        const toldAsync = async <T>(key: string): Promise<T> =>
            await new Promise<T>((resolve, reject) => {
                child.on("message", (message: Record<string, T>) => key in message && resolve(message[key] as T));
                child.once("exit", (code) => reject(new Error(`the crowd ended with ${code}`)));
            });
        await toldAsync("ready");
        return {
            child,
            goAsync: async () => {
                const result = toldAsync<IResult>("result");
                child.send("go");
                return await result;
            },
        };
    }

    /** Lets a crowd enter while the bystanders exchange messages. @returns their median round trip meanwhile, relative to the one before */
    async function slowdownAsync(room: string): Promise<number> {
        const { child, goAsync } = await crowdAsync(room);
        const before = medianOf(await roundTripsAsync(delay(1000)));
        const going = goAsync();
        const during = medianOf(await roundTripsAsync(going));
        const { entered, known, members, voices } = await going;
        child.disconnect();
        console.log(
            `entered ${entered.toFixed(0)} ms, known ${known.toFixed(0)} ms; round trip ${before.toFixed(2)} ms before, ${during.toFixed(2)} ms meanwhile`,
        );
        for (const lists of [members, voices]) {
            expect(lists).toHaveLength(crowdSize);
            expect(new Set(lists[0]).size).toBe(crowdSize);
            lists.forEach((list) => expect(list).toEqual(lists[0]));
        }
        return during / before;
    }

    it("all see the same members in the same order; a bystander's message takes at most twice as long", async () => {
        // Other load on the machine only adds time, so the best of up to six rounds counts. In every round, all members must see the same lists.
        const slowdowns: number[] = [];
        do {
            slowdowns.push(await slowdownAsync(`crowd ${slowdowns.length}`));
        } while (Math.min(...slowdowns) > 2 && slowdowns.length < 6);
        expect(Math.min(...slowdowns)).toBeLessThanOrEqual(2);
    });
});
