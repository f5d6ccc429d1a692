// `npm run bench`: prints each figure, with its baseline from the same run if it has one. docs/performance.md explains the figures.
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { launchAsync } from "./browser.mjs";
import { buildPageAsync } from "./build.mjs";
import { audioThreadAsync, delayAsync, firstSoundAsync, framesAsync, garbageAsync, sizeAsync } from "./figures.mjs";
import { joinsAsync } from "./joins.mjs";
import { sceneMovesAsync } from "./sceneMoves.mjs";
import { scenariosAsync } from "./scenarios.mjs";
import { servePagesAsync } from "./servers.mjs";
import { toTable, verdictOf } from "./table.mjs";

const measurements = {
    firstSound: firstSoundAsync,
    joins: joinsAsync,
    delay: delayAsync,
    scenarios: scenariosAsync,
    sceneMoves: sceneMovesAsync,
    frames: framesAsync,
    garbage: garbageAsync,
    audioThread: audioThreadAsync,
    size: sizeAsync,
};

const usage = `Measures babylon-rtc beside its baselines.

  --only <names>   some of ${Object.keys(measurements).join(", ")} (comma between)
  --json           for machines
  --help           this text`;

const { values } = parseArgs({ options: { only: { type: "string" }, json: { type: "boolean" }, help: { type: "boolean" } } });
const wanted = values.only?.split(",") ?? Object.keys(measurements);
const unknown = wanted.filter((name) => !(name in measurements));
if (values.help || unknown.length > 0) {
    console.log(usage);
    process.exit(unknown.length > 0 ? 1 : 0);
}

const say = (text) => process.stderr.write(`${text}\n`);
const figures = [];
const failures = [];
const load = [];

say("building the page …");
const pages = await servePagesAsync(await buildPageAsync());
const browser = await launchAsync().catch(async (error) => {
    await pages.close();
    say(error.message);
    process.exit(1);
});
try {
    for (const name of wanted) {
        say(`measuring ${name} …`);
        load.push(loadavg()[0]);
        try {
            figures.push(...(await measurements[name]({ browser, url: pages.url })));
        } catch (error) {
            failures.push(name);
            say(`${name} could not be measured: ${error.stack}`);
        }
    }
} finally {
    const version = browser.version();
    await browser.close();
    await pages.close();
    const machine = { cores: cpus().length, system: process.platform, chromium: version, load: Math.max(...load) };
    if (values.json) {
        const plain = figures.map(({ aim, ...each }) => ({
            ...each,
            figure: each.figure.trim(),
            aim: aim?.text ?? null,
            verdict: verdictOf({ ...each, aim }) || null,
        }));
        console.log(JSON.stringify({ machine, figures: plain, failures }, null, 2));
    } else {
        console.log(`\n${toTable(figures)}\n`);
        console.log(`${machine.cores} cores, ${machine.system}, Chromium ${version}, load up to ${machine.load.toFixed(1)}`);
        if (failures.length > 0) {
            console.log(`could not be measured: ${failures.join(", ")}`);
        }
    }
}
process.exit(failures.length > 0 ? 1 : 0);
