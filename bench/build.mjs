// Builds with webpack's Node API: the bench page, and the bundles that sizes.mjs measures.
import { fileURLToPath } from "node:url";
import HtmlWebpackPlugin from "html-webpack-plugin";
import webpack from "webpack";

/** Absolute path of a path relative to the repository root. */
export const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

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

/** Runs webpack. Rejects with its errors. */
export async function compileAsync(options) {
    const compiler = webpack({ ...shared, ...options });
    const stats = await new Promise((resolve, reject) => compiler.run((error, result) => (error ? reject(error) : resolve(result))));
    await new Promise((resolve) => compiler.close(resolve));
    if (stats.hasErrors()) {
        throw new Error(stats.toString("errors-only"));
    }
    return stats;
}

/** Builds the page into dist/bench and returns that folder. */
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
