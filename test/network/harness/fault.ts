import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { People } from "./people";
import { tonesFor } from "./testimony";
import type { Name, Testimony } from "./testimony";

/** Where the states and silences of each fault are written down. */
const folder = resolve("test-results/network");

/** Wait for a recovery beyond its limit, in milliseconds, so that a test can say how late it was. */
const patienceMs = 8_000;

/** Writes something down in `test-results/network`, under a title. */
export function keep(title: string, account: string): void {
    mkdirSync(folder, { recursive: true });
    writeFileSync(resolve(folder, `${title.replace(/\W+/g, "-")}.txt`), account);
}

/** Writes figures of the running test down, for the table of `--rounds`: a line of JSON in `test-results/network/figures.jsonl`. */
export function keepFigures(figures: string): void {
    mkdirSync(folder, { recursive: true });
    appendFileSync(resolve(folder, "figures.jsonl"), `${JSON.stringify({ test: expect.getState().currentTestName, figures })}\n`);
}

/** Outcome of a fault. */
export interface IOutcome {
    /** When it began, in milliseconds since 1970. */
    readonly begin: number;
    /** When it ended. */
    readonly end: number;
    /** By how much later than its end all was whole again, in milliseconds. */
    readonly backMs: number;
    /** Testimony of each. */
    readonly heard: Readonly<Partial<Record<Name, Testimony>>>;
}

/**
 * Has people meet, does something to them, and expects that all hear all again in time, by themselves.
 * @param title - of the file in test-results/network
 * @param names - who meets
 * @param backMs - how much later than the fault's end all must be whole again on a quiet machine, in milliseconds; twice the run's cold join is added
 * @param faultAsync - does it; gives when it was over, in milliseconds since 1970
 * @param watchMs - for how long after that it must stay whole, in milliseconds
 */
export async function endureAsync(
    people: People,
    title: string,
    names: readonly Name[],
    backMs: number,
    faultAsync: () => Promise<number>,
    watchMs = 3_000,
): Promise<IOutcome> {
    await people.meetAsync(...names);
    const begin = Date.now();
    const end = await faultAsync();
    const limitMs = backMs + 2 * people.coldJoinMs;
    let failure: unknown;
    // What was lost may be missed later: a connection that is no more by the other end's clock, for one.
    const watched = new Promise((resolve) => setTimeout(resolve, watchMs));
    const heard = await people
        .untilSteadyAsync(names, limitMs + patienceMs)
        .then(() => watched)
        .then(() => people.untilSteadyAsync(names, patienceMs))
        .catch(async (error: unknown) => {
            failure = error;
            return await people.testimoniesAsync(names);
        });
    const took = Math.max(...heard.map((each) => each.backAt(tonesFor(each.name, names), begin))) - end;
    const told = heard.map((each) => each.tell(begin, tonesFor(each.name, names))).join("\n");
    const verdict =
        failure === undefined ? `whole again ${Math.round(took)} ms after` : `not whole ${Math.round(limitMs + patienceMs)} ms after`;
    const account = `${title}: the fault ended at ${((end - begin) / 1_000).toFixed(2)} s, ${verdict} (limit ${Math.round(limitMs)} ms)\n${told}\n`;
    keep(title, account);
    keepFigures(failure === undefined ? `${Math.round(took)} of ${Math.round(limitMs)} ms` : verdict);
    if (failure !== undefined || took > limitMs) {
        throw new Error(account);
    }
    return { begin, end, backMs: took, heard: Object.fromEntries(heard.map((each) => [each.name, each])) };
}

/** Expects that somebody saw the others there throughout, reconnecting at most, and neither an end nor a beginning of anybody. */
export function expectNobodyLeft({ heard, begin }: IOutcome, name: Name, others: readonly Name[]): void {
    for (const what of ["members", "voices"]) {
        for (const value of heard[name]?.valuesOf(what, begin) ?? []) {
            const names = (value as string[]).map((each) => each.split(" ")[0]);
            expect({ what, names }).toEqual({ what, names: what === "members" ? [name, ...others].toSorted() : others });
        }
    }
}

/**
 * Expects that voices go on. A page that the machine leaves waiting misses some of all voices at once, so it is the middle one of all pairs that may have
 * no silence of 60 ms; nobody may have one of a second.
 * @param usualMs - the longest silence before the fault: the machine's
 * @param newConnections - expected of each person; 0 = on the links that there were
 */
export function expectUnbroken({ heard, begin }: IOutcome, names: readonly Name[], usualMs: number, newConnections = 0): void {
    const silences = names.flatMap((name) =>
        Object.entries(tonesFor(name, names)).map(([other, hz]) => ({
            name,
            other,
            ms: heard[name]?.longestUnexplainedMs(hz, begin) ?? NaN,
        })),
    );
    const sorted = silences.toSorted((a, b) => a.ms - b.ms);
    const [middle, longest] = [sorted[Math.floor(sorted.length / 2)]?.ms ?? NaN, sorted.at(-1)?.ms ?? NaN];
    const isUnbroken = middle <= 60 + usualMs && longest < 1_000 + usualMs;
    expect({ isUnbroken, silences }).toEqual({ isUnbroken: true, silences });
    expect(names.map((name) => heard[name]?.connectionsSince(begin))).toEqual(names.map(() => newConnections));
}

/** The longest silence so far that any of some people heard, in milliseconds. */
export async function usualSilenceMsAsync(people: People, names: readonly Name[]): Promise<number> {
    const heard = await people.testimoniesAsync(names);
    return Math.max(...heard.flatMap((each) => Object.values(tonesFor(each.name, names)).map((hz) => each.longestGapMs(hz))));
}

/** Secret of a server whose rows are `restarts`. */
export const lastingSecret = "a secret that lasts over a restart";

/**
 * Ends of a server: title, signal, secret of the next one, new connections of each of four people. The one with another secret comes last, or the next
 * server would have another one again.
 */
export const restarts = [
    ["killed", "SIGKILL", lastingSecret, 0],
    ["ended by SIGTERM", "SIGTERM", lastingSecret, 0],
    ["killed, with another secret", "SIGKILL", "another secret, as random ones are", 3],
] as const;

/**
 * Ends the server, and starts it again two seconds later.
 * @param people - whose it is
 * @param signal - ends it
 * @param secret - of the next one
 * @returns when that one listens, in milliseconds since the epoch
 */
export async function restartAsync(people: People, signal: "SIGKILL" | "SIGTERM", secret: string): Promise<number> {
    await people.server.stopAsync(signal);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await people.restartServerAsync({ secret });
    return Date.now();
}
