// Copies the files of the Playground page to dist/web/playground. Run after webpack has built the UMD files.
import { copyFile, mkdir } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

const root = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const files = [
    "samples/playground/index.html",
    "samples/playground/createScene.js",
    "node_modules/babylonjs/babylon.js",
    "node_modules/babylonjs-gui/babylon.gui.min.js",
    "node_modules/rxjs/dist/bundles/rxjs.umd.min.js",
    "dist/umd/babylon-rtc.umd.js",
    "dist/umd/babylon-rtc-gui.umd.js",
];

await mkdir(root("dist/web/playground"), { recursive: true });
await Promise.all(files.map((file) => copyFile(root(file), root(`dist/web/playground/${basename(file)}`))));
