// Sizes of what an app downloads: minified, gzipped, without peers. Run as a program, it prints a table and fails above a budget.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import webpack from "webpack";
import { at, compileAsync } from "./build.mjs";
import { toColumns } from "./table.mjs";

/** Budgets in KiB. A size above its budget, or without one, fails `npm run lint`. Raising one is a decision: the commit says why. */
const budgets = {
    "babylon-rtc": 25,
    "babylon-rtc, on demand: our own code": 68,
    "babylon-rtc, on demand: peerjs": 32,
    "babylon-rtc, on demand: @colyseus/sdk": 70,
    "babylon-rtc/gui": 38.5,
    "babylon-rtc/suppression": 1.5,
    "babylon-rtc/suppression, on demand: our own code": 0.5,
    "babylon-rtc.umd.js": 156,
    "babylon-rtc-gui.umd.js": 39.5,
};

const entries = [
    { name: "babylon-rtc", path: "src/index.ts" },
    { name: "babylon-rtc/gui", path: "src/gui/index.ts" },
    { name: "babylon-rtc/suppression", path: "src/suppression/index.ts" },
];

/** Files of ours that hold a package and nothing else. What is loaded with them counts as that package, not as our own code. */
const holders = { "src/interop/colyseusClient.js": "@colyseus/sdk" };

/** Externals: peer dependencies, and `babylon-rtc` itself for the further entries. */
const externals = [/^@babylonjs\//, /^rxjs($|\/)/, /^@sapphi-red\//, /^(\.\.\/)+index\.js$/];

/** Plugin that leaves the files loaded on demand unminified: the minimizer skips what is marked as minified. It saves three quarters of the time. */
const minifyEntryOnly = {
    apply: (compiler) =>
        compiler.hooks.compilation.tap("minifyEntryOnly", (compilation) =>
            compilation.hooks.processAssets.tap(
                { name: "minifyEntryOnly", stage: webpack.Compilation.PROCESS_ASSETS_STAGE_ADDITIONS },
                (assets) => {
                    for (const file of Object.keys(assets).filter((name) => name !== "entry.mjs")) {
                        compilation.updateAsset(file, (source) => source, { minimized: true });
                    }
                },
            ),
        ),
};

/** The files of ours and the packages that a module is made of, as seen from the repository. */
function partsOf(module) {
    const own = module.nameForCondition?.() ?? module.userRequest ?? "";
    const names = own.includes("/node_modules/")
        ? [/.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(own)[1]]
        : own.startsWith(at(""))
          ? [own.slice(at("").length)]
          : [own];
    return [...new Set([...names, ...(module.modules ?? []).flatMap(partsOf)])].filter((name) => name !== "");
}

/**
 * Builds an app that imports all of an entry.
 * @param path - of the entry, from the root of the repository
 * @param folder - for the files, in `dist/sizes`
 * @param plugins - of webpack
 * @returns its files: name of what each is made for, whether that is ours (or a package), whether it is loaded at once, modules in it, gzipped bytes
 */
async function bundleAsync(path, folder, plugins = []) {
    const { compilation } = await compileAsync({
        // One name for all, so that they share one cache.
        name: "sizes",
        entry: { entry: at(path) },
        experiments: { outputModule: true },
        output: { path: at(`dist/sizes/${folder}`), module: true, library: { type: "module" }, clean: true },
        externalsType: "module",
        externals,
        plugins,
    });
    const { chunkGraph } = compilation;
    const madeFor = (chunk) => [...chunkGraph.getChunkRootModules(chunk)].flatMap((module) => partsOf(module).slice(0, 1))[0];
    const isOwn = (chunk) =>
        ![...chunkGraph.getChunkRootModules(chunk)].some((module) => module.nameForCondition()?.includes("/node_modules/"));
    return [...compilation.chunks].map((chunk) => ({
        name: holders[madeFor(chunk)] ?? madeFor(chunk),
        own: !(madeFor(chunk) in holders) && isOwn(chunk),
        initial: chunk.canBeInitial(),
        modules: [...chunkGraph.getChunkModulesIterable(chunk)].flatMap(partsOf),
        bytes: [...chunk.files].reduce((sum, file) => sum + gzipped(at(`dist/sizes/${folder}/${file}`)), 0),
    }));
}

const gzipped = (path) => gzipSync(readFileSync(path), { level: 9 }).length;
const sum = (files) => files.reduce((total, { bytes }) => total + bytes, 0);

/** The entry's files loaded at once, as one, and those loaded on demand. */
function divide(files) {
    const atOnce = files.filter(({ initial }) => initial);
    return {
        entry: sum(atOnce),
        entryModules: [...new Set(atOnce.flatMap(({ modules }) => modules))].sort(),
        onDemand: files.filter(({ initial }) => !initial).map(({ name, own, bytes }) => ({ name, own, bytes })),
        allModules: [...new Set(files.flatMap(({ modules }) => modules))].sort(),
    };
}

/** The browser entry: its gzipped bytes, the modules in it, the names of what it loads on demand, and the modules of both. */
export async function browserEntryAsync() {
    const { entry, entryModules, onDemand, allModules } = divide(await bundleAsync("src/index.ts", "entry", [minifyEntryOnly]));
    return { entry, entryModules, onDemand: onDemand.map(({ name }) => name), allModules };
}

/** Gzipped bytes: of the browser entry, of what it loads on demand, and of the same in one file. */
export async function bundleSizesAsync() {
    const { entry, onDemand } = divide(await bundleAsync("src/index.ts", "babylon-rtc"));
    const oneFile = [new webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 })];
    return { entry, onDemand, whole: sum(await bundleAsync("src/index.ts", "whole", oneFile)) };
}

/** Every size that has a budget, and below it the files that it is the sum of. */
async function allSizesAsync() {
    const sizes = [];
    for (const { name, path } of entries) {
        const { entry, onDemand } = divide(await bundleAsync(path, name.replace("/", "-")));
        const own = onDemand.filter((file) => file.own);
        sizes.push({ name, bytes: entry, parts: [] });
        sizes.push(...(own.length > 0 ? [{ name: `${name}, on demand: our own code`, bytes: sum(own), parts: own }] : []));
        const others = onDemand.filter((file) => !file.own);
        for (const other of new Set(others.map((file) => file.name))) {
            // Webpack puts what a package is loaded by, and the package, into two files.
            const bytes = sum(others.filter((file) => file.name === other));
            sizes.push({ name: `${name}, on demand: ${other}`, bytes, parts: [] });
        }
    }
    for (const name of ["babylon-rtc.umd.js", "babylon-rtc-gui.umd.js"]) {
        const path = at(`dist/umd/${name}`);
        if (!existsSync(path)) {
            throw new Error(`dist/umd/${name} is missing. Run "npm run build" first.`);
        }
        sizes.push({ name, bytes: gzipped(path), parts: [] });
    }
    return sizes;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const kib = (bytes) => (bytes / 1024).toFixed(1);
    const within = ({ name, bytes }) => bytes <= (budgets[name] ?? 0) * 1024;
    const sizes = await allSizesAsync();
    const rows = sizes.flatMap((size) => [
        [size.name, kib(size.bytes), `${budgets[size.name] ?? "none"}`, within(size) ? "ok" : "too big"],
        ...size.parts.map(({ name, bytes }) => [`  ${name}`, kib(bytes), "", ""]),
    ]);
    console.log(toColumns([["minified and gzipped, without peers", "KiB", "budget", ""], ...rows], [1, 2]));
    const tooBig = sizes.filter((size) => !within(size));
    if (tooBig.length > 0) {
        console.error(
            `Above budget: ${tooBig.map(({ name }) => name).join("; ")}. See what was added, or change the budget in bench/sizes.mjs.`,
        );
        process.exitCode = 1;
    }
}
