// `npm run test:one -- FILE …`: builds the parts that these test files need, and runs the files sequentially. All other arguments are passed to Jest.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { buildAsync } from "./build.mjs";
import { needsOf } from "./needs.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const args = process.argv.slice(2);
const files = args.filter((each) => each.endsWith(".test.ts"));
const missing = files.filter((file) => !existsSync(file));
if (files.length === 0 || missing.length > 0) {
    console.error(
        missing.length > 0 ? `Not found: ${missing.join(", ")}.` : "Pass a test file: npm run test:one -- test/e2e/sound/muting.test.ts",
    );
    process.exit(2);
}

try {
    await buildAsync([...new Set(files.flatMap(needsOf))]);
} catch (error) {
    console.error(error.message);
    process.exit(1);
}
const jest = createRequire(import.meta.url).resolve("jest/bin/jest");
const { status } = spawnSync(process.execPath, [jest, "--runInBand", "--runTestsByPath", ...args], { cwd: root, stdio: "inherit" });
process.exit(status ?? 1);
