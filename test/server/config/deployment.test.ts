import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { parseCommandLine } from "../../../server/src/config/cliOptions";
import { toSettings } from "../../../server/src/config/settings";

// coturn starts slowly on a shared machine.
jest.setTimeout(60_000);

const root = resolve(__dirname, "../../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

interface IService {
    readonly image?: string;
    readonly build?: string;
    readonly command: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
    readonly ports?: readonly string[];
    readonly network_mode?: string;
    readonly configs?: readonly { readonly source: string; readonly target: string }[];
    readonly stop_grace_period?: string;
}

const text = read("compose.yaml");
const { services, configs } = parse(text, { strict: true, uniqueKeys: true }) as {
    services: Readonly<Record<"server" | "turn", IService>>;
    configs: { readonly turn: { readonly content: string } };
};

const variables: Readonly<Record<string, string>> = {
    BABYLON_RTC_SECRET: "s".repeat(64),
    BABYLON_RTC_TURN_SECRET: "t".repeat(64),
    TURN_ADDRESS: "203.0.113.7",
};

/** Substitutes `${NAME:?message}` with the variable's value, as Docker Compose does. */
const filled = (words: readonly string[]): readonly string[] =>
    words.map((word) => word.replace(/\$\{(\w+):\?[^}]*\}/g, (_, name: string) => variables[name] ?? ""));

/** Lines of coturn's configuration file as Compose writes it, without comments. */
const relay = filled(configs.turn.content.split("\n").filter((line) => line !== "" && !line.startsWith("#")));

/** Parses command-line arguments. Throws if they only print a text (`--help`, `--version`), since a deployment must start the server. */
function optionsOf(args: readonly string[]): Exclude<ReturnType<typeof parseCommandLine>, string> {
    const options = parseCommandLine(args);
    if (typeof options === "string") {
        throw new TypeError(`The command would only print its ${options}.`);
    }
    return options;
}

/** Checks the options of the command, and those of the server as `createRtcServer` checks them. */
function check({ addressHeader, logLevel, logFormat, drainSeconds, ...options }: ReturnType<typeof optionsOf>): void {
    expect([logLevel, logFormat, typeof drainSeconds]).toEqual(["info", "json", "number"]);
    expect(["X-Real-IP", undefined]).toContain(addressHeader);
    toSettings(options);
}

interface IProgram {
    output(): string;
    /** Resolves with the first match in the output. Rejects if the program ends, or after 30 s. */
    firstAsync(pattern: RegExp): Promise<string>;
    end(): void;
}

/** Runs one of coturn's programs. */
function run(name: string, args: readonly string[]): IProgram {
    const child = spawn(name, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let look = (): void => undefined;
    const take = (data: Buffer): void => {
        output += data.toString();
        look();
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    const ended = new Promise<string>((done) => {
        child.once("error", (error) => done(`${error.message}. Install it: apt-get install coturn`));
        child.once("close", (code) => done(`It exited with code ${code}.`));
    });
    return {
        output: () => output,
        end: () => void child.kill("SIGKILL"),
        firstAsync: async (pattern) =>
            await new Promise((resolve_, reject) => {
                look = () => {
                    const [match] = pattern.exec(output) ?? [];
                    if (match !== undefined) {
                        resolve_(match);
                    }
                };
                look();
                const fail = (why: string): void => reject(new Error(`${name}: ${why}\n${output}`));
                void ended.then(fail);
                setTimeout(() => fail(`Its output has not matched ${String(pattern)} within 30 s.`), 30_000).unref();
            }),
    };
}

async function freeUdpPortAsync(): Promise<number> {
    const socket = createSocket("udp4");
    await new Promise<void>((bound) => socket.bind(0, "127.0.0.1", bound));
    const { port } = socket.address();
    await new Promise<void>((closed) => socket.close(closed));
    return port;
}

/** Waits until a STUN server responds. coturn logs its start before it listens. */
async function answersAsync(port: number): Promise<void> {
    const socket = createSocket("udp4");
    // A binding request (RFC 8489, section 5): type, length, magic cookie, transaction id.
    const request = Buffer.concat([Buffer.from("000100002112a442", "hex"), Buffer.alloc(12, 7)]);
    // Sending fails while the port is not open.
    socket.on("error", () => undefined);
    const asking = setInterval(() => socket.send(request, port, "127.0.0.1"), 100);
    try {
        await new Promise((resolve_) => socket.once("message", resolve_));
    } finally {
        clearInterval(asking);
        socket.close();
    }
}

describe("compose.yaml", () => {
    it("starts the server with valid arguments and a stop grace period longer than its drain time", () => {
        const options = optionsOf(filled(services.server.command));
        check({ ...options, ...(options.turn && { turn: { ...options.turn, secret: variables.BABYLON_RTC_TURN_SECRET ?? "" } }) });
        expect(services.server.build).toBe(".");
        expect(Number.parseInt(services.server.stop_grace_period ?? "", 10)).toBeGreaterThan((options.drainSeconds ?? 0) + 5);
    });

    it("publishes the server only on localhost, for the proxy whose address header it trusts", () => {
        expect(services.server.command).toContain("--address-header");
        expect(services.server.ports).toEqual(["127.0.0.1:9000:9000"]);
    });

    it("takes every secret from the environment, and requires each one", () => {
        const named = [...text.matchAll(/\$\{(\w*SECRET\w*)(:\?[^}]+)?\}/g)].map(([, name, required]) => [name, required !== undefined]);
        expect(named.length).toBeGreaterThan(1);
        expect(named.filter(([, isRequired]) => isRequired !== true)).toEqual([]);
        expect(named.map(([name]) => name)).toEqual(expect.arrayContaining(["BABYLON_RTC_SECRET", "BABYLON_RTC_TURN_SECRET"]));
    });

    it("passes the TURN server's address to the server, and the same secret to both", () => {
        const { turn } = optionsOf(filled(services.server.command));
        const [, port] = /listening-port=(\d+)/.exec(relay.join("\n")) ?? [];
        expect(turn?.urls).toEqual([`turn:203.0.113.7:${port ?? ""}`]);
        expect(relay).toContain(`static-auth-secret=${variables.BABYLON_RTC_TURN_SECRET ?? ""}`);
        expect(filled([services.server.environment?.BABYLON_RTC_TURN_SECRET ?? ""])).toEqual([variables.BABYLON_RTC_TURN_SECRET]);
        expect(relay).toContain("external-ip=203.0.113.7");
    });

    it("passes no secret as an argument, which other users of the machine can read", () => {
        for (const { command } of Object.values(services)) {
            expect(command.join(" ")).not.toMatch(/SECRET|secret/);
        }
        const [source] = services.turn.configs ?? [];
        expect(source).toEqual({ source: "turn", target: services.turn.command.at(-1) });
        expect(services.turn.command).toEqual(["-c", "/etc/coturn/turnserver.conf"]);
    });

    it("has settings that a real coturn accepts, and coturn accepts only credentials made with the configured secret", async () => {
        const { BABYLON_RTC_TURN_SECRET: secret = "" } = variables;
        const folder = mkdtempSync(join(tmpdir(), "turn-"));
        const port = String(await freeUdpPortAsync());
        const file = join(folder, "turnserver.conf");
        // The settings with a free port, and without the external address, which this machine does not have.
        const settings = relay
            .map((line) => line.replace(/^listening-port=.*/, `listening-port=${port}`))
            .filter((line) => !line.startsWith("external-ip="));
        writeFileSync(
            file,
            [
                ...settings,
                "listening-ip=127.0.0.1",
                "relay-ip=127.0.0.1",
                `pidfile=${join(folder, "pid")}`,
                `userdb=${join(folder, "db")}`,
            ].join("\n"),
            { mode: 0o600 },
        );
        const coturn = run("turnserver", ["-c", file]);
        try {
            const isTakenAsync = async (by: string): Promise<boolean> => {
                const client = run("turnutils_uclient", ["-v", "-n", "1", "-W", by, "-p", port, "-e", "203.0.113.9", "127.0.0.1"]);
                try {
                    // A refused client retries, so eight requests count as a refusal.
                    return (await client.firstAsync(/Received relay addr|(allocate sent[\s\S]*?){8}/)) === "Received relay addr";
                } finally {
                    client.end();
                }
            };
            await coturn.firstAsync(/Total General servers: \d/);
            await answersAsync(Number(port));
            expect(await isTakenAsync(secret)).toBe(true);
            expect(await isTakenAsync("another secret")).toBe(false);
            expect(coturn.output()).not.toMatch(/Bad configuration|Unknown|ERROR: CONFIG/i);
            expect(coturn.output()).not.toContain(secret);
        } finally {
            coturn.end();
            rmSync(folder, { recursive: true, force: true });
        }
    });

    it("has a TURN server with expiring credentials, which relays nothing to private addresses", () => {
        const { image, network_mode } = services.turn;
        expect(image).toMatch(/^coturn\/coturn:\d/);
        expect(network_mode).toBe("host");
        expect(relay).toContain("use-auth-secret");
        expect(relay).not.toContain("allow-loopback-peers");
        const denied = relay.filter((each) => each.startsWith("denied-peer-ip="));
        const guide = [...read("docs/guides/room-server.md").matchAll(/^((?:denied-peer-ip|user-quota|max-bps)=.*)$/gm)];
        expect(guide.length).toBeGreaterThan(10);
        expect(relay).toEqual(expect.arrayContaining(guide.map(([, each = ""]) => each)));
        for (const address of ["10.0.0.0", "127.0.0.0", "169.254.0.0", "172.16.0.0", "192.168.0.0", "::1", "fc00::", "fe80::"]) {
            expect([address, denied.some((each) => each.startsWith(`denied-peer-ip=${address}`))]).toEqual([address, true]);
        }
    });
});

it("No deployment file admits guests", () => {
    const unit = /```ini\n([\s\S]*?)```/.exec(read("docs/operations.md"))?.[1] ?? "";
    expect(unit).toContain("ExecStart=");
    for (const file of [text, read("Dockerfile"), unit]) {
        expect(file).not.toMatch(/--development|NODE_ENV[=: ]+"?development/);
    }
    expect(read("Dockerfile")).toMatch(/^ENV NODE_ENV=production$/m);
});

describe("The Dockerfile's command", () => {
    it("has valid arguments and a drain time shorter than Docker's stop timeout", () => {
        const [, words = "[]"] = /^CMD (.*)$/m.exec(read("Dockerfile")) ?? [];
        const options = optionsOf(JSON.parse(words) as string[]);
        check(options);
        expect((options.drainSeconds ?? 0) + 1).toBeLessThan(10);
    });
});
