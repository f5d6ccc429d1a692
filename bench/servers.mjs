// Servers for the pages. Each measured server runs in its own process.
import { fork } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const types = { ".html": "text/html", ".js": "text/javascript" };

/** Serves a folder, with cross-origin isolation: isolated pages have a clock resolution of 5 µs, others of 100 µs. */
export async function servePagesAsync(folder) {
    const server = createServer((request, response) => {
        const { pathname } = new URL(request.url, "http://localhost");
        const path = join(folder, normalize(pathname === "/" ? "/index.html" : pathname));
        readFile(path).then(
            (content) => {
                response.writeHead(200, {
                    "content-type": types[extname(path)] ?? "application/octet-stream",
                    "cross-origin-opener-policy": "same-origin",
                    "cross-origin-embedder-policy": "require-corp",
                });
                response.end(content);
            },
            () => response.writeHead(404).end(),
        );
    });
    await new Promise((resolve) => server.listen(0, "localhost", resolve));
    return {
        url: `http://localhost:${server.address().port}`,
        close: () => new Promise((resolve) => server.close(resolve)),
    };
}

async function forkAsync(script, args) {
    const child = fork(at(script), args, {
        execArgv: ["--expose-gc"],
        stdio: ["ignore", "ignore", "inherit", "ipc"],
        env: { ...process.env, NODE_ENV: "development", BABYLON_RTC_SECRET: "only for measuring, on this machine alone" },
    });
    const answerAsync = () =>
        new Promise((resolve, reject) => {
            child.once("message", resolve);
            child.once("exit", (code) => reject(new Error(`${script} ended with ${code}`)));
        });
    const message = await answerAsync();
    return {
        ...message,
        pid: child.pid,
        /** Heap in use after a garbage collection, in MiB. Only our server supports this. */
        heapAsync: async () => {
            child.send("heap");
            return (await answerAsync()).heap;
        },
        close: () =>
            new Promise((resolve) => {
                child.once("exit", resolve);
                child.kill();
            }),
    };
}

/** Starts our server on a free port. */
export const startOurServerAsync = (options = {}) => forkAsync("test/server/runner.mjs", [JSON.stringify({ port: 0, ...options })]);

/** Starts PeerServer alone. */
export const startBareServerAsync = () => forkAsync("test/e2e/harness/peerServerProcess.mjs", []);
