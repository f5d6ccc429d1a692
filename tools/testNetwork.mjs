// `npm run test:network`: browsers on separate virtual hosts, connected by a relay that simulates loss, delay, limited bandwidth and outages.
// Requires Linux, root and Go. Options: `-- --long` also runs tests that take minutes; `-- --rounds 3` repeats all tests 3 times and prints a
// table of all figures; `-- --load` keeps two busy processes per core. Test files can be given. Other options are passed to Jest.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { startLoad } from "../test/times/load.mjs";
import { buildAsync } from "./build.mjs";
import { needsOf } from "./needs.mjs";
import { roundsTable } from "./roundsTable.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const args = process.argv.slice(2);
const flags = ["--long", "--load"];
const at = args.indexOf("--rounds");
const rounds = at < 0 ? 1 : Number(args.splice(at, 2)[1]);
if (!Number.isInteger(rounds) || rounds < 1) {
    console.error("--rounds must be a whole number of 1 or more.");
    process.exit(2);
}
const isTest = (name) => name.endsWith(".test.ts");
const named = args.filter(isTest);
const folder = "test/network";
const files =
    named.length > 0
        ? named
        : readdirSync(`${root}/${folder}`)
              .filter(isTest)
              .map((name) => `${folder}/${name}`);
const options = args.filter((each) => !isTest(each) && !flags.includes(each));
process.chdir(root);
try {
    await buildAsync([...new Set(files.flatMap(needsOf))]);
} catch (error) {
    console.error(error.message);
    process.exit(1);
}
const jest = createRequire(import.meta.url).resolve("jest/bin/jest");
const [outcome, figures] = ["test-results/network/outcome.json", "test-results/network/figures.jsonl"];
const expectLoaded = args.includes("--load") ? startLoad(2 * availableParallelism()) : () => undefined;

/** Runs all files once, sequentially, because they measure sound. */
function runOnce() {
    [outcome, figures].forEach((path) => rmSync(path, { force: true }));
    const { status } = spawnSync(
        process.execPath,
        [
            jest,
            ...["--selectProjects", "network", "--runInBand", "--verbose", ...(rounds > 1 ? ["--json", "--outputFile", outcome] : [])],
            ...["--runTestsByPath", ...files, ...options],
        ],
        // With several rounds, Jest's report on stdout is dropped: the table replaces it.
        {
            env: { ...process.env, ...(args.includes("--long") ? { BABYLON_RTC_NETWORK_LONG: "1" } : {}) },
            stdio: rounds > 1 ? ["inherit", "ignore", "inherit"] : "inherit",
        },
    );
    const tests = existsSync(outcome)
        ? JSON.parse(readFileSync(outcome, "utf8")).testResults.flatMap(({ assertionResults }) => assertionResults)
        : [];
    const lines = existsSync(figures) ? readFileSync(figures, "utf8").trim().split("\n") : [];
    return { status: status ?? 1, tests, figures: lines.filter((line) => line !== "").map((line) => JSON.parse(line)) };
}

const runs = [];
while (runs.length < rounds) {
    runs.push(runOnce());
    // `spawnSync` has blocked the event loop. Give the loop a turn, so that exits of the load processes are noticed.
    await new Promise((next) => setImmediate(next));
    expectLoaded();
    if (rounds > 1) {
        console.log(`After round ${runs.length} of ${rounds}:\n${roundsTable(runs)}`);
    }
}
process.exit(Math.max(...runs.map(({ status }) => status)));
