import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import HtmlWebpackPlugin from "html-webpack-plugin";
import webpack from "webpack";
import { bodyOf, isServer, otherTestOf, programsOf } from "./test/guides/guide.mjs";
import { bannerOf, packagesOf } from "./tools/thirdParty.mjs";

// Webpack's own minimizer, with swc: five times as fast as the default for Babylon.
const require = createRequire(createRequire(import.meta.url).resolve("webpack"));
const MinimizerPlugin = require("minimizer-webpack-plugin");

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

const typescript = {
    test: /\.ts$/,
    exclude: /node_modules/,
    use: { loader: "swc-loader", options: { jsc: { target: "es2022", parser: { syntax: "typescript", decorators: true } } } },
};

/** Configuration shared by all compilations. */
const shared = {
    mode: "production",
    devtool: "source-map",
    resolve: {
        extensions: [".ts", ".js"],
        // Sources import each other by their emitted names (`./x.js`), as TypeScript and Node require.
        extensionAlias: { ".js": [".ts", ".js"] },
        alias: {
            "babylon-rtc$": at("src/index.ts"),
            "babylon-rtc/gui$": at("src/gui/index.ts"),
            "babylon-rtc/space$": at("src/space/index.ts"),
            "babylon-rtc/suppression$": at("src/suppression/index.ts"),
        },
    },
    module: {
        rules: [
            typescript,
            // A worklet as a separate file. The extension tells the minimizer that the file is a module.
            {
                test: /web-noise-suppressor.*\.js$/,
                dependency: "url",
                type: "asset/resource",
                generator: { filename: "[name].[contenthash:8].mjs" },
            },
            // The package sets `sideEffects: false`, but the samples' style sheets have side effects.
            { test: /\.css$/, type: "css", sideEffects: true },
        ],
    },
    experiments: { css: true },
    optimization: { minimizer: [new MinimizerPlugin({ minify: MinimizerPlugin.swcMinify })] },
    performance: false,
    stats: "errors-warnings",
    infrastructureLogging: { level: "warn" },
};

/** Persistent cache of a compilation, by name. Valid until this file or its imports change. */
function cacheOf(name) {
    return {
        type: "filesystem",
        name,
        cacheDirectory: at("node_modules/.cache/webpack"),
        buildDependencies: { config: [at("webpack.config.js")] },
    };
}

/** Compilation of pages. Each entry becomes one page. Shared code (mainly Babylon) goes into shared chunks. */
function pages(name, output, entries, options = {}) {
    return {
        ...shared,
        ...options,
        name,
        cache: cacheOf(name),
        entry: Object.fromEntries(entries.map(({ name, entry, query = "" }) => [name, at(entry) + query])),
        output: {
            path: at(output),
            filename: "[name].[contenthash:8].js",
            chunkFilename: "[name].[contenthash:8].js",
            cssFilename: "[name].[contenthash:8].css",
            publicPath: "auto",
            // Keeps the files that samples/playground/build.mjs writes.
            clean: { keep: /^playground\// },
        },
        optimization: { ...shared.optimization, ...options.optimization, splitChunks: { chunks: "all" } },
        plugins: entries.map(
            ({ name, page, template, html }) =>
                new HtmlWebpackPlugin({
                    filename: page,
                    chunks: [name],
                    ...(template ? { template: at(template) } : html ? { templateContent: html } : { title: name }),
                }),
        ),
    };
}

const samples = pages("samples", "dist/web", [
    { name: "arena", entry: "samples/arena/main.ts", page: "index.html", template: "samples/arena/index.html" },
    { name: "hello", entry: "samples/hello/main.ts", page: "hello/index.html", template: "samples/hello/index.html" },
    { name: "check", entry: "samples/check/main.ts", page: "check/index.html", template: "samples/check/index.html" },
]);

/** Pages of the browser tests: one that the tests control, and one with only the voice controls. */
const testPages = [
    { name: "lab", entry: "test/pages/lab/index.ts", page: "index.html" },
    { name: "gui", entry: "test/pages/gui/main.ts", page: "gui/index.html", template: "test/pages/gui/index.html" },
].filter(({ entry }) => existsSync(at(entry)));

/** Pages for testing the guides: one for each browser program in a guide. */
const guidePages = readdirSync(at("docs/guides"))
    .filter((file) => file.endsWith(".md"))
    .flatMap((file) => {
        const text = readFileSync(at(`docs/guides/${file}`), "utf8");
        return (otherTestOf(text) === null ? programsOf(text) : [])
            .filter((program) => !isServer(program))
            .map((program) => ({
                name: `${file.slice(0, -3)}/${program}`,
                entry: `docs/guides/${file}`,
                query: `?program=${program}`,
                page: `${file.slice(0, -3)}/${program}.html`,
                html: `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><body>${bodyOf(text)}</body>`,
            }));
    });

/** All test pages in one compilation, so that Babylon is parsed once. No source maps; function names are kept for stack traces. */
const e2e = pages("e2e", "dist/e2e", [...testPages, ...guidePages], {
    devtool: false,
    optimization: {
        minimizer: [
            new MinimizerPlugin({
                minify: MinimizerPlugin.swcMinify,
                minimizerOptions: { mangle: false, compress: { defaults: false, dead_code: true, side_effects: true, unused: true } },
            }),
        ],
    },
    module: {
        rules: [
            ...shared.module.rules,
            { ...typescript, test: /\.md$/, use: [typescript.use, at("test/guides/loader.mjs")] },
            { test: /test.guides.prelude/, sideEffects: true },
        ],
    },
});

/** Plugin that adds a licence comment for the bundled packages at the top of a bundle. Runs after the minimizer and before the source map. */
const licences = {
    apply: (compiler) =>
        compiler.hooks.compilation.tap("licences", (compilation) =>
            compilation.hooks.processAssets.tap(
                { name: "licences", stage: webpack.Compilation.PROCESS_ASSETS_STAGE_OPTIMIZE_SIZE + 1 },
                (assets) => {
                    const modules = [...compilation.modules].flatMap((module) => [module, ...(module.modules ?? [])]);
                    const names = packagesOf(modules.flatMap((module) => module.resource ?? []));
                    for (const file of names.length > 0 ? Object.keys(assets) : []) {
                        compilation.updateAsset(file, (source) => new webpack.sources.ConcatSource(`${bannerOf(names)}\n`, source));
                    }
                },
            ),
        ),
};

/**
 * Colyseus' client as a bundled module. The package contains it instead of the dependency, which warns about Node 22 and installs native code.
 * Tree-shaken and not minified, because the app's bundler minifies it. The source map refers to the TypeScript sources.
 */
const colyseus = {
    ...shared,
    name: "colyseus",
    cache: cacheOf("colyseus"),
    target: ["web", "es2022"],
    entry: at("src/interop/colyseusClient.js"),
    experiments: { outputModule: true },
    output: { path: at("dist/src/interop"), filename: "colyseusClient.js", module: true, library: { type: "module" } },
    module: { rules: [{ test: /\.m?js$/, extractSourceMap: true }] },
    optimization: {
        minimizer: [
            new MinimizerPlugin({
                extractComments: false,
                minimizerOptions: {
                    mangle: false,
                    compress: { defaults: false, dead_code: true, side_effects: true, unused: true },
                    format: { beautify: true, comments: false },
                },
            }),
        ],
    },
    plugins: [licences],
};

/** UMD bundle for `<script src="babylon-rtc.umd.js">`, next to Babylon's UMD files. The global is `BABYLONRTC`. */
const umd = {
    ...shared,
    name: "umd",
    cache: cacheOf("umd"),
    entry: at("src/index.ts"),
    output: {
        path: at("dist/umd"),
        filename: "babylon-rtc.umd.js",
        library: { name: "BABYLONRTC", type: "umd" },
        globalObject: "globalThis",
        // One file that includes the code loaded on demand.
        asyncChunks: false,
    },
    plugins: [new webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 }), licences],
    externalsType: "umd",
    externals: [({ request }, done) => done(null, external(request, globalOf(request)))],
};

/** UMD bundle of the voice controls, for pages with Babylon's GUI. The global is `BABYLONRTC.GUI`, like `BABYLON.GUI`. */
const umdGui = {
    ...umd,
    name: "umd-gui",
    cache: cacheOf("umd-gui"),
    entry: at("src/gui/index.ts"),
    output: { ...umd.output, filename: "babylon-rtc-gui.umd.js", library: { name: ["BABYLONRTC", "GUI"], type: "umd" } },
    externals: [
        ({ context, request }, done) =>
            // Matches imports of src/index.js from any folder of src/gui.
            resolve(context, request) === at("src/index.js")
                ? done(null, external("babylon-rtc", "BABYLONRTC"))
                : done(null, external(request, globalOf(request))),
    ],
};

/** UMD external for a module that the page provides as a global. Undefined if there is no global. */
function external(request, root) {
    return root && { root, commonjs: request, commonjs2: request, amd: request };
}

/** Global name of a Babylon or RxJS module loaded by a script tag. Undefined for other modules. */
function globalOf(request) {
    if (/^@babylonjs\/core(\/|$)/.test(request)) {
        return "BABYLON";
    }
    if (/^@babylonjs\/gui(\/|$)/.test(request)) {
        return ["BABYLON", "GUI"];
    }
    return /^rxjs(\/operators)?$/.test(request) ? "rxjs" : undefined;
}

export default [samples, e2e, colyseus, umd, umdGui];
