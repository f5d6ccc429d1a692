// `npm run test:e2e`: all browser tests, the lanes one after the other; a lane that fails does not keep the next from running.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

const jest = createRequire(import.meta.url).resolve("jest/bin/jest");
const lanes = [
    ["--selectProjects", "sound", "firefox", "drawn", "--runInBand"],
    ["--selectProjects", "waiting", "--maxWorkers", "2"],
];
const results = lanes.map((lane) => spawnSync(process.execPath, [jest, ...lane], { stdio: "inherit" }).status ?? 1);
process.exit(Math.max(...results));
