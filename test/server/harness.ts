import { execFileSync, fork } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { IRtcServerOptions } from "../../server/src/config/serverOptions.js";
import type { ServerEvent } from "../../server/src/serverEvents.js";

const root = resolve(__dirname, "../..");
const sources = ["server/src", "protocol"].map((folder) => join(root, folder));
/** The compiler's build info, which each build rewrites even if the emitted files do not change. */
const builtInfo = join(root, "server/dist/server.tsbuildinfo");
const runner = join(__dirname, "runner.mjs");

/** Server options for another process, passed as JSON. Functions (`isFriend`, `iceServers`) would be lost. */
export type StartOptions = Omit<IRtcServerOptions, "server" | "gameServer" | "authorize" | "addressOf" | "log" | "onEvent">;

/** Options of the server's process. */
export interface IProcessOptions {
    /** Command-line options of Node. */
    readonly execArgv?: readonly string[];
    /** True = events for the app's backend are recorded. */
    readonly events?: boolean;
}

/** A real server in a process of its own. */
export interface IStartedServer {
    readonly url: string;
    readonly pid: number;
    /** Output of the process so far. */
    output(): string;
    /** Cuts all WebSockets of a kind, without a close frame. */
    cutAsync(what: "room" | "rtc" | "signalling"): Promise<void>;
    /** Kills the process, like a crash. */
    killAsync(): Promise<void>;
    /** Events for the app's backend, if they are recorded. */
    readonly events: readonly ServerEvent[];
    /** Resident memory of the process, in MiB, after a garbage collection. */
    memoryAsync(): Promise<number>;
    /** Heap and external memory of the process, in MiB, after a garbage collection. */
    heapAsync(): Promise<number>;
    /**
     * Stops the process, by default by SIGTERM. Returns its exit code, or null if it had to be killed after 5 s.
     * @param how - `closeOnly`: instead of SIGTERM, asks the process to close its server. It then exits only if nothing keeps it alive.
     */
    closeAsync(how?: "closeOnly"): Promise<number | null>;
}

/**
 * Starts a real server in a process of its own: by default on a free port, in development mode, with a random secret.
 * @param options - as for `createRtcServer`. Default port: a free one.
 * @param env - environment variables to set; undefined unsets a variable
 * @param how - options of the process
 * @returns the server, once it responds
 */
export async function startServerAsync(
    options: StartOptions = {},
    env: Record<string, string | undefined> = {},
    how: IProcessOptions = {},
): Promise<IStartedServer> {
    await ensureBuiltAsync();
    const child = fork(runner, [JSON.stringify({ port: 0, ...options }), how.events === true ? "events" : ""], {
        execArgv: ["--expose-gc", ...(how.execArgv ?? [])],
        env: { ...process.env, NODE_ENV: "development", BABYLON_RTC_SECRET: undefined, ...env },
        stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    // A test that fails before it closes its server must not keep the test runner alive.
    for (const each of [child, child.channel, child.stdout as Socket | null, child.stderr as Socket | null]) {
        each?.unref();
    }
    let text = "";
    child.stdout?.on("data", (data: Buffer) => (text += data.toString()));
    child.stderr?.on("data", (data: Buffer) => (text += data.toString()));
    const events: ServerEvent[] = [];
    child.on("message", ({ event }: { event?: ServerEvent }) => event && events.push(event));
    const exited = new Promise<number | null>((ended) => child.once("exit", (code) => ended(code)));
    const messageAsync = async <T>(key: string): Promise<T> =>
        await new Promise<T>((resolveMessage, reject) => {
            const listen = (message: Record<string, T>): void => {
                if (key in message) {
                    child.off("message", listen);
                    resolveMessage(message[key] as T);
                }
            };
            child.on("message", listen);
            void exited.then((code) => reject(new Error(`The server ended with ${code}: ${text}`)));
        });
    const url = await messageAsync<string>("url");
    return {
        url,
        pid: child.pid ?? 0,
        output: () => text,
        events,
        async memoryAsync() {
            const answer = messageAsync<number>("memory");
            child.send("memory");
            return await answer;
        },
        async heapAsync() {
            const answer = messageAsync<number>("heap");
            child.send("heap");
            return await answer;
        },
        async cutAsync(what) {
            const answer = messageAsync<boolean>("cut");
            child.send({ cut: what });
            await answer;
        },
        async killAsync() {
            child.kill("SIGKILL");
            await exited;
        },
        async closeAsync(how) {
            if (how) {
                child.send(how);
            } else {
                child.kill("SIGTERM");
            }
            const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
            const code = await exited;
            clearTimeout(timer);
            return code;
        },
    };
}

/** Builds the server package if its sources are newer than its build. A lock prevents test files from building it at the same time. */
export async function ensureBuiltAsync(): Promise<void> {
    const lock = join(tmpdir(), "babylon-rtc-server-build.lock");
    for (;;) {
        try {
            mkdirSync(lock);
            break;
        } catch {
            if (Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > 60_000) {
                rmSync(lock, { recursive: true, force: true });
            }
            await delay(100);
        }
    }
    try {
        if (!existsSync(builtInfo) || Math.max(...sources.map(newestIn)) > statSync(builtInfo).mtimeMs) {
            execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "--build", join(root, "server")], {
                stdio: "inherit",
            });
        }
    } finally {
        rmSync(lock, { recursive: true, force: true });
    }
}

function newestIn(folder: string): number {
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
    return Math.max(...files.map((file) => statSync(join(folder, file)).mtimeMs));
}
