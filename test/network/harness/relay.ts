import { execFileSync, spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** Disturbance of one direction of a device; fields that are left out change nothing. */
export interface IImpairment {
    /** Share of frames that are lost, in percent. */
    readonly loss?: number;
    /** In milliseconds. */
    readonly delayMs?: number;
    /** Added to the delay, evenly from 0 to this, in milliseconds; changes no order. */
    readonly jitterMs?: number;
    /** In kbit/s. Default: unlimited. */
    readonly rateKbps?: number;
    /** Queue of the rate, in milliseconds of it; more is dropped. Default: 500. */
    readonly queueMs?: number;
    /** True: nothing passes. */
    readonly hole?: boolean;
}

/** Two addresses that do not reach each other. */
export interface IBlock {
    readonly a: string;
    readonly b: string;
    /** Default: whatever they speak. */
    readonly protocol?: "udp" | "tcp";
}

/** Frames of one direction. */
export interface ICounters {
    readonly passed: number;
    readonly bytes: number;
    /** By `loss`. */
    readonly lost: number;
    /** There was no room left in the queue. */
    readonly overflowed: number;
    /** By a hole. */
    readonly swallowed: number;
}

/** A TCP connection. */
export interface IFlow {
    /** Address and port. */
    readonly client: string;
    readonly server: string;
    /** First line of what the client sent, as `GET /path HTTP/1.1`. */
    readonly request: string;
    readonly open: boolean;
    /** When it began, in milliseconds since 1970. */
    readonly at: number;
}

interface IAnswer {
    readonly id?: number;
    readonly ready?: boolean;
    readonly result?: unknown;
    readonly error?: string;
}

/** The process between the TAP devices: relay.go. */
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
     * Builds and starts it.
     * @param devices - names of the TAP devices that it makes; they vanish with it
     */
    static async StartAsync(devices: readonly string[]): Promise<Relay> {
        const folder = mkdtempSync(join(tmpdir(), "network-relay-"));
        const path = join(folder, "relay");
        // `local`: never another toolchain from the network.
        try {
            execFileSync("go", ["build", "-o", path, join(__dirname, "relay.go")], {
                env: { ...process.env, GOTOOLCHAIN: "local", GOFLAGS: "", GO111MODULE: "off" },
                stdio: ["ignore", "ignore", "inherit"],
            });
        } catch (cause) {
            rmSync(folder, { recursive: true });
            throw new Error("The network tests compile their relay with Go: sudo apt-get install golang-go iproute2", { cause });
        }
        const child = spawn(path, devices, { stdio: ["pipe", "pipe", "inherit"] });
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

    /** Impairs a device: `up` from it into the network, `down` to it. A direction that is left out stays as it is. */
    async setAsync(port: string, change: { readonly up?: IImpairment; readonly down?: IImpairment }): Promise<void> {
        await this._askAsync({ do: "set", port, ...change });
    }

    /** Drops what goes between some addresses, and nothing else any longer. */
    async blockAsync(blocks: readonly IBlock[]): Promise<void> {
        await this._askAsync({ do: "block", blocks });
    }

    /** All frames since the start, by device. */
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
