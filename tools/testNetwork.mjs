// `npm run test:network`: people on hosts of their own, joined by a relay that loses, delays, limits and cuts. Needs Linux, root and Go. With `-- --long`
// also what takes minutes; with `-- --open` what does not hold yet (test/network/open), alone. Files can be named; options of Jest go through.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { buildAsync } from "./build.mjs";
import { needsOf } from "./needs.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const args = process.argv.slice(2);
const isTest = (name) => name.endsWith(".test.ts");
const named = args.filter(isTest);
const folder = args.includes("--open") ? "test/network/open" : "test/network";
const files =
    named.length > 0
        ? named
        : readdirSync(`${root}/${folder}`)
              .filter(isTest)
              .map((name) => `${folder}/${name}`);
const options = args.filter((each) => !isTest(each) && !["--long", "--open"].includes(each));
process.chdir(root);
try {
    await buildAsync([...new Set(files.flatMap(needsOf))]);
} catch (error) {
    console.error(error.message);
    process.exit(1);
}
const jest = createRequire(import.meta.url).resolve("jest/bin/jest");
// One file at a time: they measure sound.
const { status } = spawnSync(
    process.execPath,
    [jest, "--selectProjects", "network", "--runInBand", "--verbose", "--runTestsByPath", ...files, ...options],
    { env: { ...process.env, ...(args.includes("--long") ? { BABYLON_RTC_NETWORK_LONG: "1" } : {}) }, stdio: "inherit" },
);
process.exit(status ?? 1);
