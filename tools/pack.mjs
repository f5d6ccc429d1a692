// `npm run pack`: creates the tarballs of both packages, as npm would publish them, with names that contain no version: packed/babylon-rtc.tgz
// and packed/babylon-rtc-server.tgz. For another folder: `npm run pack -- FOLDER`.
import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { buildAsync } from "./build.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = resolve(process.argv[2] ?? join(root, "packed"));

try {
    await buildAsync(["lib", "server", "colyseus", "umd", "umd-gui"]);
} catch (error) {
    console.error(error.message);
    process.exit(1);
}
mkdirSync(folder, { recursive: true });
const line = ["pack", "--json", "--ignore-scripts", "--workspaces", "--include-workspace-root", "--pack-destination", folder];
const printed = execFileSync("npm", line, { cwd: root, encoding: "utf8", shell: process.platform === "win32" });
for (const { name, version, filename } of Object.values(JSON.parse(printed))) {
    renameSync(join(folder, filename), join(folder, `${name}.tgz`));
    console.log(`${name} ${version}: ${relative(process.cwd(), join(folder, `${name}.tgz`))}`);
}
