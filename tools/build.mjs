// `npm run build`: builds all outdated parts. `node tools/build.mjs server e2e` builds only these parts. With `--outdated`, only prints the bundles
// that have missing outputs or changed inputs.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");

/** TypeScript projects by part. `types` is all of them, plus type-checking of code that is not emitted. */
const projects = { types: "tsconfig.json", lib: "tsconfig.lib.json", server: "server", bots: "samples/bots" };

/** Webpack compilations from webpack.config.js. */
const bundles = ["samples", "e2e", "colyseus", "umd", "umd-gui"];

/** Playground page, copied from `samples` and the UMD bundles. */
const playground = "playground";

/** All valid part names. */
export const parts = [...Object.keys(projects), ...bundles, playground];

/**
 * Builds the given parts. TypeScript and webpack are independent and run in parallel.
 * @param {readonly string[]} wanted - the parts
 * @returns {Promise<void>} rejects if a part has errors, which are printed
 */
export async function buildAsync(wanted) {
    const results = await Promise.allSettled([compileAsync(wanted), bundleAsync(wanted)]);
    const failed = results.find(({ status }) => status === "rejected");
    if (failed) {
        throw failed.reason;
    }
}

/**
 * Notice to print before building bundles, the slowest step.
 * @param {readonly string[]} wanted - the parts
 * @param {(bundles: readonly string[]) => Promise<readonly string[]>} outdatedAsync - returns the outdated ones among the given bundles
 * @returns {Promise<string | null>} the notice; null if all bundles are up to date
 */
export async function noticeAsync(wanted, outdatedAsync = async (names) => (await import("./outdatedBundles.mjs")).outdatedBundles(names)) {
    const named = bundlesOf(wanted);
    const outdated = named.length > 0 ? await outdatedAsync(named) : [];
    return outdated.length > 0 ? `Building ${outdated.join(", ")}: about a minute …` : null;
}

/** Bundles among the given parts, including those that the Playground page is copied from. */
function bundlesOf(wanted) {
    const all = wanted.includes(playground) ? [...new Set([...wanted, "samples", "umd", "umd-gui"])] : wanted;
    return all.filter((part) => bundles.includes(part));
}

async function compileAsync(wanted) {
    const named = wanted.includes("types") ? ["types"] : wanted.filter((part) => part in projects);
    if (named.length > 0) {
        await runAsync([tsc, "--build", ...named.map((part) => projects[part])]);
    }
}

async function bundleAsync(wanted) {
    const named = bundlesOf(wanted);
    if (named.length > 0) {
        const { bundleChangedAsync } = await import("./outdatedBundles.mjs");
        await bundleChangedAsync(named);
    }
    if (wanted.includes(playground)) {
        await runAsync(["samples/playground/build.mjs"]);
    }
}

async function runAsync(args) {
    const child = spawn(process.execPath, args, { cwd: root, stdio: "inherit" });
    const code = await new Promise((resolve, reject) => child.once("error", reject).once("exit", resolve));
    if (code !== 0) {
        throw new Error(`${args.join(" ")} exited with code ${code}.`);
    }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const { values, positionals } = parseArgs({ options: { outdated: { type: "boolean", default: false } }, allowPositionals: true });
    const unknown = positionals.filter((part) => !parts.includes(part));
    if (unknown.length > 0) {
        console.error(`Unknown parts: ${unknown.join(", ")}. The parts are ${parts.join(", ")}.`);
        process.exit(2);
    }
    const wanted = positionals.length > 0 ? positionals : ["types", ...bundles, playground];
    if (values.outdated) {
        const { outdatedBundles } = await import("./outdatedBundles.mjs");
        console.log(outdatedBundles(wanted).join(", "));
    } else {
        const notice = await noticeAsync(wanted);
        if (notice !== null) {
            // On stderr, because stdout belongs to the command that runs after the build.
            console.error(notice);
        }
        await buildAsync(wanted).catch((error) => {
            console.error(error.message);
            process.exitCode = 1;
        });
    }
}
