// `npm run test:stress -- FILE…`: runs test files repeatedly while all cores are busy.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { buildAsync } from "../../tools/build.mjs";
import { needsOf, sourcesOf } from "../../tools/needs.mjs";
import folder from "./folder.cjs";
import { startLoad } from "./load.mjs";

const usage = `npm run test:stress -- [options] [FILE…]

Runs each test file several times while all cores are loaded, and writes what came of it to test-results/stress.json. Without FILE: all of
test/e2e. What has passed is not run again until the file, the helpers that it imports or the sources change, so that a run that was ended goes on.

  --rounds <number>  how often each file must pass      (default: 3)
  --load <number>    busy processes                     (default: one a core)
  --at-once <number> how many files run at once          (default: 1)
  --fresh            forget what has passed before
  --minutes <number> begin no further round after this long
  --help             this text`;

const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
        rounds: { type: "string", default: "3" },
        load: { type: "string", default: String(availableParallelism()) },
        "at-once": { type: "string", default: "1" },
        fresh: { type: "boolean", default: false },
        minutes: { type: "string", default: "Infinity" },
        help: { type: "boolean", default: false },
    },
});
if (values.help) {
    console.log(usage);
    process.exit(0);
}

const [wanted, load, atOnce, minutes] = ["rounds", "load", "at-once", "minutes"].map((name) => Number(values[name]));
if (!(wanted >= 1 && load >= 0 && atOnce >= 1 && minutes > 0)) {
    console.error(`--rounds and --at-once must be 1 or more, --load 0 or more, --minutes more than 0.\n\n${usage}`);
    process.exit(2);
}

const results = resolve(folder.results, "stress.json");
const end = Date.now() + minutes * 60_000;
const all = () =>
    readdirSync("test/e2e", { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".test.ts"))
        .map((name) => join("test/e2e", name))
        .sort();
const files = positionals.length > 0 ? positionals : all();
const jest = createRequire(import.meta.url).resolve("jest/bin/jest");
const kept = existsSync(results) && !values.fresh ? JSON.parse(readFileSync(results, "utf8")) : { rounds: [] };
const rounds = kept.rounds;

await buildAsync([...new Set(files.flatMap(needsOf))]);

function output(command, ...args) {
    const { status, stdout, error } = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28 });
    if (status !== 0) {
        throw new Error(`${command} ${args.join(" ")} ended with ${status}.`, { cause: error });
    }
    return stdout;
}

/** Files that tests may depend on without importing them. */
const shared = [
    ...["src", "server", "samples", "docs/guides", "tools", "test/pages", "test/guides", "test/scene/audioEnvironment.cjs"],
    ...["test/server/*.mjs", "test/e2e/harness/*.mjs", "test/e2e/harness/globalSetup.ts", "test/e2e/harness/timeout.ts"],
    ...["package.json", "package-lock.json", "tsconfig*.json", "webpack.config.js", "jest.config.mjs"],
];
const listed = output("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ...shared).split("\0");
const sources = createHash("sha256").update(process.version);
for (const path of [...new Set(listed)].filter((each) => existsSync(each) && statSync(each).isFile()).sort()) {
    sources.update(path).update(readFileSync(path));
}
const sourcesDigest = sources.digest();

/** Hash of everything that a round of a test file depends on. */
function fingerprintOf(file) {
    const hash = createHash("sha256").update(sourcesDigest);
    sourcesOf(file).forEach((text) => hash.update(text));
    return hash.digest("hex").slice(0, 12);
}

const commit = output("git", "rev-parse", "--short", "HEAD").trim();

const expectLoaded = startLoad(load);
/** Running test processes. */
const running = new Set();
process.once("exit", () => {
    // Jest stops the processes that its tests started.
    running.forEach((child) => child.kill("SIGTERM"));
});
for (const signal of ["SIGINT", "SIGTERM"]) {
    // An interrupted round is not recorded.
    process.once(signal, () => process.exit(130));
}

/** Runs a file once. A run without a report (Jest itself failed) counts as failed. */
async function runOnceAsync(file, round) {
    const outcome = resolve(folder.results, `stress-${round}-${file.replace(/\W+/g, "-")}.json`);
    rmSync(outcome, { force: true });
    const begin = Date.now();
    const args = ["--runInBand", "--json", "--outputFile", outcome, "--runTestsByPath", file];
    const child = spawn(process.execPath, [jest, ...args], { stdio: atOnce === 1 ? "inherit" : "pipe" });
    running.add(child);
    // The output of a parallel run is printed when the run ends.
    const printed = [];
    child.stdout?.on("data", (data) => printed.push(data));
    child.stderr?.on("data", (data) => printed.push(data));
    const [status] = await once(child, "close");
    running.delete(child);
    process.stderr.write(Buffer.concat(printed));
    expectLoaded();
    const report = existsSync(outcome)
        ? JSON.parse(readFileSync(outcome, "utf8"))
        : { testResults: [{ assertionResults: [], message: "Jest left no report." }], numPassedTests: 0, numFailedTests: 0 };
    rmSync(outcome, { force: true });
    const failures = report.testResults.flatMap(({ assertionResults, message }) => {
        const failed = assertionResults.filter((each) => each.status === "failed");
        const inTests = failed.map(({ fullName, failureMessages }) => ({ test: fullName, message: failureMessages.join("\n") }));
        return inTests.length > 0 || !message ? inTests : [{ test: file, message }];
    });
    const seconds = Math.round((Date.now() - begin) / 1_000);
    return { ok: status === 0, seconds, passed: report.numPassedTests, failed: report.numFailedTests, failures };
}

mkdirSync(folder.results, { recursive: true });
/** Recorded rounds of a file with the current sources, load and number of parallel files. */
function roundsOf(file) {
    const fingerprint = fingerprintOf(file);
    return rounds.filter((each) => each.file === file && each.fingerprint === fingerprint && each.load === load && each.atOnce === atOnce);
}

/** Runs a file once, unless this round has already passed or the time is over. */
async function roundAsync(file, round) {
    if (roundsOf(file).some((each) => each.round === round && each.ok) || Date.now() > end) {
        return;
    }
    const fingerprint = fingerprintOf(file);
    const at = new Date().toISOString();
    const result = { file, round, commit, fingerprint, at, load, atOnce, ...(await runOnceAsync(file, round)) };
    rounds.push(result);
    writeFileSync(results, JSON.stringify({ rounds }, null, 1));
    console.log(`${result.ok ? "passed" : "FAILED"}  round ${round}  ${result.seconds} s  ${file}`);
}

for (let round = 1; round <= wanted; round++) {
    const left = [...files];
    const workAsync = async () => {
        for (let file = left.shift(); file; file = left.shift()) {
            await roundAsync(file, round);
        }
    };
    await Promise.all(Array.from({ length: atOnce }, workAsync));
}
let [missing, failed] = [0, 0];
for (const file of files) {
    const own = roundsOf(file);
    const passed = new Set(own.filter(({ ok }) => ok).map(({ round }) => round)).size;
    const bad = own.filter(({ ok }) => !ok).length;
    missing += Math.max(0, wanted - passed);
    failed += bad;
    console.log(`${passed} of ${wanted} rounds passed, ${bad} failed  ${file}`);
}
// A failed round counts until its sources change, even if another round has passed since.
console.log(`${missing} rounds are missing, ${failed} have failed.`);
process.exit(missing + failed > 0 ? 1 : 0);
