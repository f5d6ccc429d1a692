import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { launchAsync } from "../harness/chromium";
import { runAsync, startAsync, type IRunningCommand } from "../../packaging/command";
import { listenAtOutput, untilHeardAsync, writeVoice } from "../harness/earsAtOutput";
import { FreshApps, installed, manifestOf } from "../../packaging/freshApp";
import { readGuide, type IGuideSection } from "../harness/guides/guide";

/** `npm run test:apps` sets it: everything comes from the npm registry, as it does for a newcomer. */
const fromRegistry = (globalThis as { fromRegistry?: boolean }).fromRegistry === true;

/** Two people's pitches, in Hz. */
const pitches = [440, 700] as const;

/** What is recognised in a minified script, by a text of its own that it cannot do without. */
const marks = {
    "@colyseus/sdk": "@colyseus/schema: ",
    peerjs: "0.peerjs.com",
    "babylon-rtc/gui": "Hide the members",
    "@babylonjs/gui": "AdvancedDynamicTexture",
    "@sapphi-red/web-noise-suppressor": "@sapphi-red/web-noise-suppressor/",
} as const;

/** The scripts that a page starts with: those that it names, and what they import, not what they load later. */
function initialScripts(folder: string): ReadonlySet<string> {
    const found = new Set<string>();
    const visit = (path: string): void => {
        if (!found.has(path)) {
            found.add(path);
            const imports = readFileSync(path, "utf8").matchAll(/(?:\bfrom|\bimport)\s*["'`](\.{1,2}\/[^"'`]+\.js)["'`]/g);
            for (const [, target = ""] of imports) {
                visit(resolve(path, "..", target));
            }
        }
    };
    const html = readFileSync(join(folder, "index.html"), "utf8");
    for (const [, target = ""] of html.matchAll(/<(?:script|link rel="modulepreload")[^>]* (?:src|href)="\/?([^"]+\.js)"/g)) {
        visit(join(folder, target));
    }
    return found;
}

/** What of `marks` is in some scripts. */
function marksIn(paths: Iterable<string>): readonly string[] {
    const text = [...paths].map((path) => readFileSync(path, "utf8")).join("\n");
    return Object.entries(marks).flatMap(([name, mark]) => (text.includes(mark) ? [name] : []));
}

function scriptsIn(folder: string): readonly string[] {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".js"))
        .map((name) => join(folder, name));
}

async function freePortAsync(): Promise<number> {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, listening));
    const { port } = server.address() as AddressInfo;
    await new Promise((closed) => server.close(closed));
    return port;
}

describe("An app made from docs/guides/vite-and-webpack.md alone", () => {
    const apps = new FreshApps(fromRegistry ? "registry" : "repository");
    const browsers: Browser[] = [];
    let section: (heading: string) => IGuideSection;
    let command: (heading: string, pattern: RegExp) => string;
    let folders: { server: string; library: string; vite: string; webpack: string };
    let built: { readonly vite: string; readonly webpack: string };

    beforeAll(
        async () => {
            const guide = readGuide("docs/guides/vite-and-webpack.md", await freePortAsync());
            section = (heading) => guide.get(heading) ?? { files: new Map(), commands: [] };
            command = (heading, pattern) => {
                const found = section(heading).commands.find((line) => pattern.test(line));
                if (found === undefined) {
                    throw new Error(`Section ${heading} of the guide has no command ${String(pattern)}.`);
                }
                return found;
            };
            await apps.packAsync();
            const [server, library, vite, webpack] = await Promise.all([
                apps.makeAsync("server", [{ files: new Map(), commands: ["npm init -y", "npm install babylon-rtc-server"] }]),
                apps.makeAsync("library", [section("2")]),
                apps.makeAsync("vite", [section("2"), section("3a")]),
                apps.makeAsync("webpack", [section("2"), section("3b")]),
            ]);
            folders = { server, library, vite, webpack };
            built = { vite: join(vite, "dist"), webpack: join(webpack, "public") };
            await Promise.all([
                runAsync(command("3a", /^npm run build$/), { cwd: vite }),
                runAsync(command("3b", /^npm run build$/), { cwd: webpack }),
            ]);
            for (const hz of pitches) {
                const microphoneFile = join(apps.folder, `${hz}.wav`);
                writeVoice(microphoneFile, hz);
                browsers.push(await launchAsync({ autoplay: false, microphoneFile }));
            }
        },
        // Ends a hang: two bundlers share the machine with whatever else it does.
        300_000,
    );

    afterAll(async () => {
        await Promise.all(browsers.map((browser) => browser.close()));
        apps.dispose();
    });

    /** The server of the guide's first step, from its tarball; `npx` finds it where it is installed. */
    const startServerAsync = (line: string): Promise<IRunningCommand> => startAsync(line, /listens on/, { cwd: folders.server });

    /** Two people open a page and enter; each must hear the other, and only the other, at the loudspeakers. */
    async function meetAsync(url: string): Promise<void> {
        const complaints: string[] = [];
        const pages: Page[] = [];
        for (const browser of browsers) {
            const page = await browser.newPage({ viewport: { width: 640, height: 400 } });
            page.on("pageerror", (error) => complaints.push(error.message));
            page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
            await page.addInitScript(listenAtOutput);
            await page.goto(url);
            pages.push(page);
        }
        // The click does nothing before the plugin is there.
        await Promise.all(pages.map((page) => page.waitForFunction(() => document.querySelector("canvas")?.width !== 300)));
        for (const page of pages) {
            await page.getByRole("button", { name: "Enter the room" }).click();
        }
        await Promise.all(pages.map((page) => page.getByRole("button").waitFor({ state: "detached" })));
        const [low, high] = pitches;
        const [first, second] = pages as [Page, Page];
        const heard = await Promise.all([untilHeardAsync(first, [high, low]), untilHeardAsync(second, [low, high])]);
        expect((heard[0][low] ?? 1) / (heard[0][high] ?? 0)).toBeLessThan(0.1);
        expect((heard[1][high] ?? 1) / (heard[1][low] ?? 0)).toBeLessThan(0.1);
        // Chromium's software renderer says that reading pixels is slow.
        expect(complaints.filter((text) => !text.includes("GPU stall"))).toEqual([]);
        await Promise.all(pages.map((page) => page.close()));
    }

    it("gets a tarball that holds every file that its exports name, and nothing of the samples or tests", () => {
        const folder = join(folders.vite, "node_modules/babylon-rtc");
        const named = Object.values(manifestOf(folder).exports ?? {}).flatMap((each) =>
            typeof each === "string" ? [each] : Object.values(each),
        );
        expect(named.length).toBeGreaterThan(4);
        expect(named.filter((path) => !existsSync(join(folder, path)))).toEqual([]);
        expect(readdirSync(join(folder, "dist")).sort()).toEqual(["protocol", "src", "umd"]);
    });

    it("carries no package of the server's", () => {
        const ours = manifestOf(join(folders.vite, "node_modules/babylon-rtc")).dependencies ?? {};
        const { dependencies = {} } = manifestOf(join(folders.server, "node_modules/babylon-rtc-server"));
        // Colyseus' client brings these two itself.
        const servers = ["babylon-rtc-server", "express", ...Object.keys(dependencies)].filter(
            (name) => !["ws", "@colyseus/schema"].includes(name),
        );
        expect(servers.length).toBeGreaterThan(5);
        // The folder without a bundler: webpack-dev-server brings a server of its own, and Express with it.
        const present = installed(folders.library);
        expect(present).toEqual(expect.arrayContaining(["babylon-rtc", ...Object.keys(ours)]));
        expect(present.filter((name) => servers.includes(name))).toEqual([]);
    });

    it.each(["vite", "webpack"] as const)("starts without gui, suppression, PeerJS and Colyseus' client: %s", (bundler) => {
        const initial = initialScripts(built[bundler]);
        expect(initial.size).toBeGreaterThan(0);
        expect(marksIn(initial)).toEqual([]);
        // What calls and speaks to the server is loaded on demand; what nobody imports is nowhere.
        expect(marksIn(scriptsIn(built[bundler]))).toEqual(["@colyseus/sdk", "peerjs"]);
        // The other marks are those of what they stand for.
        const repository = ["dist/src/gui", "node_modules/@babylonjs/gui/2D", "node_modules/@sapphi-red/web-noise-suppressor/dist"];
        expect(marksIn(repository.flatMap((folder) => scriptsIn(folder)))).toEqual(
            expect.arrayContaining(["babylon-rtc/gui", "@babylonjs/gui", "@sapphi-red/web-noise-suppressor"]),
        );
    });

    it("is heard with Vite, built and previewed, by a page from another origin than the server's", async () => {
        const server = await startServerAsync(command("1", /^npx babylon-rtc-server/));
        const port = await freePortAsync();
        const preview = await startAsync(`${command("3a", /^npx vite preview/)} --port ${port} --strictPort`, /Local:/, {
            cwd: folders.vite,
        });
        try {
            await meetAsync(`http://localhost:${port}`);
        } finally {
            await preview.stopAsync();
            await server.stopAsync();
        }
    }, 120_000);

    it("is heard with webpack, built and served by the server itself", async () => {
        const line = command("3b", /^npx babylon-rtc-server/);
        const server = await startServerAsync(line.replace("--static public", `--static "${built.webpack}"`));
        try {
            await meetAsync(`http://localhost:${/--port (\d+)/.exec(line)?.[1] ?? ""}`);
        } finally {
            await server.stopAsync();
        }
    }, 120_000);

    if (fromRegistry) {
        it.each([
            ["vite", "3a", /Local:/],
            ["webpack", "3b", /compiled successfully/],
        ] as const)(
            "is heard as `npm run dev` serves it: %s",
            async (bundler, heading, ready) => {
                const server = await startServerAsync(command("1", /^npx babylon-rtc-server/));
                const port = await freePortAsync();
                const dev = await startAsync(`${command(heading, /^npm run dev$/)} -- --port ${port}`, ready, { cwd: folders[bundler] });
                try {
                    await meetAsync(`http://localhost:${port}`);
                } finally {
                    await dev.stopAsync();
                    await server.stopAsync();
                }
            },
            120_000,
        );
    }

    it("is content with the types of every entry, checked through and through", async () => {
        const { exports = {}, peerDependenciesMeta = {} } = manifestOf(join(folders.vite, "node_modules/babylon-rtc"));
        const entries = Object.entries(exports).flatMap(([entry, target]) =>
            typeof target === "string" ? [] : [`babylon-rtc${entry.slice(1)}`],
        );
        expect(entries).toEqual(expect.arrayContaining(["babylon-rtc", "babylon-rtc/gui"]));
        await apps.installAsync(folders.vite, `npm install ${Object.keys(peerDependenciesMeta).join(" ")}`);
        writeFileSync(join(folders.vite, "src/entries.ts"), entries.map((entry, i) => `export * as entry${i} from "${entry}";\n`).join(""));
        await runAsync("npx tsc --skipLibCheck false", { cwd: folders.vite });
    }, 120_000);
});
