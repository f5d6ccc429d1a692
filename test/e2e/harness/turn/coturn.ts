import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const help = `These tests need the TURN server coturn, and it does not start. This brings it:

    sudo apt-get install coturn      (Debian, Ubuntu)
`;

/** Timeout for the first response, in milliseconds. */
const startTimeoutMs = 30_000;
/** Poll interval until the first response, in milliseconds. */
const pollMs = 50;
const stunMagicCookie = 0x2112a442;

/** A TURN server on loopback with time-limited credentials. */
export class Coturn {
    /** coturn's `static-auth-secret`. */
    public readonly secret: string;
    public readonly port: number;
    private readonly _process: ChildProcess;
    private readonly _folder: string;
    private _log = "";

    private constructor(process: ChildProcess, folder: string, port: number, secret: string) {
        this._process = process;
        this._folder = folder;
        this.port = port;
        this.secret = secret;
        for (const stream of [process.stdout, process.stderr]) {
            stream?.on("data", (data: Buffer) => (this._log += data.toString()));
        }
    }

    /**
     * Starts a server on a free port.
     * @param more - further lines of its configuration
     * @returns the server, which the caller closes; rejects with the command that installs coturn if it is missing
     */
    public static async StartAsync(more: readonly string[] = []): Promise<Coturn> {
        const folder = mkdtempSync(join(tmpdir(), "coturn-"));
        const port = await freeUdpPortAsync();
        const secret = randomBytes(24).toString("hex");
        const settings = [
            "listening-ip=127.0.0.1",
            "relay-ip=127.0.0.1",
            `listening-port=${port}`,
            "use-auth-secret",
            `static-auth-secret=${secret}`,
            "realm=babylon-rtc.test",
            "fingerprint",
            "no-tls",
            "no-dtls",
            "no-cli",
            "no-tcp-relay",
            "no-multicast-peers",
            "no-rfc5780",
            // Both peers are on this machine. In production, loopback addresses are denied.
            "allow-loopback-peers",
            "log-file=stdout",
            "verbose",
            `pidfile=${join(folder, "pid")}`,
            `userdb=${join(folder, "db")}`,
            ...more,
        ];
        const file = join(folder, "turnserver.conf");
        writeFileSync(file, `${settings.join("\n")}\n`, { mode: 0o600 });
        const child = spawn("turnserver", ["-c", file], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
        const coturn = new Coturn(child, folder, port, secret);
        const failed = new Promise<never>((_, reject) => {
            child.once("error", (cause) => reject(new Error(help, { cause })));
            child.once("exit", () => reject(new Error(`${help}\n${coturn._log}`)));
        });
        // The server's exit after a successful start rejects this promise as well, but is no error.
        failed.catch(() => undefined);
        try {
            await Promise.race([failed, answersAsync(port)]);
        } catch (error) {
            await coturn.closeAsync();
            throw error;
        }
        return coturn;
    }

    /** TURN address over UDP, for `turn.urls`. */
    public get url(): string {
        return `turn:127.0.0.1:${this.port}?transport=udp`;
    }

    /** STUN address of the same server. */
    public get stunUrl(): string {
        return `stun:127.0.0.1:${this.port}`;
    }

    /** One entry per allocation of a relay: the user's id, and the expiry time of the credentials in seconds since the epoch. */
    public users(): readonly { readonly end: number; readonly id: string }[] {
        const lines = this._log.matchAll(/user <(\d+):([^>]*)>: incoming packet ALLOCATE processed, success/g);
        return [...lines].map(([, end, id = ""]) => ({ end: Number(end), id }));
    }

    public async closeAsync(): Promise<void> {
        if (this._process.exitCode === null && this._process.signalCode === null && this._process.pid !== undefined) {
            const gone = new Promise((resolve) => this._process.once("exit", resolve));
            this._process.kill("SIGKILL");
            await gone;
        }
        rmSync(this._folder, { recursive: true, force: true });
    }
}

async function freeUdpPortAsync(): Promise<number> {
    const socket = createSocket("udp4");
    await new Promise<void>((bound) => socket.bind(0, "127.0.0.1", bound));
    const { port } = socket.address();
    await new Promise<void>((closed) => socket.close(() => closed()));
    return port;
}

/** Sends STUN requests until the server responds. */
async function answersAsync(port: number): Promise<void> {
    const socket = createSocket("udp4");
    const request = Buffer.alloc(20);
    request.writeUInt16BE(1, 0);
    request.writeUInt32BE(stunMagicCookie, 4);
    randomBytes(12).copy(request, 8);
    // Sending to a port that is not open yet emits an error.
    socket.on("error", () => undefined);
    let timer: NodeJS.Timeout | undefined;
    try {
        await new Promise<void>((answered, reject) => {
            const end = performance.now() + startTimeoutMs;
            socket.once("message", () => answered());
            const ask = (): void => {
                if (performance.now() > end) {
                    reject(new Error(`coturn has not answered within ${startTimeoutMs} ms.`));
                    return;
                }
                socket.send(request, port, "127.0.0.1", () => undefined);
                timer = setTimeout(ask, pollMs);
            };
            ask();
        });
    } finally {
        clearTimeout(timer);
        socket.close();
    }
}
