import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { grownCounts, growthPercent, highest, median, only } from "./harness/judge";
import type { Figures } from "./harness/judge";
import { Party } from "./harness/party";
import { csvOf, svgOf } from "./harness/plot";
import type { IMark, ISample } from "./harness/plot";
import type { IHeld } from "./harness/probes";
import { Random } from "./harness/random";

const minutes = Number(process.env.BABYLON_RTC_SOAK_MINUTES ?? 30);
const seed = Number(process.env.BABYLON_RTC_SOAK_SEED ?? Date.now() % 1_000_000);
const folder = resolve("test-results/soak");
/** Number of rounds, a multiple of three. A round takes about two and a half minutes, less in a run too short for three such rounds. */
const rounds = 3 * Math.max(1, Math.round(minutes / 7.5));
/** Number of rounds with server restarts: the first third. */
const restartRounds = rounds / 3;
/** Time until the counts are stable at a quiet point, in milliseconds. The places kept for reconnecting members have expired by then. */
const settleMs = 30_000;
const sampleMs = 10_000;
/** Time between two counts at a quiet point, in milliseconds. */
const lookMs = 5_000;
/** Maximum growth of the median heap size from the second third of the run to the last, in percent. */
const mostGrowth = 10;

/** A quiet point, with the round that it belongs to. */
interface IQuietPoint extends IHeld {
    readonly round: number;
}

it(
    `Heap and resource counts of server and pages do not grow over ${minutes} minutes of joins, leaves and faults`,
    async () => {
        console.info(`The seed is ${seed}: npm run test:soak -- --minutes ${minutes} --seed ${seed}`);
        const party = await Party.StartAsync(new Random(seed));
        const begin = performance.now();
        const samples: (ISample & { readonly round: number })[] = [];
        const quiet: IQuietPoint[] = [];
        const marks: IMark[] = [];
        let grown: readonly string[];
        const since = (): number => (performance.now() - begin) / 1_000;
        let round = 0;
        let looking: Promise<void> = Promise.resolve();
        const sampling = setInterval(() => {
            const before = looking;
            looking = before.then(async () => {
                const at = since();
                samples.push({ at, round, figures: await party.lookAsync() });
            });
        }, sampleMs);
        try {
            for (; round < rounds; round++) {
                const restarts: readonly NodeJS.Signals[] = round < restartRounds ? ["SIGTERM", "SIGKILL"] : [];
                const endMs = ((round + 1) / rounds) * minutes * 60_000 - settleMs;
                await party.rageAsync(Math.max(20_000, endMs - (performance.now() - begin)), restarts);
                await party.calmAsync();
                const held = await highestAsync(party);
                quiet.push({ round, ...held });
                marks.push({ at: since(), what: "quiet point" });
                console.info(`round ${round + 1} of ${rounds}: ${JSON.stringify(rounded({ ...held.counts, ...held.told }))}`);
            }
            grown = grownInLastThird(quiet);
            if (grown.length > 0) {
                mkdirSync(folder, { recursive: true });
                await party.keepHeapsAsync(folder);
            }
        } finally {
            clearInterval(sampling);
            await looking.catch((error: unknown) => party.complaints.add(`no sample was taken any longer: ${String(error)}`));
            marks.push(...party.restarts.map((at) => ({ at: (at - begin) / 1_000, what: "restart" as const })));
            const title = `${minutes} minutes of joins, leaves and faults, seed ${seed}`;
            mkdirSync(folder, { recursive: true });
            writeFileSync(resolve(folder, "soak.csv"), csvOf(samples));
            writeFileSync(resolve(folder, "soak.svg"), svgOf(title, samples, marks));
            writeFileSync(resolve(folder, "server.txt"), party.output);
            await party.closeAsync();
        }
        const heaps = ["server", "Alice", "Bob"].map((name) => {
            const [second, last] = [1, 2].map((third) =>
                samples
                    .filter((each) => Math.floor(each.round / restartRounds) === third)
                    .map(({ figures }) => figures[`${name} heap MiB`] ?? null),
            );
            const growth = growthPercent(second ?? [], last ?? []);
            const told = `heap of ${name}: ${median(second ?? []).toFixed(1)} MiB in the second third, ${median(last ?? []).toFixed(1)} in the last (${growth.toFixed(1)} %)`;
            return { growth, told };
        });
        const account = [
            ...heaps.map(({ told }) => told),
            ...(grown.length > 0 ? grown : [`no count is higher in the last third of ${quiet.length} quiet points than before`]),
            ...[...party.complaints].map((each) => `complaint: ${each}`),
            ...[...party.happened].map(([title, count]) => `${String(count).padStart(4)} × ${title}`),
            ...quiet.map((each) => JSON.stringify({ round: each.round + 1, ...rounded({ ...each.counts, ...each.told }) })),
        ].join("\n");
        writeFileSync(resolve(folder, "soak.txt"), `${account}\n`);
        console.info(account);
        expect(grown).toEqual([]);
        expect(heaps.filter(({ growth }) => !(growth <= mostGrowth)).map(({ told }) => told)).toEqual([]);
        expect([...party.complaints]).toEqual([]);
    },
    minutes * 120_000 + 600_000,
);

/**
 * Compares the last third of the quiet points with those before. For the server, only points after its last restart count, because each restart is a
 * new process.
 */
function grownInLastThird(quiet: readonly IQuietPoint[]): readonly string[] {
    const figuresOf = (from: number, to: number, names: (name: string) => boolean): readonly Figures[] =>
        quiet.filter(({ round }) => round >= from && round < to).map(({ counts }) => only(counts, names));
    const lastThird = 2 * restartRounds;
    return [
        ...grownCounts(figuresOf(restartRounds - 1, lastThird, isOfServer), figuresOf(lastThird, rounds, isOfServer)),
        ...grownCounts(
            figuresOf(0, lastThird, (name) => !isOfServer(name)),
            figuresOf(lastThird, rounds, (name) => !isOfServer(name)),
        ),
    ];
}

/** Waits until resources are released, then counts several times. Returns the maximum of each, because timers fluctuate, and the last `told`. */
async function highestAsync(party: Party): Promise<IHeld> {
    await new Promise((over) => setTimeout(over, settleMs));
    const all: IHeld[] = [];
    while (all.length < 3) {
        await new Promise((over) => setTimeout(over, lookMs));
        all.push(await party.countAsync());
    }
    return { counts: highest(all.map(({ counts }) => counts)), told: all.at(-1)?.told ?? {} };
}

function isOfServer(name: string): boolean {
    return name.startsWith("server ");
}

function rounded(figures: Figures): Figures {
    return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, value === null ? null : Number(value.toFixed(2))]));
}
