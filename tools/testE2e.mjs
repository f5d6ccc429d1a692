// `npm run test:e2e`: runs all browser tests, one lane after the other. A failed lane does not stop the next one.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

const jest = createRequire(import.meta.url).resolve("jest/bin/jest");
const lanes = [
    ["--selectProjects", "sound", "firefox", "drawn", "--runInBand"],
    ["--selectProjects", "waiting", "--maxWorkers", "2"],
];
const results = lanes.map((lane) => spawnSync(process.execPath, [jest, ...lane], { stdio: "inherit" }).status ?? 1);
process.exit(Math.max(...results));
