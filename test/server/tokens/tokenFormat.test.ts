import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { createRtcServer } from "../../../server/src/createRtcServer";
import { authorizeBy } from "../../../server/src/tokens/authorizeUrl";
import { GrantAuthority } from "../../../server/src/tokens/grants";
import { joinAsync, quieten, refusalAsync } from "../clients";

const secret = "a secret of at least thirty-two bytes";
const documentation = readFileSync(join(__dirname, "../../../docs/token-format.md"), "utf8");

/** Python example under this heading of docs/token-format.md. */
function exampleUnder(heading: string): string {
    const [, section = ""] = documentation.split(`## ${heading}\n`);
    const [, example = ""] = /```python\n(.*?)```/s.exec(section) ?? [];
    return example;
}

/** Runs the example that signs grants with these arguments. */
async function issuedByPythonAsync(...args: readonly unknown[]): Promise<{ token: string; expiresAt: number; expiresInMs: number }> {
    const call = `${exampleUnder("Example in Python")}\nimport sys\nprint(json.dumps(issue_grant(*json.loads(sys.argv[1]))))\n`;
    const { stdout } = await promisify(execFile)("python3", ["-c", call, JSON.stringify(args)], {
        env: { ...process.env, BABYLON_RTC_SECRET: secret },
    });
    return JSON.parse(stdout) as { token: string; expiresAt: number; expiresInMs: number };
}

describe("A grant that the Python example of docs/token-format.md signs", () => {
    const grants = new GrantAuthority(new TextEncoder().encode(secret), Date.now);

    it("is accepted by the server, with the room, user and lifetime it was issued for", async () => {
        const { token, expiresAt, expiresInMs } = await issuedByPythonAsync("room-1", "account-1", "Zoë", 600);
        expect(await grants.verifyAsync(token, "room-1")).toEqual({
            room: "room-1",
            user: { id: "account-1", name: "Zoë" },
            privileges: ["publish", "subscribe"],
            expiresAt,
            membersOnly: false,
        });
        expect(expiresInMs).toBe(600_000);
    });

    it("is rejected for another room and with another secret", async () => {
        const { token } = await issuedByPythonAsync("room-1", "account-1", "Zoë");
        await expect(grants.verifyAsync(token, "room-2")).rejects.toMatchObject({ reason: "tokenInvalid" });
        const others = new GrantAuthority(new TextEncoder().encode("another secret of thirty-two bytes!"), Date.now);
        await expect(others.verifyAsync(token, "room-1")).rejects.toMatchObject({ reason: "tokenInvalid" });
    });
});

describe("The sign-in in Python of docs/token-format.md", () => {
    it("admits the user of a session to a room of a server that asks it, and refuses everybody else", async () => {
        quieten();
        const python = spawn("python3", ["-c", exampleUnder("Sign-in in Python")], {
            env: { ...process.env, PORT: "0" },
            stdio: ["ignore", "pipe", "ignore"],
        });
        const ended = once(python, "close");
        try {
            const lines = createInterface(python.stdout)[Symbol.asyncIterator]();
            const { value: address = "" } = (await lines.next()) as IteratorResult<string, undefined>;
            const server = await createRtcServer({ port: 0, secret, authorize: authorizeBy(address) });
            try {
                const { inbox } = await joinAsync(server.url, "room", { name: "lobby", identity: "session-1" });
                expect(await inbox.firstAsync("welcome")).toMatchObject({ self: "account-1", members: [{ id: "account-1", name: "Zoë" }] });
                expect(await refusalAsync(joinAsync(server.url, "room", { name: "lobby", identity: "session-2" }))).toBe("unauthorized");
            } finally {
                await server.closeAsync();
            }
        } finally {
            python.kill();
            await ended;
        }
    });
});
