// `npm run dev`: serves the samples and the pages of the browser tests, with an RTC server behind them. What changes is rebuilt, and its pages reload.
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

const usage = `Serves the samples and the pages of the browser tests; what changes is rebuilt and reloaded.

  --port <number>   where to listen (default: 8080)
  --help            this text`;

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

/** The processes beside this one, until they end. */
const children = new Set();
let stopping = false;
process.on("SIGINT", () => void stopAsync(0));
process.on("SIGTERM", () => void stopAsync(0));
process.on("exit", () => children.forEach((child) => child.kill("SIGTERM")));

// Types, and what Node runs. Webpack compiles the pages by itself.
start([tsc, "--build", "--watch", "--preserveWatchOutput", "tsconfig.lib.json", "server", "samples/bots"]);
// A secret that outlives a restart: pages keep their identities.
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

/** Folder of the pages of each compilation. */
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
        // Pages ask the server that they come from; everything but the pages themselves and the dev server's own socket is the RTC server's.
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
  The ten lines:    ${address}/hello/
  The tests' lab:   ${address}/pages/
  Controls alone:   ${address}/pages/gui/

Ctrl+C ends.
`);

/** Starts a Node process that lives as long as this one. */
function start(args, env = {}) {
    const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...env }, stdio: ["ignore", "inherit", "inherit"] });
    children.add(child);
    child.once("exit", () => {
        children.delete(child);
        // Ctrl+C ends all processes at once; whoever ends without it takes the others along.
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

/** Gives the port, or any free one for 0; rejects if it is taken. */
async function portAsync(wanted, host) {
    const probe = createServer().listen(wanted, host);
    await once(probe, "listening");
    const { port: given } = probe.address();
    probe.close();
    await once(probe, "close");
    return given;
}
