import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { startServerAsync, type IStartedServer } from "../../server/harness";
import { launchAsync } from "../harness/chromium";
import { listenAtOutput, untilHeardAsync, writeVoice } from "../harness/earsAtOutput";

const text = readFileSync("samples/playground/createScene.js", "utf8");
const playground = "https://playground.babylonjs.com";
/** Pitches of the two people, in Hz. */
const pitches = [500, 1_300] as const;

/** Parts of Babylon's global object that the tests use. */
interface IBabylon {
    readonly EngineStore: {
        readonly LastCreatedEngine: { maxFPS: number } | null;
        readonly LastCreatedScene: {
            readonly activeCamera: { readonly position: { readonly x: number; readonly z: number }; readonly rotation: { y: number } };
            readonly particleSystems: readonly { readonly particles: readonly { readonly color: { readonly a: number } }[] }[];
            getFrameId(): number;
            getTransformNodeByName(name: string): { readonly position: { readonly x: number; readonly z: number } } | null;
            dispose(): void;
        };
    };
}

declare global {
    var BABYLON: IBabylon;
}

/** Page that stands for the Playground: it loads Babylon's files, creates an engine, and runs the code as a module. */
const standIn = `<!doctype html><link rel="icon" href="data:,"><body style="margin:0">
    <div style="position:relative"><canvas style="width:100vw;height:100vh"></canvas></div>
    <script src="/babylon.js"></script><script src="/babylon.gui.min.js"></script>
    <script type="module">
        globalThis.engine = new BABYLON.Engine(document.querySelector("canvas"), true);
        const code = new Blob([await (await fetch("/code.js")).text()], { type: "text/javascript" });
        const { createScene } = await import(URL.createObjectURL(code));
        const scene = await createScene(engine, engine.getRenderingCanvas());
        engine.runRenderLoop(() => scene.render());
    </script>`;

describe("The Playground's code", () => {
    const folder = mkdtempSync(join(tmpdir(), "babylon-rtc-"));
    const browsers: Browser[] = [];
    const complaints: string[] = [];
    let server: IStartedServer;
    let strict: IStartedServer;

    beforeAll(async () => {
        const staticDir = resolve("dist/web");
        [server, strict] = await Promise.all([
            startServerAsync({ staticDir, origins: [playground], development: true }),
            startServerAsync({ staticDir, development: true }),
        ]);
        for (const hz of pitches) {
            const microphoneFile = join(folder, `${hz}.wav`);
            writeVoice(microphoneFile, hz);
            browsers.push(await launchAsync({ autoplay: false, microphoneFile }));
        }
    }, 120_000);

    afterAll(async () => {
        await Promise.all(browsers.map((browser) => browser.close()));
        await Promise.all([server.closeAsync(), strict.closeAsync()]);
        rmSync(folder, { recursive: true });
    });

    beforeEach(() => complaints.splice(0));

    async function newPageAsync(browser: Browser | undefined): Promise<Page> {
        if (!browser) {
            throw new Error("no browser");
        }
        const context = await browser.newContext({ viewport: { width: 320, height: 400 } });
        const page = await context.newPage();
        page.on("pageerror", (error) => complaints.push(error.message));
        page.on("console", (message) => {
            // Chromium's software renderer warns that reading pixels is slow.
            if (["error", "warning"].includes(message.type()) && !message.text().includes("GPU stall")) {
                complaints.push(message.text());
            }
        });
        await page.addInitScript(listenAtOutput);
        return page;
    }

    /** Opens the sample page at the samples' server, with a limited frame rate. */
    async function openSampleAsync(browser: Browser | undefined): Promise<Page> {
        const page = await newPageAsync(browser);
        await page.goto(`${server.url}/playground/`);
        await slowDownAsync(page);
        return page;
    }

    /** Limits the frame rate to 10 per second. Without a graphics card, two pages at full frame rate may use the whole machine. */
    async function slowDownAsync(page: Page): Promise<void> {
        await page.waitForFunction(() => {
            const engine = (globalThis as { BABYLON?: IBabylon }).BABYLON?.EngineStore.LastCreatedEngine;
            return engine && (engine.maxFPS = 10);
        });
    }

    /** Opens a page at the Playground's own address. The page runs the code with another server address. */
    async function openPlaygroundAsync(browser: Browser | undefined, url: string): Promise<Page> {
        const page = await newPageAsync(browser);
        const answers = new Map([
            ["/", { contentType: "text/html", body: standIn }],
            ["/code.js", { contentType: "text/javascript", body: text.replace('"http://localhost:8080"', JSON.stringify(url)) }],
            ["/babylon.js", { path: "node_modules/babylonjs/babylon.js" }],
            ["/babylon.gui.min.js", { path: "node_modules/babylonjs-gui/babylon.gui.min.js" }],
        ]);
        await page.route(`${playground}/**`, (route) =>
            route.fulfill(answers.get(new URL(route.request().url()).pathname) ?? { status: 404 }),
        );
        // The permission that a person grants when Chromium asks whether a website may access this machine.
        await page.context().grantPermissions(["local-network-access"], { origin: playground });
        await page.goto(`${playground}/`);
        await slowDownAsync(page);
        return page;
    }

    async function enterAsync(page: Page, name: string): Promise<void> {
        await page.getByLabel("Your name").fill(name);
        await page.getByRole("button", { name: "Enter" }).click();
    }

    const untilInside = (page: Page): Promise<unknown> => page.locator("#voice-card").waitFor({ state: "hidden" });

    /** Moves two people close together. They start at random positions, which may be too far apart for a measurement. */
    async function meetAsync(one: Page, other: Page): Promise<void> {
        for (const [page, x] of [
            [one, -1],
            [other, 1],
        ] as const) {
            // prettier-ignore
            await page.evaluate((to) => void Object.assign(BABYLON.EngineStore.LastCreatedScene.activeCamera.position, { x: to, z: -4 }), x);
        }
    }

    /** Waits until a person's figure is at the person's position. */
    async function untilInPlaceAsync(page: Page, name: string, whose: Page): Promise<void> {
        const there = await whose.evaluate(() => {
            const { x, z } = BABYLON.EngineStore.LastCreatedScene.activeCamera.position;
            return { x, z };
        });
        await page.waitForFunction(
            ([who, { x, z }]) => {
                const figure = BABYLON.EngineStore.LastCreatedScene.getTransformNodeByName(who);
                return figure !== null && Math.hypot(figure.position.x - x, figure.position.z - z) < 0.05;
            },
            [name, there] as const,
        );
    }

    /** Turns the camera so that a person is at the given side. Returns the ratio of that person's magnitudes at the left and the right ear. */
    function turned(page: Page, name: string, hz: number, side: "left" | "right"): Promise<number> {
        return page.evaluate(
            async ([who, pitch, where]) => {
                const { activeCamera, getTransformNodeByName } = BABYLON.EngineStore.LastCreatedScene;
                const figure = getTransformNodeByName.call(BABYLON.EngineStore.LastCreatedScene, who);
                if (!figure) {
                    throw new Error(`no figure of ${who}`);
                }
                const [x, z] = [figure.position.x - activeCamera.position.x, figure.position.z - activeCamera.position.z];
                activeCamera.rotation.y = Math.atan2(x, z) + (where === "left" ? Math.PI / 2 : -Math.PI / 2);
                // The turn becomes audible with the next frames, which may be late.
                const { LastCreatedScene: scene } = BABYLON.EngineStore;
                for (const before = scene.getFrameId(); scene.getFrameId() < before + 3;) {
                    await new Promise((passed) => setTimeout(passed, 30));
                }
                // For 1.5 s, earlier sound may still be heard. The 2 s after that contain four syllables.
                const most = { left: 0, right: 0 };
                for (const begin = performance.now(); performance.now() < begin + 3_500;) {
                    await new Promise((passed) => setTimeout(passed, 30));
                    if (performance.now() > begin + 1_500) {
                        const { left, right } = globalThis.ears.sides(pitch);
                        most.left = Math.max(most.left, left);
                        most.right = Math.max(most.right, right);
                    }
                }
                return most.left / most.right;
            },
            [name, hz, side] as const,
        );
    }

    it("is run unchanged by the sample page, with Babylon.js, RxJS and the library from script tags", async () => {
        const page = await newPageAsync(browsers[0]);
        const loaded: string[] = [];
        page.on("response", (response) => loaded.push(new URL(response.url()).pathname.replace("/playground/", "")));
        await page.goto(`${server.url}/playground/`);
        await page.getByRole("button", { name: "Enter" }).waitFor();
        expect(await page.evaluate(async () => await (await fetch("createScene.js")).text())).toBe(text);
        const scripts = ["babylon.js", "babylon.gui.min.js", "rxjs.umd.min.js", "babylon-rtc.umd.js", "babylon-rtc-gui.umd.js"];
        expect(new Set(loaded)).toEqual(new Set(["", ...scripts, "createScene.js"]));
        expect(complaints).toEqual([]);
        await page.context().close();
    }, 120_000);

    it("shows the fire even at one frame per second, and both bots in the first view", async () => {
        const page = await newPageAsync(browsers[0]);
        await page.setViewportSize({ width: 1280, height: 720 });
        await page.goto(`${server.url}/playground/`);
        await page.waitForFunction(() => {
            const engine = (globalThis as { BABYLON?: IBabylon }).BABYLON?.EngineStore.LastCreatedEngine;
            return engine && (engine.maxFPS = 1);
        });
        // Angles of the first two bots from the direction of view. At 16 : 9, 44° to each side are visible.
        const aside = await page.evaluate(() => {
            const { position, rotation } = BABYLON.EngineStore.LastCreatedScene.activeCamera;
            return ([[-3, -2.9], [2.4, -4.6]] as const).map(([x, z]) => Math.atan2(x - position.x, z - position.z) - rotation.y); // prettier-ignore
        });
        expect(aside.filter((angle) => Math.abs(Math.atan2(Math.sin(angle), Math.cos(angle))) > 0.7)).toEqual([]);
        // After four frames, the particles that were created before the first frame are gone.
        const age = await page.evaluate(() => BABYLON.EngineStore.LastCreatedScene.getFrameId());
        await page.waitForFunction((before) => BABYLON.EngineStore.LastCreatedScene.getFrameId() > before + 4, age);
        const seen = await page.evaluate(() => {
            const [flames] = BABYLON.EngineStore.LastCreatedScene.particleSystems;
            return flames?.particles.filter(({ color }) => color.a > 0.2).length;
        });
        expect(seen).toBeGreaterThan(30);
        await page.context().close();
    }, 120_000);

    it("lets two people hear each other from the positions of their figures", async () => {
        const [alice, bob] = await Promise.all([openSampleAsync(browsers[0]), openSampleAsync(browsers[1])]);
        await enterAsync(alice, "Alice");
        await enterAsync(bob, "Bob");
        await Promise.all([untilInside(alice), untilInside(bob)]);
        await meetAsync(alice, bob);
        const [low, high] = pitches;
        await Promise.all([untilHeardAsync(alice, [high, low]), untilHeardAsync(bob, [low, high])]);
        await Promise.all([untilInPlaceAsync(alice, "Bob", bob), untilInPlaceAsync(bob, "Alice", alice)]);

        const toTheLeft = await turned(alice, "Bob", high, "left");
        const toTheRight = await turned(alice, "Bob", high, "right");
        expect(toTheLeft).toBeGreaterThan(1.3);
        expect(toTheRight).toBeLessThan(1 / 1.3);

        // A person who leaves disappears, and may come back.
        await bob.getByRole("button", { name: "Leave" }).press("Enter");
        await bob.getByRole("button", { name: "Enter" }).waitFor();
        await alice.waitForFunction(() => BABYLON.EngineStore.LastCreatedScene.getTransformNodeByName("Bob") === null);
        await enterAsync(bob, "Bob again");
        await untilInside(bob);
        await untilInPlaceAsync(alice, "Bob again", bob);
        expect(complaints).toEqual([]);
        await Promise.all([alice.context().close(), bob.context().close()]);
    }, 120_000);

    it("runs at the Playground's address if the server allows it, loads the library, and cleans up on disposal", async () => {
        const alice = await openPlaygroundAsync(browsers[0], server.url);
        const bob = await openSampleAsync(browsers[1]);
        await enterAsync(alice, "Alice");
        await enterAsync(bob, "Bob");
        await Promise.all([untilInside(alice), untilInside(bob)]);
        await meetAsync(alice, bob);
        const [low, high] = pitches;
        await Promise.all([untilHeardAsync(alice, [high, low]), untilHeardAsync(bob, [low, high])]);

        // The Playground disposes the scene when the code is run again.
        await alice.evaluate(() => BABYLON.EngineStore.LastCreatedScene.dispose());
        expect(await alice.locator("#voice-card").count()).toBe(0);
        await bob.waitForFunction(() => BABYLON.EngineStore.LastCreatedScene.getTransformNodeByName("Alice") === null);
        expect(complaints).toEqual([]);
        await Promise.all([alice.context().close(), bob.context().close()]);
    }, 120_000);

    it("shows an error about the origin when the server does not allow the Playground", async () => {
        const page = await openPlaygroundAsync(browsers[0], strict.url);
        await enterAsync(page, "Alice");
        // Appears after "Connecting …".
        await page
            .getByRole("alert")
            .filter({ hasText: /origin/ })
            .waitFor();
        await page.context().close();
    }, 120_000);
});

describe("The script files", () => {
    /** Source files of a bundle, according to its source map. */
    const sourcesOf = (name: string): readonly string[] =>
        (JSON.parse(readFileSync(`dist/umd/${name}.umd.js.map`, "utf8")) as { readonly sources: readonly string[] }).sources;

    it("contain the library once: the bundle of the controls uses the main bundle", () => {
        const isOurs = (source: string): boolean => source.includes("/src/");
        expect(sourcesOf("babylon-rtc").filter(isOurs)).toContainEqual(expect.stringMatching(/\/src\/rtcPlugin\.ts$/));
        const controls = sourcesOf("babylon-rtc-gui").filter(isOurs);
        expect(controls).toContainEqual(expect.stringMatching(/\/src\/gui\/voiceGui\.ts$/));
        expect(controls.filter((source) => !source.includes("/src/gui/"))).toEqual([]);
    });
});
