import { createLog, eventLog } from "babylon-rtc-server";
import { askAsync, enterBothAsync, openAsync, postAsync, quieten, signalAsync } from "./clients";
import { runCommand } from "./command";
import { ensureBuiltAsync } from "./harness";
import type { ILogOptions, LogLevel, ServerEvent } from "babylon-rtc-server";
import type { IResume } from "../../protocol/wire.js";

jest.setTimeout(30_000);

beforeAll(async () => {
    quieten();
    await ensureBuiltAsync();
});

function collect(options: ILogOptions = {}): { readonly lines: string[]; readonly log: ReturnType<typeof createLog> } {
    const lines: string[] = [];
    return { lines, log: createLog({ ...options, write: (line) => void lines.push(line) }) };
}

describe("createLog", () => {
    it.each<[LogLevel | undefined, readonly LogLevel[]]>([
        [undefined, ["warn", "error"]],
        ["debug", ["debug", "info", "warn", "error"]],
        ["info", ["info", "warn", "error"]],
        ["error", ["error"]],
    ])("drops entries below the level %p", (level, told) => {
        const { lines, log } = collect({ format: "json", ...(level && { level }) });
        (["debug", "info", "warn", "error"] as const).forEach((each) => log(each, "something"));
        expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(told);
    });

    it("writes JSON on one line, with the time in UTC and the fields of the entry", () => {
        const { lines, log } = collect({ format: "json", level: "info" });
        log("info", "one\ntwo", { members: 2, room: 'a"b' });
        expect(lines).toHaveLength(1);
        expect(lines[0]).toMatch(/^[^\n]+\n$/);
        expect(JSON.parse(lines[0] ?? "")).toEqual({
            time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
            level: "info",
            message: "one\ntwo",
            members: 2,
            room: 'a"b',
        });
    });

    it("escapes text so that an entry cannot forge another line", () => {
        const { lines, log } = collect({ level: "info" });
        log("warn", "told\r\nbabylon-rtc-server: forged\u001b[2J");
        log("info", "joined", { room: "a\nbabylon-rtc-server: forged", seconds: 3 });
        expect(lines).toEqual([
            "babylon-rtc-server: told\n    babylon-rtc-server: forged\ufffd[2J\n",
            'babylon-rtc-server: info: joined room="a\\nbabylon-rtc-server: forged" seconds=3\n',
        ]);
    });
});

describe("eventLog", () => {
    const around = { time: 1, actor: { kind: "user", id: "alice", name: "SecretName" }, address: "192.0.2.1" } as const;
    const room = { id: "room1", name: "SecretName" };
    const member = { id: "alice", name: "SecretName", attributes: { text: "SecretName" } };

    it.each<[string, ServerEvent, object]>([
        ["info", { ...around, type: "joined", room, member }, { message: "joined", room: "room1", user: "alice", address: "192.0.2.1" }],
        ["info", { ...around, type: "left", room, member, reason: "dropped" }, { message: "left", user: "alice", reason: "dropped" }],
        [
            "info",
            { ...around, type: "moderated", room, action: "kick", member: { id: "bob", name: "SecretName" }, seconds: 60 },
            { message: "moderated", action: "kick", user: "bob", seconds: 60, actor: "alice" },
        ],
        ["info", { ...around, type: "moderated", room, action: "describe", description: "SecretName" }, { action: "describe" }],
        [
            "info",
            { ...around, type: "moderated", room, action: "setProperties", properties: { text: "SecretName" } },
            { action: "setProperties" },
        ],
        ["debug", { ...around, type: "changed", room, member, before: member }, { message: "changed" }],
        ["debug", { ...around, type: "muted", room, member, muted: "self" }, { message: "muted", muted: "self" }],
        [
            "debug",
            {
                ...around,
                actor: { kind: "unknown" },
                type: "refused",
                room: { id: null, name: "SecretName" },
                request: "enter",
                reason: "roomFull",
                message: "The room is full.",
                omitted: 2,
            },
            { message: "refused", room: null, request: "enter", reason: "roomFull", omitted: 2, actor: "unknown" },
        ],
    ])("logs at level %s, with ids and without names and texts that users chose", (level, event, told) => {
        const { lines, log } = collect({ format: "json", level: "debug" });
        eventLog(log)(event);
        expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level, ...told });
        expect(lines.join()).not.toContain("SecretName");
    });
});

describe("the command's log", () => {
    it("is JSON to the last line, has joins, leaves and refusals, and contains no token, secret, password or name", async () => {
        const secret = "a secret of at least thirty-two bytes";
        const args = ["--development", "--port", "0", "--log-level", "debug", "--log-format", "json", "--drain-seconds", "1"];
        const command = runCommand(args, { BABYLON_RTC_SECRET: secret });
        const [, url = ""] = await command.lineAsync(/"message":"listening","url":"([^"]+)"/);
        const { member, voice } = await enterBothAsync(url, "SecretRoom", "SecretName");
        const signal = await signalAsync(url, voice);
        await askAsync(member, "password", { password: "SecretPassword" });
        await postAsync(`${url}/token`, { room: "" }, { Authorization: `Bearer ${member.identity}` });
        await postAsync(`${url}/token`, { room: member.roomId }, { Authorization: "Bearer not-a-token-of-ours" });
        await expect(openAsync(`${url.replace("http", "ws")}/signal/peerjs?key=peerjs&id=x&token=not-a-token-of-ours`)).rejects.toThrow();
        signal.send("no JSON not-a-token-of-ours");
        const { resume } = await member.inbox.firstAsync<{ resume: IResume }>("welcome");
        await command.lineAsync(/"message":"refused".*"request":"signalling"/);
        command.child.kill();
        const { code, output } = await command.ended;
        expect(code).toBe(0);
        const lines = output
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line) as { level: string; message: string });
        const told = lines.map(({ message }) => message);
        expect(told).toEqual(expect.arrayContaining(["listening", "roomCreated", "joined", "voiceJoined", "refused", "left", "roomEnded"]));
        for (const hidden of [
            secret,
            member.identity,
            voice.grant.token,
            voice.secret,
            resume.secret,
            "not-a-token-of-ours",
            "SecretPassword",
            "SecretName",
            "SecretRoom",
        ]) {
            expect(output).not.toContain(hidden);
        }
    });

    it.each([
        ["an uncaught error", `throw new Error("a fault")`],
        ["an unhandled rejection", `void Promise.reject(new Error("a fault"))`],
    ])("is JSON to the last line if the process ends by %s, with exit code 1", async (_what, fault) => {
        const module = `data:text/javascript,${encodeURIComponent(`process.once("SIGUSR2", () => { ${fault}; });`)}`;
        const command = runCommand(["--development", "--port", "0", "--log-format", "json"], { NODE_OPTIONS: `--import=${module}` });
        await command.lineAsync(/"message":"listening"/);
        command.child.kill("SIGUSR2");
        const { code, output } = await command.ended;
        expect(code).toBe(1);
        const lines = output.trim().split("\n");
        const entries = lines.map((line) => JSON.parse(line) as { level: string; message: string });
        expect(entries.at(-1)).toMatchObject({
            level: "error",
            message: expect.stringMatching(/^Uncaught error, exiting: Error: a fault\n/) as string,
        });
    });

    it("contains the reason for a failed start, as JSON", async () => {
        const { code, output } = await runCommand(["--port", "0", "--log-format", "json"]).ended;
        expect(code).toBe(1);
        expect(JSON.parse(output)).toMatchObject({ level: "error", message: expect.stringContaining("No user could enter") as string });
    });

    it.each([
        [["--log-format", "json", "--port", "many"], "--port must be a whole number"],
        [["--log-format=json", "--unknown"], "--unknown"],
        [["--drain-seconds", "3601", "--log-format", "json"], "--drain-seconds must be a whole number"],
    ])("contains the error of the command line %j, as JSON", async (args, word) => {
        const { code, output } = await runCommand(args).ended;
        expect(code).toBe(1);
        expect(JSON.parse(output)).toMatchObject({ level: "error", message: expect.stringContaining(word) as string });
    });

    it.each([
        [["--log-level", "loud"], "--log-level must be one of debug, info, warn, error"],
        [["--log-format", "xml"], "--log-format must be one of text, json"],
        [["--drain-seconds", "3601"], "--drain-seconds must be a whole number up to 3600"],
        [["--metrics-host", "0.0.0.0"], "--metrics-host requires --metrics-port"],
        [["--development", "--metrics-port", "0", "--metrics-host", "0.0.0.0"], "BABYLON_RTC_METRICS_TOKEN"],
    ])("is not started with %j, and the reason is printed", async (args, word) => {
        const { code, output } = await runCommand(args).ended;
        expect(code).toBe(1);
        expect(output).toContain(word);
    });
});
