import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { ensureBuiltAsync } from "../../server/harness";
import type { StartOptions } from "../../server/harness";
import type { Host } from "./network";

const runner = join(__dirname, "../../server/runner.mjs");

/** A real server on a host of the network, always on the same port. */
export class ServerProcess {
    public readonly url: string;
    private readonly _host: Host;
    private readonly _port: number;
    private _output = "";
    private _running: { stopAsync(signal: NodeJS.Signals): Promise<void> } | null = null;

    constructor(host: Host, port = 9_000) {
        this._host = host;
        this._port = port;
        this.url = `http://${host.address}:${port}`;
    }

    /** What it has printed so far, over all starts. */
    get output(): string {
        return this._output;
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
        const child = spawn(enter, [...args, "--", process.execPath, runner, given], {
            env: { ...process.env, NODE_ENV: "development", BABYLON_RTC_SECRET: undefined },
            stdio: ["ignore", "pipe", "pipe", "ipc"],
        });
        for (const stream of [child.stdout, child.stderr]) {
            stream?.on("data", (data: Buffer) => (this._output += data.toString()));
        }
        const ended = new Promise<void>((done) => child.once("exit", () => done()));
        this._running = {
            stopAsync: async (signal) => {
                child.kill(signal);
                await ended;
            },
        };
        await new Promise<void>((listens, failed) => {
            child.once("message", () => listens());
            void ended.then(() => failed(new Error(`The server ended at once: ${this._output}`)));
        });
    }

    /** Ends it: SIGKILL as a crash does, SIGTERM as an operator. @returns when it has ended */
    async stopAsync(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
        await this._running?.stopAsync(signal);
        this._running = null;
    }
}
