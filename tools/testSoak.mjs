// `npm run test:soak`: random joins, leaves and faults for 30 minutes; checks for leaks in server and pages (test/soak). Requires Linux, root and Go,
// like `npm run test:network`. Options: `-- --minutes 3` sets the duration, `-- --seed 1` the random seed.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildAsync } from "./build.mjs";
import { needsOf } from "./needs.mjs";

const file = "test/soak/soak.test.ts";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
let settings;
try {
    const { values } = parseArgs({ options: { minutes: { type: "string", default: "30" }, seed: { type: "string" } } });
    const numbers = Object.entries(values).map(([name, text]) => [name, Number(text)]);
    const wrong = numbers.find(([name, value]) => (name === "minutes" ? !(value >= 1) : !Number.isInteger(value)));
    if (wrong) {
        throw new Error(`--${wrong[0]} must be ${wrong[0] === "minutes" ? "a number of 1 or more" : "a whole number"}.`);
    }
    settings = Object.fromEntries(numbers.map(([name, value]) => [`BABYLON_RTC_SOAK_${name.toUpperCase()}`, String(value)]));
    await buildAsync(needsOf(file));
} catch (error) {
    console.error(error.message);
    process.exit(1);
}
const jest = createRequire(import.meta.url).resolve("jest/bin/jest");
const { status } = spawnSync(process.execPath, [jest, "--selectProjects", "soak", "--runInBand", "--verbose", "--runTestsByPath", file], {
    env: { ...process.env, ...settings },
    stdio: "inherit",
});
process.exit(status ?? 1);
