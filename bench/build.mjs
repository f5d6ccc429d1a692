// Builds the bench's page, and measures the browser package, by webpack's own interface.
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import HtmlWebpackPlugin from "html-webpack-plugin";
import webpack from "webpack";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const shared = {
    mode: "production",
    resolve: {
        extensions: [".ts", ".js"],
        extensionAlias: { ".js": [".ts", ".js"] },
        alias: { "babylon-rtc$": at("src/index.ts") },
    },
    module: {
        rules: [
            {
                test: /\.ts$/,
                exclude: /node_modules/,
                loader: "swc-loader",
                options: { jsc: { target: "es2022", parser: { syntax: "typescript", decorators: true } } },
            },
        ],
    },
    performance: false,
    infrastructureLogging: { level: "warn" },
    cache: { type: "filesystem", cacheDirectory: at("node_modules/.cache/webpack-bench") },
};

/** Runs webpack; rejects with its errors. */
async function compileAsync(options) {
    const compiler = webpack({ ...shared, ...options });
    const stats = await new Promise((resolve, reject) => compiler.run((error, result) => (error ? reject(error) : resolve(result))));
    await new Promise((resolve) => compiler.close(resolve));
    if (stats.hasErrors()) {
        throw new Error(stats.toString("errors-only"));
    }
    return stats;
}

/** Builds the page to dist/bench; gives its folder. */
export async function buildPageAsync() {
    await compileAsync({
        name: "bench",
        entry: { bench: at("bench/page/index.ts") },
        output: { path: at("dist/bench"), filename: "[name].js", chunkFilename: "[name].js", publicPath: "auto", clean: true },
        optimization: { minimize: false },
        plugins: [new HtmlWebpackPlugin({ title: "bench" })],
    });
    return at("dist/bench");
}

/** What a chunk is, by the packages in it. */
function nameOf(chunk, compilation) {
    const paths = [...compilation.chunkGraph.getChunkModulesIterable(chunk)].map((module) => module.nameForCondition() ?? "");
    return (
        (["@colyseus/sdk", "peerjs"].find((name) => paths.some((path) => path.includes(`/node_modules/${name}/`))) ?? chunk.name) || "other"
    );
}

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

/** Builds an application that imports all of `babylon-rtc`, peers left out; gives the gzipped bytes of each of its files. */
async function sizesAsync(folder, plugins) {
    const { compilation } = await compileAsync({
        name: folder,
        entry: { entry: at("src/index.ts") },
        experiments: { outputModule: true },
        output: { path: at(`dist/${folder}`), module: true, library: { type: "module" }, clean: true },
        externalsType: "module",
        externals: [/^@babylonjs\//, /^rxjs($|\/)/],
        plugins,
    });
    return [...compilation.chunks].map((chunk) => ({
        name: nameOf(chunk, compilation),
        initial: chunk.canBeInitial(),
        modules: [...compilation.chunkGraph.getChunkModulesIterable(chunk)].flatMap(partsOf),
        bytes: [...chunk.files].reduce((sum, file) => sum + gzipSync(readFileSync(at(`dist/${folder}/${file}`)), { level: 9 }).length, 0),
    }));
}

/** Gzipped bytes: of the browser entry, of what it loads on demand, and of the same in one file. */
export async function bundleSizesAsync() {
    const parts = await sizesAsync("benchSize", []);
    const whole = await sizesAsync("benchWhole", [new webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 })]);
    const sum = (chunks) => chunks.reduce((total, { bytes }) => total + bytes, 0);
    return {
        entry: sum(parts.filter(({ initial }) => initial)),
        entryModules: [...new Set(parts.filter(({ initial }) => initial).flatMap(({ modules }) => modules))].sort(),
        onDemand: parts.filter(({ initial }) => !initial).map(({ name, bytes }) => ({ name, bytes })),
        whole: sum(whole),
    };
}
