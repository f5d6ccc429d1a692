// `npm run dev`: serves the samples and the browser test pages, with an RTC server. Changed files are rebuilt and their pages reload.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import webpack from "webpack";
import WebpackDevServer from "webpack-dev-server";
import configurations from "../webpack.config.js";
import { buildAsync } from "./build.mjs";

const usage = `Serves the samples and the pages of the browser tests. Changes are rebuilt, and pages reload.

  --port <number>   port to listen on (default: 8080)
  --help            print this text`;

const { values } = parseArgs({ options: { port: { type: "string", default: "8080" }, help: { type: "boolean", default: false } } });
if (values.help) {
    console.log(usage);
    process.exit(0);
}

const root = fileURLToPath(new URL("..", import.meta.url));
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const port = Number(values.port);
let rtcPort = 0;
try {
    await portAsync(port);
    rtcPort = await portAsync(0, "127.0.0.1");
    await buildAsync(["server"]);
} catch (error) {
    console.error(error.message);
    process.exit(1);
}

/** Running child processes. */
const children = new Set();
let stopping = false;
process.on("SIGINT", () => void stopAsync(0));
process.on("SIGTERM", () => void stopAsync(0));
process.on("exit", () => children.forEach((child) => child.kill("SIGTERM")));

// Type-checks, and compiles the code that Node runs. Webpack compiles the pages.
start([tsc, "--build", "--watch", "--preserveWatchOutput", "tsconfig.lib.json", "server", "samples/bots"]);
// The secret stays the same when the server restarts, so that pages keep their identities.
start(
    [
        "--watch",
        "--watch-preserve-output",
        "server/dist/server/src/cli.js",
        "--development",
        "--room",
        "lobby",
        "--host",
        "127.0.0.1",
        "--port",
        String(rtcPort),
    ],
    {
        BABYLON_RTC_SECRET: randomBytes(32).toString("hex"),
    },
);

/** URL path of each compilation's pages. */
const folders = { samples: "/", e2e: "/pages/" };

const compiler = webpack(
    configurations
        .filter(({ name }) => name in folders)
        .map(({ optimization, output, cache, ...options }) => ({
            ...options,
            mode: "development",
            devtool: "eval-cheap-module-source-map",
            output: { ...output, publicPath: folders[options.name], filename: "[name].js", chunkFilename: "[name].js", clean: false },
            optimization: { splitChunks: optimization.splitChunks },
            cache: { ...cache, name: `dev-${options.name}` },
        })),
);
compiler.compilers.forEach(({ name, hooks }) =>
    hooks.done.tap("dev", (stats) => {
        const faults =
            stats.hasErrors() || stats.hasWarnings() ? stats.toString({ preset: "errors-warnings", colors: process.stdout.isTTY }) : "";
        console.log(`${name}: built in ${stats.endTime - stats.startTime} ms ${faults}`);
    }),
);

const server = new WebpackDevServer(
    {
        port,
        setupExitSignals: false,
        hot: false,
        static: false,
        devMiddleware: { stats: "none" },
        client: { logging: "warn", overlay: { warnings: false } },
        // Pages connect to their own origin. Requests other than the pages and the dev server's socket go to the RTC server.
        proxy: [{ context: (path) => path !== "/ws", target: `http://127.0.0.1:${rtcPort}`, ws: true, logLevel: "error" }],
    },
    compiler,
);

try {
    await server.start();
    await new Promise((valid) => server.middleware.waitUntilValid(valid));
} catch (error) {
    console.error(error.message);
    await stopAsync(1);
}
const address = `http://localhost:${port}`;
console.log(`
  The arena:        ${address}/
  Minimal sample:   ${address}/hello/
  Test page:        ${address}/pages/
  Only controls:    ${address}/pages/gui/

Press Ctrl+C to stop.
`);

/** Starts a Node child process that is stopped together with this process. */
function start(args, env = {}) {
    const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...env }, stdio: ["ignore", "inherit", "inherit"] });
    children.add(child);
    child.once("exit", () => {
        children.delete(child);
        // Ctrl+C reaches all processes at once, so first wait for our own SIGINT handler. If the child exited for another reason, stop all.
        setTimeout(() => void stopAsync(1), 500);
    });
}

async function stopAsync(code) {
    if (stopping) {
        return;
    }
    stopping = true;
    const gone = [...children].map((child) => once(child, "exit"));
    children.forEach((child) => child.kill("SIGTERM"));
    await Promise.all(gone);
    process.exit(code);
}

/** Checks that a port is free. Returns the port, or any free port for 0. Rejects if the port is in use. */
async function portAsync(wanted, host) {
    const probe = createServer().listen(wanted, host);
    await once(probe, "listening");
    const { port: given } = probe.address();
    probe.close();
    await once(probe, "close");
    return given;
}
