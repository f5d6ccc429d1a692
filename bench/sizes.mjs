// Download sizes for an app: minified, gzipped, without peer dependencies. Run as a program, it prints a table and fails above a budget.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import webpack from "webpack";
import { at, compileAsync } from "./build.mjs";
import { toColumns } from "./table.mjs";

/** Budgets in KiB. A size above its budget, or without a budget, fails `npm run lint`. A commit that raises a budget must give the reason. */
const budgets = {
    "babylon-rtc": 25,
    "babylon-rtc, on demand: our own code": 72,
    "babylon-rtc, on demand: peerjs": 32,
    "babylon-rtc, on demand: @colyseus/sdk": 70,
    "babylon-rtc/gui": 39,
    "babylon-rtc/space": 1,
    "babylon-rtc/suppression": 1.5,
    "babylon-rtc/suppression, on demand: our own code": 0.5,
    "babylon-rtc.umd.js": 161,
    "babylon-rtc-gui.umd.js": 40,
};

const entries = [
    { name: "babylon-rtc", path: "src/index.ts" },
    { name: "babylon-rtc/gui", path: "src/gui/index.ts" },
    { name: "babylon-rtc/space", path: "src/space/index.ts" },
    { name: "babylon-rtc/suppression", path: "src/suppression/index.ts" },
];

/** Our files that only re-export a package. A chunk made for such a file counts as the package, not as our own code. */
const holders = { "src/interop/colyseusClient.js": "@colyseus/sdk" };

/** Externals: peer dependencies, and the main entry, which the other entries import as `../index.js`. */
const externals = [/^@babylonjs\//, /^rxjs($|\/)/, /^@sapphi-red\//, /^(\.\.\/)+index\.js$/];

/** Plugin that leaves on-demand files unminified, which saves three quarters of the time. The minimizer skips assets marked as minified. */
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

/** Parts of a module: our files, relative to the repository root, and package names. */
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
 * Builds an app that imports everything from an entry.
 * @param path - path of the entry, relative to the repository root
 * @param folder - output folder in `dist/sizes`
 * @param plugins - webpack plugins
 * @returns the chunks: name of the root module, `own` if that is our code rather than a package, `initial` if loaded at once, modules, gzipped bytes
 */
async function bundleAsync(path, folder, plugins = []) {
    const { compilation } = await compileAsync({
        // The same name for all builds, so that they share one cache.
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

/** Splits chunks into those loaded at once, summed up, and those loaded on demand. */
function divide(files) {
    const atOnce = files.filter(({ initial }) => initial);
    return {
        entry: sum(atOnce),
        entryModules: [...new Set(atOnce.flatMap(({ modules }) => modules))].sort(),
        onDemand: files.filter(({ initial }) => !initial).map(({ name, own, bytes }) => ({ name, own, bytes })),
        allModules: [...new Set(files.flatMap(({ modules }) => modules))].sort(),
    };
}

/** Browser entry: its gzipped bytes, its modules, the names of its chunks loaded on demand, and the modules of the entry and those chunks. */
export async function browserEntryAsync() {
    const { entry, entryModules, onDemand, allModules } = divide(await bundleAsync("src/index.ts", "entry", [minifyEntryOnly]));
    return { entry, entryModules, onDemand: onDemand.map(({ name }) => name), allModules };
}

/** Gzipped bytes of the browser entry, of its chunks loaded on demand, and of everything in one file. */
export async function bundleSizesAsync() {
    const { entry, onDemand } = divide(await bundleAsync("src/index.ts", "babylon-rtc"));
    const oneFile = [new webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 })];
    return { entry, onDemand, whole: sum(await bundleAsync("src/index.ts", "whole", oneFile)) };
}

/** All sizes that need a budget. `parts` lists the chunks in the size of our own code; it is empty for all other sizes. */
async function allSizesAsync() {
    const sizes = [];
    for (const { name, path } of entries) {
        const { entry, onDemand } = divide(await bundleAsync(path, name.replace("/", "-")));
        const own = onDemand.filter((file) => file.own);
        sizes.push({ name, bytes: entry, parts: [] });
        sizes.push(...(own.length > 0 ? [{ name: `${name}, on demand: our own code`, bytes: sum(own), parts: own }] : []));
        const others = onDemand.filter((file) => !file.own);
        for (const other of new Set(others.map((file) => file.name))) {
            // Webpack can put a package and the module that loads it into separate files.
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
