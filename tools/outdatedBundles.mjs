// Runs webpack compilations whose inputs have changed.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import webpack from "webpack";
import configurations from "../webpack.config.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Inputs of all compilations that webpack does not list. */
const tools = ["package-lock.json", "webpack.config.js", "test/guides/guide.mjs"].map((path) => join(root, path));

/** Names of all compilations. */
export const bundleNames = configurations.map(({ name }) => name);

/**
 * @param {readonly string[]} names - names of compilations
 * @returns {string[]} the names of those with missing outputs or changed inputs
 */
export function outdatedBundles(names) {
    return configurations.filter((each) => names.includes(each.name) && !isUpToDate(each)).map(({ name }) => name);
}

/**
 * Runs the outdated compilations among the given ones.
 * @param {readonly string[]} names - names of compilations
 * @returns {Promise<readonly string[]>} the names of those that ran; rejects if one fails
 */
export async function bundleChangedAsync(names) {
    const outdated = configurations.filter((each) => names.includes(each.name) && !isUpToDate(each));
    if (outdated.length === 0) {
        return [];
    }
    outdated.forEach(({ name }) => rmSync(recordOf(name), { force: true }));
    const startedAt = Date.now();
    const compiler = webpack(outdated);
    const result = await new Promise((resolve, reject) => {
        compiler.run((error, stats) => compiler.close((closing) => (error || closing ? reject(error ?? closing) : resolve(stats))));
    });
    if (result.hasErrors() || result.hasWarnings()) {
        console.error(result.toString({ preset: "errors-warnings", colors: process.stderr.isTTY }));
    }
    if (result.hasErrors()) {
        throw new Error("The bundles have errors.");
    }
    result.stats.forEach(({ compilation }, index) => record(outdated[index], compilation, startedAt));
    return outdated.map(({ name }) => name);
}

/** File that records the inputs and outputs of a compilation. Deleted together with `dist`. */
function recordOf(name) {
    return join(root, "dist/.bundles", `${name}.json`);
}

function isUpToDate({ name, entry }) {
    if (!existsSync(recordOf(name))) {
        return false;
    }
    const { entry: before, outputs, inputs } = JSON.parse(readFileSync(recordOf(name), "utf8"));
    return (
        before === JSON.stringify(entry) &&
        outputs.every((path) => existsSync(path)) &&
        Object.keys(inputs).every((path) => stateOf(path) === inputs[path])
    );
}

/** Records the outputs and inputs of a compilation. Inputs are the files that were read, and those that were looked up but missing. */
function record({ name, entry }, compilation, startedAt) {
    const { fileDependencies, missingDependencies, buildDependencies } = compilation;
    const inputs = {};
    for (const path of [...tools, ...fileDependencies, ...missingDependencies, ...buildDependencies]) {
        const file = statSync(path, { throwIfNoEntry: false });
        // A file modified during the compilation may have been read before or after the change, so nothing is recorded.
        if (file?.isFile() && file.mtimeMs > startedAt) {
            return;
        }
        inputs[path] = stateOf(path);
    }
    const outputs = [...compilation.assetsInfo.keys()].map((file) => join(compilation.outputOptions.path, file));
    mkdirSync(dirname(recordOf(name)), { recursive: true });
    writeFileSync(recordOf(name), JSON.stringify({ entry: JSON.stringify(entry), outputs, inputs }));
}

/** Fingerprint of a file; null if it does not exist. For a folder, only its existence counts. */
function stateOf(path) {
    const state = statSync(path, { throwIfNoEntry: false });
    return state ? (state.isFile() ? `${state.mtimeMs} ${state.size}` : "folder") : null;
}
