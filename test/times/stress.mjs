// `npm run test:stress -- FILE…`: runs test files again and again while every core is kept busy.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildAsync } from "../../tools/build.mjs";
import { needsOf, sourcesOf } from "../../tools/needs.mjs";
import folder from "./folder.cjs";

const usage = `npm run test:stress -- [options] [FILE…]

Runs each test file several times while all cores are loaded, and writes what came of it to test-results/stress.json. Without FILE: all of
test/e2e. What has passed is not run again until the file, the helpers that it imports or the sources change, so that a run that was ended goes on.

  --rounds <number>  how often each file must pass      (default: 3)
  --load <number>    busy processes                     (default: one a core)
  --at-once <number> how many files run at the same time (default: 1)
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

const results = resolve(folder.results, "stress.json");
const end = Date.now() + Number(values.minutes) * 60_000;
const all = () =>
    readdirSync("test/e2e", { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".test.ts"))
        .map((name) => join("test/e2e", name))
        .sort();
const files = positionals.length > 0 ? positionals : all();
const kept = existsSync(results) && !values.fresh ? JSON.parse(readFileSync(results, "utf8")) : { rounds: [] };
const rounds = kept.rounds;

await buildAsync([...new Set(files.flatMap(needsOf))]);
const git = (...args) => spawnSync("git", args, { encoding: "utf8", maxBuffer: 1 << 28 }).stdout;
/** What every test may run: sources, pages, guides, dependencies, how they are built and run, and programs of the tests. */
const shared = ["src", "server", "samples", "docs/guides", "test/pages", "test/guides", "tools", "*.js", "*.mjs", "package-lock.json"];
const listed = git("ls-files", "--cached", "--others", "--exclude-standard", "--", ...shared, ":!test/times").split("\n");
const sources = createHash("sha256");
for (const path of [...new Set(listed)].filter((each) => existsSync(each) && statSync(each).isFile()).sort()) {
    sources.update(path).update(readFileSync(path));
}
const sourcesDigest = sources.digest();

/** Changes whenever something changes that a round depends on. */
function fingerprintOf(file) {
    const hash = createHash("sha256").update(sourcesDigest);
    sourcesOf(file).forEach((text) => hash.update(text));
    return hash.digest("hex").slice(0, 12);
}

const commit = git("rev-parse", "--short", "HEAD").trim();

/** Spins until it is killed, or until this process is gone. */
const spin = `(function turn() { const end = Date.now() + 50; while (Date.now() < end); process.ppid === ${process.pid} ? setImmediate(turn) : process.exit(); })();`;
const busy = Array.from({ length: Number(values.load) }, () => spawn(process.execPath, ["-e", spin], { stdio: "ignore" }));
process.once("exit", () => busy.forEach((child) => child.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM"]) {
    // What was under way is not written down.
    process.once(signal, () => process.exit(130));
}

/** Runs a file once; a run that leaves no report, as when Jest itself fails, has failed. */
async function runOnceAsync(file, round) {
    const outcome = resolve(folder.results, `stress-${round}-${file.replace(/\W+/g, "-")}.json`);
    const begin = Date.now();
    const args = ["jest", "--runInBand", "--json", "--outputFile", outcome, "--runTestsByPath", file];
    const [status] = await once(spawn("npx", args, { stdio: "inherit" }), "exit");
    if (busy.some(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null)) {
        throw new Error("The load has ended; start anew.");
    }
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
let bad = 0;
let left = 0;
/** Runs a file once, unless this round of it has passed before. */
async function roundAsync(file, round) {
    const fingerprint = fingerprintOf(file);
    if (rounds.some((each) => each.file === file && each.round === round && each.fingerprint === fingerprint && each.ok)) {
        return;
    }
    if (Date.now() > end) {
        left++;
        return;
    }
    const result = {
        file,
        round,
        commit,
        fingerprint,
        at: new Date().toISOString(),
        load: busy.length,
        ...(await runOnceAsync(file, round)),
    };
    rounds.push(result);
    writeFileSync(results, JSON.stringify({ rounds }, null, 1));
    bad += result.ok ? 0 : 1;
    console.log(`${result.ok ? "passed" : "FAILED"}  round ${round}  ${result.seconds} s  ${file}`);
}

const turns = Array.from({ length: Number(values.rounds) }, (_, index) => files.map((file) => [file, index + 1])).flat();
const workAsync = async () => {
    for (let turn = turns.shift(); turn; turn = turns.shift()) {
        await roundAsync(...turn);
    }
};
await Promise.all(Array.from({ length: Number(values["at-once"]) }, workAsync));
for (const file of files) {
    const fingerprint = fingerprintOf(file);
    const own = rounds.filter((each) => each.file === file && each.fingerprint === fingerprint);
    console.log(`${own.filter(({ ok }) => ok).length} passed, ${own.filter(({ ok }) => !ok).length} failed  ${file}`);
}
console.log(left > 0 ? `${left} rounds are left.` : "All rounds were run.");
process.exit(bad > 0 || left > 0 ? 1 : 0);
