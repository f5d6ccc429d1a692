// Build parts that a test needs, found by text patterns in the test and in the files below `test` that it imports.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Pattern that shows that a source uses a build part, for each part of `tools/build.mjs` but `types`. */
const marks = {
    server: /server\/dist|packAsync\(|samples\/start\.mjs/,
    bots: /samples\/start\.mjs|dist\/bots/,
    e2e: /dist\/e2e/,
    samples: /dist\/web/,
    playground: /(?<!samples)\/playground\//,
    lib: /packAsync\(\)/,
    colyseus: /packAsync\(\)/,
    umd: /packAsync\(\)/,
    "umd-gui": /packAsync\(\)/,
};

/** A file that exists after a part is built, by part. */
export const builtFiles = {
    server: "server/dist/server/src/cli.js",
    bots: "dist/bots/main.js",
    e2e: "dist/e2e/index.html",
    samples: "dist/web/index.html",
    playground: "dist/web/playground/index.html",
    lib: "dist/src/index.js",
    colyseus: "dist/src/interop/colyseusClient.js",
    umd: "dist/umd/babylon-rtc.umd.js",
    "umd-gui": "dist/umd/babylon-rtc-gui.umd.js",
};

/**
 * @param {string} file - path of a test
 * @returns {string[]} the build parts that the test needs
 */
export function needsOf(file) {
    const texts = [...sourcesOf(file).values()];
    return Object.keys(marks).filter((part) => texts.some((text) => marks[part].test(text)));
}

/**
 * @param {string} file - path of a test
 * @returns {Map<string, string>} texts by path: the test, and the files below `test` that it imports by relative paths, recursively
 */
export function sourcesOf(file) {
    const found = new Map();
    collect(resolve(file), found);
    return found;
}

function collect(path, found) {
    const text = readFileSync(path, "utf8");
    found.set(path, text);
    for (const [, target] of text.matchAll(/^(?:import|export) (?!type )(?:[^;]*? from )?"(\.{1,2}\/[^"]+)";/gm)) {
        const imported = join(dirname(path), target);
        const source = [imported, `${imported}.ts`, imported.replace(/\.js$/, ".ts")].find(
            (each) => /\.m?[jt]s$/.test(each) && existsSync(each),
        );
        if (source?.includes("/test/") && !found.has(source)) {
            collect(source, found);
        }
    }
}
