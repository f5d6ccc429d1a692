import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { parseCommandLine } from "../../../server/src/config/cliOptions";
import { toSettings } from "../../../server/src/config/settings";

const root = resolve(__dirname, "../../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

interface IService {
    readonly image?: string;
    readonly build?: string;
    readonly command: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
    readonly ports?: readonly string[];
    readonly network_mode?: string;
    readonly stop_grace_period?: string;
}

const text = read("compose.yaml");
const { services } = parse(text, { strict: true, uniqueKeys: true }) as { services: Readonly<Record<"server" | "turn", IService>> };

const variables: Readonly<Record<string, string>> = {
    BABYLON_RTC_SECRET: "s".repeat(64),
    BABYLON_RTC_TURN_SECRET: "t".repeat(64),
    TURN_ADDRESS: "203.0.113.7",
};

/** As compose does. */
const filled = (words: readonly string[]): readonly string[] =>
    words.map((word) => word.replace(/\$\{(\w+):\?[^}]*\}/g, (_, name: string) => variables[name] ?? ""));

/** What the command makes of arguments; a word to print would be a mistake in what it is started with. */
function optionsOf(args: readonly string[]): Exclude<ReturnType<typeof parseCommandLine>, string> {
    const options = parseCommandLine(args);
    if (typeof options === "string") {
        throw new TypeError(`It prints its ${options}.`);
    }
    return options;
}

/** Options that reach `createRtcServer`, checked as it does. */
function check({ logLevel, logFormat, drainSeconds, ...options }: ReturnType<typeof optionsOf>): void {
    expect([logLevel, logFormat, typeof drainSeconds]).toEqual(["info", "json", "number"]);
    toSettings(options);
}

describe("compose.yaml", () => {
    it("starts the server by arguments that it has, and waits longer than it drains", () => {
        const options = optionsOf(filled(services.server.command));
        check({ ...options, ...(options.turn && { turn: { ...options.turn, secret: variables.BABYLON_RTC_TURN_SECRET ?? "" } }) });
        expect(services.server.build).toBe(".");
        expect(Number.parseInt(services.server.stop_grace_period ?? "", 10)).toBeGreaterThan((options.drainSeconds ?? 0) + 5);
    });

    it("lets nobody but this machine's proxy reach the server, whose word for addresses it takes", () => {
        expect(services.server.command).toContain("--address-header");
        expect(services.server.ports).toEqual(["127.0.0.1:9000:9000"]);
    });

    it("takes every secret from the environment, and does not start without", () => {
        const named = [...text.matchAll(/\$\{(\w*SECRET\w*)(:\?[^}]+)?\}/g)].map(([, name, required]) => [name, required !== undefined]);
        expect(named.length).toBeGreaterThan(1);
        expect(named.filter(([, isRequired]) => isRequired !== true)).toEqual([]);
        expect(named.map(([name]) => name)).toEqual(expect.arrayContaining(["BABYLON_RTC_SECRET", "BABYLON_RTC_TURN_SECRET"]));
    });

    it("tells players of the relay beside it, which knows the same secret", () => {
        const { turn } = optionsOf(filled(services.server.command));
        const [, port] = /--listening-port=(\d+)/.exec(services.turn.command.join("\n")) ?? [];
        expect(turn?.urls).toEqual([`turn:203.0.113.7:${port ?? ""}`]);
        expect(filled(services.turn.command)).toContain(`--static-auth-secret=${variables.BABYLON_RTC_TURN_SECRET ?? ""}`);
        expect(filled([services.server.environment?.BABYLON_RTC_TURN_SECRET ?? ""])).toEqual([variables.BABYLON_RTC_TURN_SECRET]);
        expect(filled(services.turn.command)).toContain("--external-ip=203.0.113.7");
    });

    it("has a relay with credentials that end, by which nobody reaches its own network", () => {
        const { image, command, network_mode } = services.turn;
        expect(image).toMatch(/^coturn\/coturn:\d/);
        expect(network_mode).toBe("host");
        expect(command).toContain("--use-auth-secret");
        expect(command).not.toContain("--allow-loopback-peers");
        const denied = command.filter((each) => each.startsWith("--denied-peer-ip="));
        const guide = [...read("docs/guides/room-server.md").matchAll(/^((?:denied-peer-ip|user-quota|max-bps)=.*)$/gm)];
        expect(guide.length).toBeGreaterThan(10);
        expect(command).toEqual(expect.arrayContaining(guide.map(([, each = ""]) => `--${each}`)));
        for (const address of ["10.0.0.0", "127.0.0.0", "169.254.0.0", "172.16.0.0", "192.168.0.0", "::1", "fc00::", "fe80::"]) {
            expect([address, denied.some((each) => each.startsWith(`--denied-peer-ip=${address}`))]).toEqual([address, true]);
        }
    });
});

it("No file of the deployment lets guests in", () => {
    const unit = /```ini\n([\s\S]*?)```/.exec(read("docs/operations.md"))?.[1] ?? "";
    expect(unit).toContain("ExecStart=");
    for (const file of [text, read("Dockerfile"), unit]) {
        expect(file).not.toMatch(/--development|NODE_ENV[=: ]+"?development/);
    }
    expect(read("Dockerfile")).toMatch(/^ENV NODE_ENV=production$/m);
});

describe("The Dockerfile's command", () => {
    it("has arguments that the server has, and drains no longer than Docker waits", () => {
        const [, words = "[]"] = /^CMD (.*)$/m.exec(read("Dockerfile")) ?? [];
        const options = optionsOf(JSON.parse(words) as string[]);
        check(options);
        expect((options.drainSeconds ?? 0) + 1).toBeLessThan(10);
    });
});
