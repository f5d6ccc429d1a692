import { execFileSync, spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** Impairment of one direction of a device. Omitted fields mean no impairment of that kind. */
export interface IImpairment {
    /** Share of dropped frames, in percent. */
    readonly loss?: number;
    /** Delay in milliseconds. */
    readonly delayMs?: number;
    /** Random addition to the delay, uniformly distributed from 0 to this, in milliseconds. The order of frames is kept. */
    readonly jitterMs?: number;
    /** Rate limit in kbit/s. Default: unlimited. */
    readonly rateKbps?: number;
    /** Queue length for the rate limit, in milliseconds at that rate. Further frames are dropped. Default: 500. */
    readonly queueMs?: number;
    /** True: all frames are dropped. */
    readonly hole?: boolean;
}

/** Two addresses that cannot reach each other. */
export interface IBlock {
    readonly a: string;
    readonly b: string;
    /** Default: all protocols. */
    readonly protocol?: "udp" | "tcp";
}

/** Frame counters of one direction. */
export interface ICounters {
    readonly passed: number;
    readonly bytes: number;
    /** Dropped by `loss`. */
    readonly lost: number;
    /** Dropped because the queue was full. */
    readonly overflowed: number;
    /** Dropped by `hole`. */
    readonly swallowed: number;
}

/** A TCP connection. */
export interface IFlow {
    /** Address and port. */
    readonly client: string;
    readonly server: string;
    /** First line sent by the client, such as `GET /path HTTP/1.1`. */
    readonly request: string;
    readonly open: boolean;
    /** Start, in milliseconds since 1970. */
    readonly at: number;
}

interface IAnswer {
    readonly id?: number;
    readonly ready?: boolean;
    readonly result?: unknown;
    readonly error?: string;
}

/** Client for the relay process (relay.go) that connects the TAP devices. */
export class Relay {
    private readonly _child: ChildProcessByStdio<Writable, Readable, null>;
    private readonly _folder: string;
    private readonly _waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
    private readonly _ended: Promise<void>;
    private _asked = 0;

    private constructor(child: ChildProcessByStdio<Writable, Readable, null>, folder: string) {
        this._child = child;
        this._folder = folder;
        this._ended = new Promise((resolve) => {
            child.once("exit", () => {
                this._waiting.forEach(({ reject }) => reject(new Error("The relay has ended.")));
                resolve();
            });
        });
    }

    /**
     * Builds and starts the relay.
     * @param devices - names of the TAP devices to create; they exist as long as the relay
     */
    static async StartAsync(devices: readonly string[]): Promise<Relay> {
        const folder = mkdtempSync(join(tmpdir(), "network-relay-"));
        const path = join(folder, "relay");
        // `local` prevents the download of another toolchain.
        try {
            execFileSync("go", ["build", "-o", path, join(__dirname, "relay.go")], {
                env: { ...process.env, GOTOOLCHAIN: "local", GOFLAGS: "", GO111MODULE: "off" },
                stdio: ["ignore", "ignore", "inherit"],
            });
        } catch (cause) {
            rmSync(folder, { recursive: true });
            throw new Error("The network tests compile their relay with Go: sudo apt-get install golang-go iproute2", { cause });
        }
        // High priority: busy browsers must not slow down the network.
        const child = spawn("nice", ["-n", "-15", path, ...devices], { stdio: ["pipe", "pipe", "inherit"] });
        const relay = new Relay(child, folder);
        await new Promise<void>((ready, failed) => {
            createInterface({ input: child.stdout }).on("line", (line) => {
                const answer = JSON.parse(line) as IAnswer;
                if (answer.ready) {
                    ready();
                }
                relay._hear(answer);
            });
            void relay._ended.then(() =>
                failed(new Error("The relay ended at once: it needs root and /dev/net/tun (mknod /dev/net/tun c 10 200).")),
            );
        });
        return relay;
    }

    /** Sets the impairment of a device: `up` is from the device, `down` is to the device. An omitted direction is unchanged. */
    async setAsync(port: string, change: { readonly up?: IImpairment; readonly down?: IImpairment }): Promise<void> {
        await this._askAsync({ do: "set", port, ...change });
    }

    /** Blocks packets between the given addresses. Replaces all earlier blocks. */
    async blockAsync(blocks: readonly IBlock[]): Promise<void> {
        await this._askAsync({ do: "block", blocks });
    }

    /** Frame counters since the start, by device. */
    async countAsync(): Promise<Readonly<Record<string, { readonly up: ICounters; readonly down: ICounters }>>> {
        return (await this._askAsync({ do: "count" })) as Readonly<Record<string, { readonly up: ICounters; readonly down: ICounters }>>;
    }

    /** The last 4,096 TCP connections, oldest first. */
    async flowsAsync(): Promise<readonly IFlow[]> {
        return (await this._askAsync({ do: "flows" })) as readonly IFlow[];
    }

    async closeAsync(): Promise<void> {
        this._child.kill("SIGKILL");
        await this._ended;
        rmSync(this._folder, { recursive: true, force: true });
    }

    private _hear({ id, result, error }: IAnswer): void {
        const waiting = this._waiting.get(id ?? NaN);
        this._waiting.delete(id ?? NaN);
        if (error === undefined) {
            waiting?.resolve(result);
        } else {
            waiting?.reject(new Error(`The relay says: ${error}.`));
        }
    }

    private _askAsync(order: object): Promise<unknown> {
        return new Promise((resolve, reject) => {
            const id = ++this._asked;
            this._waiting.set(id, { resolve, reject });
            this._child.stdin.write(`${JSON.stringify({ id, ...order })}\n`);
        });
    }
}
