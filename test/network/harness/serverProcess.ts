import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { join, resolve } from "node:path";
import { ensureBuiltAsync } from "../../server/harness";
import type { StartOptions } from "../../server/harness";
import type { Host } from "./network";

/** Options of the server process. */
export interface IServerProcessOptions {
    /** Script to run. Receives the server's options as JSON. Default: `test/server/runner.mjs`. */
    readonly runner?: string;
    /** Command-line options of Node. Default: none. */
    readonly execArgv?: readonly string[];
}

/** A real server process on a host of the test network. Each start uses the same port. */
export class ServerProcess {
    public readonly url: string;
    private readonly _host: Host;
    private readonly _port: number;
    private readonly _runner: string;
    private readonly _execArgv: readonly string[];
    private _output = "";
    private _running: { readonly child: ChildProcess; readonly ended: Promise<void> } | null = null;

    constructor(host: Host, port = 9_000, { runner, execArgv }: IServerProcessOptions = {}) {
        this._host = host;
        this._port = port;
        this._runner = runner ?? join(__dirname, "../../server/runner.mjs");
        this._execArgv = execArgv ?? [];
        this.url = `http://${host.address}:${port}`;
    }

    /** Output of all starts so far. */
    get output(): string {
        return this._output;
    }

    /** Id of the process that was started last. Null before the first start and after `stopAsync`. */
    get pid(): number | null {
        return this._running?.child.pid ?? null;
    }

    /**
     * Starts the server. Resolves when the server listens.
     * @param options - options for `createRtcServer`
     */
    async startAsync(options: StartOptions = {}): Promise<void> {
        await ensureBuiltAsync();
        const [enter, ...args] = this._host.entrance;
        const given = JSON.stringify({ port: this._port, staticDir: resolve("dist/e2e"), ...options });
        // High priority, because a real server runs on another machine and does not compete with the browsers for CPU.
        const child = spawn(enter, [...args, "--", "nice", "-n", "-10", process.execPath, ...this._execArgv, this._runner, given, "log"], {
            env: { ...process.env, NODE_ENV: "development", BABYLON_RTC_SECRET: undefined },
            stdio: ["ignore", "pipe", "pipe", "ipc"],
        });
        for (const stream of [child.stdout, child.stderr]) {
            stream?.on("data", (data: Buffer) => (this._output += data.toString()));
        }
        const ended = new Promise<void>((done) => child.once("exit", () => done()));
        this._running = { child, ended };
        await new Promise<void>((listens, failed) => {
            child.once("message", () => listens());
            void ended.then(() => failed(new Error(`The server ended at once: ${this._output}`)));
        });
    }

    /** Stops the server: SIGKILL simulates a crash, SIGTERM a regular stop. Resolves when the process has exited. */
    async stopAsync(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
        const running = this._running;
        this._running = null;
        running?.child.kill(signal);
        await running?.ended;
    }

    /**
     * Sends a question to the server process.
     * @param question - message to send; the answer is in the response's property of this name
     * @returns the answer; null if the process is not running, exits, or does not answer within five seconds
     */
    async askAsync(question: string): Promise<unknown> {
        const running = this._running;
        if (!running) {
            return null;
        }
        const { child, ended } = running;
        const given = new AbortController();
        const answer = new Promise<unknown>((resolve) => {
            const hear = (message: Readonly<Record<string, unknown>>): void => {
                if (question in message) {
                    resolve(message[question]);
                }
            };
            child.on("message", hear);
            given.signal.addEventListener("abort", () => child.off("message", hear));
        });
        child.send(question, () => undefined);
        try {
            return await Promise.race([answer, ended.then(() => null), after(5_000, given.signal)]);
        } finally {
            given.abort();
        }
    }
}

/** Resolves with null after some milliseconds, or never if aborted before. */
function after(ms: number, signal: AbortSignal): Promise<null> {
    return new Promise((resolve) => {
        const timer = setTimeout(() => resolve(null), ms);
        signal.addEventListener("abort", () => clearTimeout(timer));
    });
}
