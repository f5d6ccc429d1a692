import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { launchAsync } from "../harness/chromium";
import { Picture } from "../harness/picture";
import type { IRunningCommand } from "../../packaging/command";
import { listenAtOutput, untilHeardAsync, writeVoice } from "../harness/earsAtOutput";
import { FreshApps, installed, manifestOf } from "../../packaging/freshApp";
import { readGuide, type IGuideSection } from "../harness/guides/guide";

/** True under `npm run test:apps`: everything comes from the npm registry, as for a new user. */
const fromRegistry = (globalThis as { fromRegistry?: boolean }).fromRegistry === true;

const guidePath = "docs/guides/vite-and-webpack.md";

/** Pitches of the two people, in Hz. */
const pitches = [440, 700] as const;

/** Texts by which packages are recognized in a minified script: each is in every bundle that contains the package. */
const marks = {
    "@colyseus/sdk": "@colyseus/schema: ",
    peerjs: "0.peerjs.com",
    "babylon-rtc/gui": "Hide the members",
    "@babylonjs/gui": "AdvancedDynamicTexture",
    "@sapphi-red/web-noise-suppressor": "@sapphi-red/web-noise-suppressor/",
} as const;

/** Scripts that a page loads at its start: those named in its HTML, and their static imports. Scripts loaded on demand are not included. */
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

/** Names of the `marks` that occur in the scripts at these paths. */
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
    /** npm's output while the library was installed. */
    let libraryPrinted = "";

    beforeAll(
        async () => {
            const guide = readGuide(guidePath, await freePortAsync());
            section = (heading) => guide.get(heading) ?? { files: new Map(), commands: [] };
            command = (heading, pattern) => {
                const found = section(heading).commands.find((line) => pattern.test(line));
                if (found === undefined) {
                    throw new Error(`Section ${heading} of the guide has no command ${String(pattern)}.`);
                }
                return found;
            };
            // Packs both packages, like `npm run pack`.
            expect(section("Get the packages").commands).toEqual(["npm ci", "npm run pack"]);
            await apps.packAsync();
            const [server, library] = await Promise.all([
                apps.makeAsync("server", [section("1")]),
                apps.makeAsync("library", [section("2")]),
            ]);
            libraryPrinted = library.printed;
            const vite = await apps.copyAsync(library.cwd, "vite");
            const webpack = await apps.copyAsync(library.cwd, "webpack");
            folders = { server: server.cwd, library: library.cwd, vite, webpack };
            built = { vite: join(vite, "dist"), webpack: join(webpack, "public") };
            // Runs the commands of the guide in their order, including `npm run build`.
            await Promise.all([apps.followAsync(vite, [section("3a")]), apps.followAsync(webpack, [section("3b")])]);
            for (const hz of pitches) {
                const microphoneFile = join(apps.folder, `${hz}.wav`);
                writeVoice(microphoneFile, hz);
                browsers.push(await launchAsync({ autoplay: false, microphoneFile }));
            }
        },
        // Long, because npm and two bundlers may share the machine with other work.
        600_000,
    );

    afterAll(async () => {
        await Promise.all(browsers.map((browser) => browser.close()));
        await apps.disposeAsync();
    });

    /** Starts the server of the guide's first step, in the folder in which its package is installed. */
    const startServerAsync = (line: string): Promise<IRunningCommand> => apps.startAsync(folders.server, line, /listens on/);

    /** Lets two people open a page and enter. Each must hear the other, and only the other, at the loudspeakers. */
    async function meetAsync(url: string, name: string): Promise<void> {
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
        for (const page of pages) {
            await page.getByRole("button", { name: "Enter the room" }).click();
        }
        await Promise.all(pages.map((page) => page.getByRole("button").waitFor({ state: "hidden" })));
        const [low, high] = pitches;
        const [first, second] = pages as [Page, Page];
        const heard = await Promise.all([untilHeardAsync(first, [high, low]), untilHeardAsync(second, [low, high])]);
        expect((heard[0][low] ?? 1) / (heard[0][high] ?? 0)).toBeLessThan(0.1);
        expect((heard[1][high] ?? 1) / (heard[1][low] ?? 0)).toBeLessThan(0.1);
        for (const page of pages) {
            const status = page.getByRole("status").filter({ hasText: "You are in. Others here: 1." });
            await status.waitFor();
            expect(await (await Picture.TakeAsync(page, `${name}-inside`)).contrastAsync(status)).toBeGreaterThan(4.5);
        }
        // Chromium's software renderer warns that reading pixels is slow.
        expect(complaints.filter((text) => !text.includes("GPU stall"))).toEqual([]);
        await Promise.all(pages.map((page) => page.close()));
    }

    it("gets a tarball with every file that its exports name, and without samples and tests", () => {
        const folder = join(folders.vite, "node_modules/babylon-rtc");
        const named = Object.values(manifestOf(folder).exports ?? {}).flatMap((each) =>
            typeof each === "string" ? [each] : Object.values(each),
        );
        expect(named.length).toBeGreaterThan(4);
        expect(named.filter((path) => !existsSync(join(folder, path)))).toEqual([]);
        expect(readdirSync(join(folder, "dist")).sort()).toEqual(["protocol", "src", "umd"]);
    });

    it("installs no package of the server", () => {
        const ours = manifestOf(join(folders.vite, "node_modules/babylon-rtc")).dependencies ?? {};
        const { dependencies = {} } = manifestOf(join(folders.server, "node_modules/babylon-rtc-server"));
        const servers = ["babylon-rtc-server", "express", "msgpackr", "msgpackr-extract", "@colyseus/sdk", ...Object.keys(dependencies)];
        expect(servers.length).toBeGreaterThan(5);
        // Checks the folder without a bundler, since webpack-dev-server depends on Express.
        const present = installed(folders.library);
        expect(present).toEqual(expect.arrayContaining(["babylon-rtc", ...Object.keys(ours)]));
        expect(present.filter((name) => servers.includes(name))).toEqual([]);
    });

    it("installs the library without npm warnings", () => {
        expect(libraryPrinted).toMatch(/added \d+ packages/);
        expect(libraryPrinted.split("\n").filter((line) => line.includes("warn"))).toEqual([]);
    });

    it("gets notices with the licence of every package in the bundles", () => {
        const folder = join(folders.vite, "node_modules/babylon-rtc");
        const notices = readFileSync(join(folder, "THIRD-PARTY-NOTICES.md"), "utf8");
        const maps = ["src/interop/colyseusClient", "umd/babylon-rtc.umd", "umd/babylon-rtc-gui.umd"];
        for (const map of maps) {
            const path = join(folder, "dist", map);
            const { sources } = JSON.parse(readFileSync(`${path}.js.map`, "utf8")) as { sources: readonly string[] };
            const names = sources.flatMap((source) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1] ?? []);
            expect(new Set(names).size > 4).toBe(map !== "umd/babylon-rtc-gui.umd");
            for (const name of new Set(names)) {
                const licence = readdirSync(join("node_modules", name)).find((file) => /^licen[cs]e/i.test(file)) ?? "none";
                expect(notices).toContain(
                    readFileSync(join("node_modules", name, licence), "utf8")
                        .replaceAll("\r\n", "\n")
                        .trim(),
                );
                expect(notices).toContain(
                    `## ${name} ${(JSON.parse(readFileSync(join("node_modules", name, "package.json"), "utf8")) as { version: string }).version}\n`,
                );
                expect(readFileSync(`${path}.js`, "utf8").slice(0, 2_000)).toContain(` * ${name} `);
            }
        }
    });

    it("gets a source map of Colyseus' client with its sources", () => {
        const path = join(folders.vite, "node_modules/babylon-rtc/dist/src/interop/colyseusClient.js.map");
        const { sources, sourcesContent } = JSON.parse(readFileSync(path, "utf8")) as Record<
            "sources" | "sourcesContent",
            readonly string[]
        >;
        const client = sources.findIndex((source) => source.endsWith("@colyseus/sdk/src/Client.ts"));
        expect(sourcesContent[client]).toContain("joinOrCreate");
    });

    it.each(["vite", "webpack"] as const)("starts without gui, suppression, PeerJS and Colyseus' client: %s", (bundler) => {
        const initial = initialScripts(built[bundler]);
        expect(initial.size).toBeGreaterThan(0);
        expect(marksIn(initial)).toEqual([]);
        // The code for calls and for the server is loaded on demand; code that is not imported is absent.
        expect(marksIn(scriptsIn(built[bundler]))).toEqual(["@colyseus/sdk", "peerjs"]);
        // The marks of the absent packages still occur in those packages; otherwise their absence would prove nothing.
        const repository = ["dist/src/gui", "node_modules/@babylonjs/gui/2D", "node_modules/@sapphi-red/web-noise-suppressor/dist"];
        expect(marksIn(repository.flatMap((folder) => scriptsIn(folder)))).toEqual(
            expect.arrayContaining(["babylon-rtc/gui", "@babylonjs/gui", "@sapphi-red/web-noise-suppressor"]),
        );
    });

    it.each([
        [1280, 720],
        [390, 844],
        [360, 640],
    ])(
        "shows a legible error over a scene that fills the page, and enters once the server runs: %i × %i",
        async (width, height) => {
            // The server is not running yet.
            const port = await freePortAsync();
            const line = `${command("3a", /^npx vite preview/)} --port ${port} --strictPort`;
            const preview = await apps.startAsync(folders.vite, line, /Local:/);
            const [browser] = browsers as [Browser, Browser];
            const page = await browser.newPage({ viewport: { width, height } });
            try {
                await page.goto(`http://localhost:${port}`);
                await page.getByRole("button", { name: "Enter the room" }).click();
                const alert = page.getByRole("alert").filter({ hasText: "No answer from" });
                await alert.waitFor();
                const picture = await Picture.TakeAsync(page, `vite-error-${width}`);
                expect(await picture.contrastAsync(alert)).toBeGreaterThan(4.5);
                // Sky above and ground below, from edge to edge. They meet in the middle.
                const [sky, ground, ...others] = await picture.colorsAsync([
                    ...[0.02, 0.53].flatMap((y) => [[0.01, y]] as const),
                    ...[0.25, 0.45].flatMap(
                        (y) =>
                            [
                                [0.01, y],
                                [0.99, y],
                            ] as const,
                    ),
                    ...[0.6, 0.97].flatMap(
                        (y) =>
                            [
                                [0.01, y],
                                [0.99, y],
                            ] as const,
                    ),
                ]);
                const isBlue = ([red = 0, , blue = 0]: readonly number[] = []): boolean => blue > red + 40;
                expect([sky, ground].map(isBlue)).toEqual([true, false]);
                expect(others.map(isBlue)).toEqual([true, true, true, true, false, false, false, false]);
                // The same click works once the server is running.
                const server = await startServerAsync(command("1", /^npx babylon-rtc-server/));
                try {
                    await page.getByRole("button", { name: "Enter the room" }).click();
                    await page.getByRole("status").filter({ hasText: "You are in, alone so far." }).waitFor();
                    expect(await page.locator("[role=alert]").textContent()).toBe("");
                } finally {
                    await server.stopAsync();
                }
            } finally {
                await page.close();
                await preview.stopAsync();
            }
        },
        120_000,
    );

    it("lets two people hear each other in a Vite preview from another origin than the server's", async () => {
        const server = await startServerAsync(command("1", /^npx babylon-rtc-server/));
        const port = await freePortAsync();
        const preview = await apps.startAsync(folders.vite, `${command("3a", /^npx vite preview/)} --port ${port} --strictPort`, /Local:/);
        try {
            await meetAsync(`http://localhost:${port}`, "vite");
        } finally {
            await preview.stopAsync();
            await server.stopAsync();
        }
    }, 120_000);

    it("lets two people hear each other in a webpack build that the server serves", async () => {
        const line = command("3b", /^npx babylon-rtc-server/);
        const server = await startServerAsync(line.replace("../voice/public", built.webpack));
        try {
            await meetAsync(`http://localhost:${/--port (\d+)/.exec(line)?.[1] ?? ""}`, "webpack");
        } finally {
            await server.stopAsync();
        }
    }, 120_000);

    it("reloads in Vite's development server after an edit, or updates in place with the guide's code", async () => {
        const hot = await apps.copyAsync(folders.vite, "hot");
        const main = join(hot, "src/main.ts");
        const [lines = ""] = /^if \(import\.meta\.hot\)[^]*?(?=^```)/m.exec(readFileSync(guidePath, "utf8")) ?? [];
        const server = await startServerAsync(command("1", /^npx babylon-rtc-server/));
        const port = await freePortAsync();
        const dev = await apps.startAsync(hot, `${command("3a", /^npm run dev$/)} -- --port ${port} --strictPort`, /Local:/);
        const [browser] = browsers as [Browser, Browser];
        const page = await browser.newPage({ viewport: { width: 640, height: 400 } });
        try {
            const enter = page.getByRole("button", { name: "Enter the room" });
            const isIn = page.getByRole("status").filter({ hasText: "You are in, alone so far." });
            await page.goto(`http://localhost:${port}`);
            await enter.click();
            await isIn.waitFor();
            // An edit reloads the page.
            await page.evaluate("(globalThis.before = true)");
            writeFileSync(main, `${readFileSync(main, "utf8")}\n${lines}`);
            await page.waitForFunction("globalThis.before === undefined");
            await enter.click();
            await isIn.waitFor();
            // From now on, edits are applied without a reload.
            await page.evaluate("(globalThis.before = true)");
            writeFileSync(main, readFileSync(main, "utf8").replace("alone so far", "alone as before"));
            await enter.click();
            await page.getByRole("status").filter({ hasText: "You are in, alone as before." }).waitFor();
            expect(await page.evaluate("globalThis.before")).toBe(true);
            expect(await page.getByRole("alert").filter({ visible: true }).count()).toBe(0);
            // Disposing the scene also stops voice chat.
            await page.evaluate("import('/src/scene.ts').then(({ scene }) => scene.dispose())");
            await page.getByRole("alert").filter({ hasText: "Voice chat has ended." }).waitFor();
            expect(await enter.isDisabled()).toBe(true);
        } finally {
            await page.close();
            await dev.stopAsync();
            await server.stopAsync();
        }
        await apps.runAsync(hot, "npx tsc");
    }, 120_000);

    if (fromRegistry) {
        it.each([
            ["vite", "3a", /Local:/],
            ["webpack", "3b", /compiled successfully/],
        ] as const)(
            "lets two people hear each other under `npm run dev`: %s",
            async (bundler, heading, ready) => {
                const server = await startServerAsync(command("1", /^npx babylon-rtc-server/));
                const port = await freePortAsync();
                const dev = await apps.startAsync(folders[bundler], `${command(heading, /^npm run dev$/)} -- --port ${port}`, ready);
                try {
                    await meetAsync(`http://localhost:${port}`, `${bundler}-dev`);
                } finally {
                    await dev.stopAsync();
                    await server.stopAsync();
                }
            },
            120_000,
        );
    }

    it("type-checks with every entry imported, without skipLibCheck", async () => {
        const { exports = {}, peerDependenciesMeta = {} } = manifestOf(join(folders.vite, "node_modules/babylon-rtc"));
        const entries = Object.entries(exports).flatMap(([entry, target]) =>
            typeof target === "string" ? [] : [`babylon-rtc${entry.slice(1)}`],
        );
        expect(entries).toEqual(expect.arrayContaining(["babylon-rtc", "babylon-rtc/gui"]));
        await apps.runAsync(folders.vite, `npm install ${Object.keys(peerDependenciesMeta).join(" ")}`);
        writeFileSync(join(folders.vite, "src/entries.ts"), entries.map((entry, i) => `export * as entry${i} from "${entry}";\n`).join(""));
        await apps.runAsync(folders.vite, "npx tsc --skipLibCheck false");
    }, 120_000);
});
