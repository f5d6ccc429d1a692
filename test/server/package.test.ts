import { spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FreshApps, installed, manifestOf } from "../packaging/freshApp";
import { ensureBuiltAsync } from "./harness";

// npm installs two hundred packages, which is slow on a shared machine.
jest.setTimeout(180_000);

describe("The packed server", () => {
    let apps: FreshApps;
    let folder: string;

    beforeAll(async () => {
        await ensureBuiltAsync();
        apps = new FreshApps("repository");
        await apps.packAsync("server");
        folder = join(apps.folder, "empty");
        mkdirSync(folder);
        await apps.runAsync(folder, "npm init -y");
        await apps.runAsync(folder, "npm install ../babylon-rtc/packed/babylon-rtc-server.tgz");
    });
    afterAll(async () => {
        await apps.disposeAsync();
        expect(existsSync(apps.folder)).toBe(false);
    });

    it("installs only its declared dependencies", async () => {
        const present = installed(folder);
        const { dependencies = {} } = manifestOf(join(folder, "node_modules/babylon-rtc-server"));
        expect(present).toEqual(expect.arrayContaining(["babylon-rtc-server", ...Object.keys(dependencies)]));
        // `npm ls` fails if a package is extraneous or missing.
        await apps.runAsync(folder, "npm ls --all");
        expect(Object.keys(manifestOf(folder).dependencies ?? {})).toEqual(["babylon-rtc-server"]);
    });

    it("has types that compile with only the types of Node", async () => {
        await apps.runAsync(folder, "npm install --save-dev typescript @types/node");
        writeFileSync(join(folder, "server.ts"), 'export * from "babylon-rtc-server";\n');
        await apps.runAsync(folder, "npx tsc --strict --noEmit --target es2023 --lib es2023 --module nodenext --types node server.ts");
    });

    it("starts with its command in an empty folder, answers, and exits on SIGTERM", async () => {
        const child = spawn(join(folder, "node_modules/.bin/babylon-rtc-server"), ["--development", "--port", "0", "--host", "127.0.0.1"], {
            cwd: folder,
            env: { ...process.env, NODE_ENV: undefined, BABYLON_RTC_SECRET: undefined },
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
