import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { join, resolve } from "node:path";
import { ensureBuiltAsync } from "../../server/harness";
import type { StartOptions } from "../../server/harness";
import type { Host } from "./network";

/** Options of its process. */
export interface IServerProcessOptions {
    /** Script to run; it gets the server's options as JSON. Default: `test/server/runner.mjs`. */
    readonly runner?: string;
    /** Options of Node. Default: none. */
    readonly execArgv?: readonly string[];
}

/** A real server on a host of the network, always on the same port. */
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

    /** Its output so far, over all starts. */
    get output(): string {
        return this._output;
    }

    /** Its process id; null while it does not run. */
    get pid(): number | null {
        return this._running?.child.pid ?? null;
    }

    /**
     * Starts it.
     * @param options - as for `createRtcServer`
     * @returns when it listens
     */
    async startAsync(options: StartOptions = {}): Promise<void> {
        await ensureBuiltAsync();
        const [enter, ...args] = this._host.entrance;
        const given = JSON.stringify({ port: this._port, staticDir: resolve("dist/e2e"), ...options });
        const child = spawn(enter, [...args, "--", process.execPath, ...this._execArgv, this._runner, given], {
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

    /** Ends it: SIGKILL as a crash does, SIGTERM as an operator. @returns when it has ended */
    async stopAsync(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
        const running = this._running;
        this._running = null;
        running?.child.kill(signal);
        await running?.ended;
    }

    /**
     * Asks its process.
     * @param question - what it answers in a message with a member of that name
     * @returns the answer; null if it does not run, ends meanwhile, or says nothing for five seconds
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

/** Null after some milliseconds; never, once it is aborted. */
function after(ms: number, signal: AbortSignal): Promise<null> {
    return new Promise((resolve) => {
        const timer = setTimeout(() => resolve(null), ms);
        signal.addEventListener("abort", () => clearTimeout(timer));
    });
}
