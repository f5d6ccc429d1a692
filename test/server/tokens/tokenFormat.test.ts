import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { GrantAuthority } from "../../../server/src/tokens/grants";

const secret = "a secret of at least thirty-two bytes";
const documentation = readFileSync(join(__dirname, "../../../docs/token-format.md"), "utf8");

/** Runs the Python example of docs/token-format.md with these arguments. */
async function issuedByPythonAsync(...args: readonly unknown[]): Promise<{ token: string; expiresAt: number; expiresInMs: number }> {
    const [, example = ""] = /```python\n(.*?)```/s.exec(documentation) ?? [];
    const call = `${example}\nimport sys\nprint(json.dumps(issue_grant(*json.loads(sys.argv[1]))))\n`;
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
