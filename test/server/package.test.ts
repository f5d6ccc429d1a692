import { spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { FreshApps, installed, manifestOf } from "../packaging/freshApp";
import { ensureBuiltAsync } from "./harness";

jest.setTimeout(60_000);

describe("The packed server", () => {
    let apps: FreshApps;
    let folder: string;

    beforeAll(async () => {
        await ensureBuiltAsync();
        apps = new FreshApps("repository");
        await apps.packAsync("server");
        folder = join(apps.folder, "empty");
        mkdirSync(folder);
        await apps.installAsync(folder, "npm install babylon-rtc-server");
    });
    afterAll(() => {
        apps.dispose();
        expect(existsSync(apps.folder)).toBe(false);
    });

    it("has nothing beside it but what it declares", () => {
        const { dependencies = {} } = manifestOf(join(folder, "node_modules/babylon-rtc-server"));
        expect([...installed(folder)].sort()).toEqual(["babylon-rtc-server", ...Object.keys(dependencies)].sort());
    });

    it("starts by its command in an empty folder, answers, and ends on SIGTERM", async () => {
        const child = spawn(join(folder, "node_modules/.bin/babylon-rtc-server"), ["--port", "0", "--host", "127.0.0.1"], {
            cwd: folder,
            env: { ...process.env, NODE_ENV: "development", BABYLON_RTC_SECRET: undefined },
            stdio: ["ignore", "pipe", "pipe"],
        });
        const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
        try {
            let output = "";
            const url = await new Promise<string>((resolve, reject) => {
                const take = (data: Buffer): void => {
                    output += data.toString();
                    const [, address] = /listens on (\S+);/.exec(output) ?? [];
                    if (address !== undefined) {
                        resolve(address);
                    }
                };
                child.stdout.on("data", take);
                child.stderr.on("data", take);
                void ended.then((code) => reject(new Error(`It ended with ${code}: ${output}`)));
            });
            expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: "ok", rooms: 0 });
            const guest = await fetch(`${url}/guest`, {
                method: "POST",
                headers: { "Content-Type": "application/json" },
                body: JSON.stringify({ name: "Alice" }),
            });
            expect(await guest.json()).toMatchObject({ user: { name: "Alice" } });
            child.kill("SIGTERM");
            expect(await ended).toBe(0);
        } finally {
            child.kill("SIGKILL");
        }
    });
});
