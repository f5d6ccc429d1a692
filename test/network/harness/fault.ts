import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { People } from "./people";
import { tonesFor } from "./testimony";
import type { Name, Testimony } from "./testimony";

/** Folder for the recorded states and silences of each fault. */
const folder = resolve("test-results/network");

/** Additional wait beyond the recovery limit, in milliseconds, so that a failed test can report the delay. */
const patienceMs = 8_000;

/** Writes a report to `test-results/network`, with the title as file name. */
export function keep(title: string, account: string): void {
    mkdirSync(folder, { recursive: true });
    writeFileSync(resolve(folder, `${title.replace(/\W+/g, "-")}.txt`), account);
}

/** Records figures of the running test for the table of `--rounds`, as a line of JSON in `test-results/network/figures.jsonl`. */
export function keepFigures(figures: string): void {
    mkdirSync(folder, { recursive: true });
    appendFileSync(resolve(folder, "figures.jsonl"), `${JSON.stringify({ test: expect.getState().currentTestName, figures })}\n`);
}

/** A fault, and what must hold after it. */
export interface IFault {
    /** Title of the report in test-results/network. */
    readonly title: string;
    /** People that the fault concerns. */
    readonly names: readonly Name[];
    /** Recovery limit after the fault on an idle machine, in milliseconds. Twice the cold join time of this run is added. */
    readonly backMs: number;
    /** Minimum wait after the fault, in milliseconds. When it is over, all must still hear all. Default: 3,000. */
    readonly watchMs?: number;
    /** True: only silences of at least `ISilenceLimits.longMs` delay the recovery; `expectUnbroken` checks shorter ones. Default: false. */
    readonly isUnbroken?: boolean;
    /** Runs before the fault. All silences until then are attributed to the machine, and raise the limits. Default: nothing. */
    readonly prepareAsync?: () => Promise<void>;
    /** Causes the fault. Returns its end, in milliseconds since 1970. */
    readonly faultAsync: () => Promise<number>;
}

/** Limits of silences, in milliseconds: those for an idle machine, plus the longest silence before the fault (at most `mostUsualMs`). */
interface ISilenceLimits {
    /** Limit after subtracting concealed audio: 60 ms on an idle machine. */
    readonly shortMs: number;
    /** Limit without subtracting anything: a second on an idle machine. */
    readonly longMs: number;
}

/** Outcome of a fault. */
export interface IOutcome {
    readonly names: readonly Name[];
    /** Start of the fault, in milliseconds since 1970. */
    readonly begin: number;
    /** End of the fault, in milliseconds since 1970. */
    readonly end: number;
    /** Limits of silences, in milliseconds. */
    readonly limits: ISilenceLimits;
    /** Testimony of each person. */
    readonly heard: Readonly<Partial<Record<Name, Testimony>>>;
}

/** Causes a fault in a group of `People.gatherAsync`, and expects that all hear all again within a limit, without help. */
export async function endureAsync(people: People, fault: IFault): Promise<IOutcome> {
    const { title, names, backMs, watchMs = 3_000, isUnbroken = false } = fault;
    await fault.prepareAsync?.();
    const limits = silenceLimits(await people.testimoniesAsync(names), names);
    const [begin, saidBefore] = [Date.now(), people.server.output.length];
    const end = await fault.faultAsync();
    const limitMs = backMs + 2 * people.coldJoinMs;
    let failure: unknown;
    // Some faults take effect later, for example when the other end detects the timeout of an old connection.
    const watched = new Promise((resolve) => setTimeout(resolve, watchMs));
    const heard = await people
        .untilSteadyAsync(names, limitMs + patienceMs)
        .then(() => watched)
        .then(() => people.untilSteadyAsync(names, patienceMs))
        .catch(async (error: unknown) => {
            failure = error;
            return await people.testimoniesAsync(names);
        });
    const delaying = isUnbroken ? { ...limits, shortMs: Infinity } : limits;
    const took = Math.max(...heard.map((each) => each.backAt(tonesFor(each.name, names), begin, delaying))) - end;
    const told = heard.map((each) => each.tell(begin, tonesFor(each.name, names))).join("\n");
    const verdict =
        failure === undefined ? `whole again ${Math.round(took)} ms after` : `not whole ${Math.round(limitMs + patienceMs)} ms after`;
    const account =
        `${title}: the fault ended at ${((end - begin) / 1_000).toFixed(2)} s, ${verdict} ` +
        `(limit ${Math.round(limitMs)} ms, limits of silences ${Math.round(limits.shortMs)} and ${Math.round(limits.longMs)} ms)\n${told}\n` +
        `Server:\n${people.server.output.slice(saidBefore)}`;
    keep(title, account);
    keepFigures(`${title}: ${failure === undefined ? `${Math.round(took)} of ${Math.round(limitMs)} ms` : verdict}`);
    if (failure !== undefined || took > limitMs) {
        throw new Error(account);
    }
    return { names, begin, end, limits, heard: Object.fromEntries(heard.map((each) => [each.name, each])) };
}

/** Expects that the member list and the voices of a person always contained exactly these others. Reconnecting members are allowed. */
export function expectNobodyLeft({ heard, begin }: IOutcome, name: Name, others: readonly Name[]): void {
    for (const what of ["members", "voices"]) {
        for (const value of heard[name]?.valuesOf(what, begin) ?? []) {
            const names = (value as string[]).map((each) => each.split(" ")[0]);
            expect({ what, names }).toEqual({ what, names: what === "members" ? [name, ...others].toSorted() : others });
        }
    }
}

/**
 * Expects that voices continue. For each pair of listener and speaker, the longest silence counts, without concealed audio. A page that gets too
 * little CPU misses parts of all voices at once. Therefore `shortMs` limits only the median of the pairs, and `longMs` limits each pair.
 * @param newConnections - expected number of new peer connections per person; 0: the existing links continue
 */
export function expectUnbroken({ names, heard, begin, limits }: IOutcome, newConnections = 0): void {
    const silences = names.flatMap((name) =>
        Object.entries(tonesFor(name, names)).map(([other, hz]) => ({
            name,
            other,
            ms: heard[name]?.longestUnexplainedMs(hz, begin) ?? NaN,
        })),
    );
    const sorted = silences.toSorted((a, b) => a.ms - b.ms);
    const [middle, longest] = [sorted[Math.floor(sorted.length / 2)]?.ms ?? NaN, sorted.at(-1)?.ms ?? NaN];
    const isUnbroken = middle <= limits.shortMs && longest < limits.longMs;
    expect({ isUnbroken, silences }).toEqual({ isUnbroken: true, silences });
    const connections = names.map((name) => heard[name]?.connectionsSince(begin) ?? NaN).toSorted((a, b) => a - b);
    // A page that hears nothing for seconds replaces the link. On a machine that caused silences of a second before the fault, one link of six may be
    // such a link, so the lower median of four people counts.
    const isStarved = limits.longMs >= 1_000 + mostUsualMs;
    const judged = isStarved ? [connections[Math.floor((names.length - 1) / 2)]] : connections;
    expect({ connections, judged }).toEqual({ connections, judged: judged.map(() => newConnections) });
}

/** Maximum that silences before the fault add to a limit, in milliseconds. A fault of the library must not raise the limits that should reveal it. */
const mostUsualMs = 1_000;

function silenceLimits(heard: readonly Testimony[], names: readonly Name[]): ISilenceLimits {
    const longest = (measure: (each: Testimony, hz: number) => number): number =>
        Math.min(
            mostUsualMs,
            Math.max(...heard.flatMap((each) => Object.values(tonesFor(each.name, names)).map((hz) => measure(each, hz)))),
        );
    return {
        shortMs: 60 + longest((each, hz) => each.longestUnexplainedMs(hz, 0)),
        longMs: 1_000 + longest((each, hz) => each.longestGapMs(hz)),
    };
}

/** Server secret for tests with `restarts`. */
export const lastingSecret = "a secret that lasts over a restart";

/**
 * Ways to restart a server: title, signal, secret of the new server, expected new connections for each of four people. The row with another secret
 * comes last: a later row with `lastingSecret` would also change the secret.
 */
export const restarts = [
    ["killed", "SIGKILL", lastingSecret, 0],
    ["ended by SIGTERM", "SIGTERM", lastingSecret, 0],
    ["killed, with another secret", "SIGKILL", "another secret, as random ones are", 3],
] as const;

/**
 * Stops the server and starts it again two seconds later.
 * @param people - people connected to the server
 * @param signal - signal that stops the server
 * @param secret - secret of the new server
 * @returns the time at which the new server listens, in milliseconds since 1970
 */
export async function restartAsync(people: People, signal: "SIGKILL" | "SIGTERM", secret: string): Promise<number> {
    await people.server.stopAsync(signal);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await people.restartServerAsync({ secret });
    return Date.now();
}
