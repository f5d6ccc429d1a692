// Builds that a test needs, by the names in it and in the files of `test` that it imports.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Pattern by which a source names a build, for each part of `tools/build.mjs`. */
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

/** The file that is there once a part is built. */
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
 * @param {string} file - a test
 * @returns {string[]} the parts that it needs
 */
export function needsOf(file) {
    const texts = [...sourcesOf(file).values()];
    return Object.keys(marks).filter((part) => texts.some((text) => marks[part].test(text)));
}

/**
 * @param {string} file - a test
 * @returns {Map<string, string>} by path, its text, and those of the files that it imports by relative paths, as far as they belong to the tests
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
