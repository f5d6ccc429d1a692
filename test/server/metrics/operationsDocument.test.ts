import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createRtcServer } from "babylon-rtc-server";
import { helpText, parseCommandLine } from "../../../server/src/config/cliOptions";
import { toSettings } from "../../../server/src/config/settings";

const root = resolve(__dirname, "../../..");
const text = readFileSync(join(root, "docs/operations.md"), "utf8");

describe("docs/operations.md", () => {
    it("lists exactly our metrics, with type and labels", async () => {
        const server = await createRtcServer({ port: 0, log: () => undefined });
        const { text: all } = await server.metricsAsync();
        await server.closeAsync();
        const metrics = [...all.matchAll(/^# TYPE (babylon_rtc_\w+) (\w+)$/gm)].map(([, name = "", type = ""]) => {
            const [, inside = ""] = new RegExp(`^${name}\\{(.*)\\}`, "m").exec(all) ?? [];
            return [name, type, [...inside.matchAll(/(\w+)=/g)].map(([, label = ""]) => `\`${label}\``).join(", ")];
        });
        const rows = [...text.matchAll(/^\| `(babylon_rtc_\w+)` *\| (\w+) *\| ([^|]*?) *\|/gm)].map((row) => row.slice(1));
        expect(rows).toEqual(metrics);
        expect(rows.length).toBeGreaterThan(10);
    });

    it("names only metrics of Node that exist", async () => {
        const server = await createRtcServer({ port: 0, log: () => undefined });
        const { text: all } = await server.metricsAsync();
        await server.closeAsync();
        const named = [...text.matchAll(/`((?:nodejs|process)_\w+)`/g)].map(([, name = ""]) => name);
        expect(named.length).toBeGreaterThan(3);
        expect(named.filter((name) => !all.includes(`\n${name} `))).toEqual([]);
    });

    it("has a systemd unit with valid options and a stop timeout longer than the drain time", () => {
        const [, line = ""] = /^ExecStart=\S+\/babylon-rtc-server (.*)$/m.exec(text) ?? [];
        const asked = parseCommandLine(line.split(" "));
        if (typeof asked === "string") {
            throw new TypeError(`It prints its ${asked}.`);
        }
        const { addressHeader, drainSeconds = 0, logFormat, logLevel, ...options } = asked;
        toSettings(options);
        expect([addressHeader, logFormat, logLevel, options.metrics?.port]).toEqual(["X-Real-IP", "json", "info", 9100]);
        expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(text)?.[1])).toBeGreaterThan(drainSeconds + 5);
    });
});

describe("server/README.md", () => {
    it("lists exactly the options of the command", () => {
        const flagsOf = (source: string, pattern: RegExp): string[] => [...source.matchAll(pattern)].map(([, flag = ""]) => flag).sort();
        const readme = readFileSync(join(root, "server/README.md"), "utf8");
        const inHelp = flagsOf(helpText, /^ {2}(--[\w-]+)/gm).filter((flag) => flag !== "--help" && flag !== "--version");
        expect(flagsOf(readme, /^\| `(--[\w-]+)/gm)).toEqual(inHelp);
        expect(inHelp.length).toBeGreaterThan(10);
    });
});
