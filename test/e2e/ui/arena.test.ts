import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { RtcPlugin } from "babylon-rtc";
import type { VoiceGui } from "babylon-rtc/gui";
import type { AdvancedDynamicTexture } from "@babylonjs/gui/2D/advancedDynamicTexture.js";
import { enterAsync } from "../../server/clients";
import { startServerAsync, type IStartedServer } from "../../server/harness";
import { timedAsync } from "../../times/timed";
import { launchAsync } from "../harness/chromium";
import { faultsAsync, headset } from "../harness/visitor";

/** Global object that the arena provides for use in the browser's console. */
interface IArenaPage {
    readonly arena: {
        readonly plugin: RtcPlugin | null;
        readonly gui: VoiceGui | null;
        readonly scene: Scene;
        /** Camera used outside of XR. */
        readonly camera: FreeCamera | null;
    };
}

/** Waits until another member's voice arrives in a page: half a second of it is louder than −40 dBFS. */
function untilHeard(page: Page): Promise<unknown> {
    return page.evaluate(async () => {
        const { arena } = globalThis as unknown as IArenaPage;
        await new Promise<void>((resolve, reject) => {
            const timer = setTimeout(() => reject(new Error("nobody is heard")), 20_000);
            const levels = new Map<object, { unsubscribe(): void }>();
            let loud = 0;
            arena.plugin?.rtc.voices$.subscribe((voices) => {
                for (const voice of voices.values()) {
                    if (!levels.has(voice)) {
                        levels.set(
                            voice,
                            voice.level$.subscribe((level) => {
                                loud += level > 0.01 ? 1 : 0;
                                if (loud === 5) {
                                    clearTimeout(timer);
                                    resolve();
                                }
                            }),
                        );
                    }
                }
            });
        });
    });
}

/** Messages about violations of the arena's Content-Security-Policy in the opened pages. */
const keptOut: string[] = [];

/** Opens the arena at five frames per second. Without a graphics card, two pages with a higher frame rate would use the whole machine. */
function openAsync(context: BrowserContext, url: string, name: string, query = "", script = ""): Promise<Page> {
    return timedAsync("page", name, async () => {
        const page = await context.newPage();
        await page.setViewportSize({ width: 320, height: 240 });
        await page.addInitScript(script);
        page.on("console", (message) => {
            if (message.text().includes("Content Security Policy")) {
                keptOut.push(message.text());
            }
        });
        await page.goto(`${url}/?quality=low&name=${name}${query}`);
        await page.evaluate(() => ((globalThis as unknown as IArenaPage).arena.scene.getEngine().maxFPS = 5));
        await page.waitForSelector("#enter:focus");
        return page;
    });
}

const told = (page: Page, words: string): Promise<unknown> =>
    page.waitForFunction((text) => document.querySelector("[role=status]")?.textContent.includes(text), words, { timeout: 30_000 });

/** Saves a screenshot for manual inspection if a folder is given (`SCREENS=folder`). */
async function shootAsync(page: Page, name: string): Promise<void> {
    if (process.env.SCREENS !== undefined) {
        await page.screenshot({ path: join(process.env.SCREENS, `${name}.png`) });
    }
}

const refused = (page: Page, code: string): Promise<unknown> => page.waitForSelector(`#error[data-code="${code}"]:visible`);

describe("The arena", () => {
    let server: IStartedServer;
    let browser: Browser;
    let context: BrowserContext;

    beforeAll(async () => {
        server = await startServerAsync({ staticDir: resolve("dist/web"), maxMembers: 2 });
        browser = await launchAsync();
        context = await browser.newContext();
    }, 120_000);

    afterAll(async () => {
        await browser.close();
        await server.closeAsync();
    });

    afterEach(() => expect(keptOut.splice(0)).toEqual([]));

    // Pages that a failed test leaves open would keep rendering, and slow the next test down.
    afterEach(async () => {
        await Promise.all(
            browser.contexts().flatMap((each) => (each === context ? each.pages().map((page) => page.close()) : each.close())),
        );
    });

    it("is entered by keyboard in two pages that hear each other; M mutes; a new name is shown on plate and list", async () => {
        const [alice, bob] = await Promise.all([
            openAsync(context, server.url, "Alice", "&room=keys"),
            openAsync(context, server.url, "Bob", "&room=keys"),
        ]);
        await alice.keyboard.press("Enter");
        await bob.keyboard.press("Enter");
        await told(alice, "With you: Bob.");
        await told(bob, "With you: Alice.");
        await Promise.all([untilHeard(alice), untilHeard(bob)]);
        // The arena's own theme and options have no accessibility violations either.
        expect(await faultsAsync(alice)).toEqual([]);

        await alice.keyboard.press("m");
        await told(alice, "You are muted.");
        await bob.waitForFunction(() => {
            let muted = false;
            (globalThis as unknown as IArenaPage).arena.plugin?.rtc.voices$
                .subscribe((voices) => voices.forEach((voice) => (muted = voice.muted)))
                .unsubscribe();
            return muted;
        });

        await alice.evaluate(() => (globalThis as unknown as IArenaPage).arena.plugin?.room.setSelfAsync({ name: "Alicia" }));
        await bob.getByRole("button", { name: /^Silence Alicia/ }).waitFor({ state: "attached" });
        await bob.waitForFunction(() =>
            (globalThis as unknown as IArenaPage).arena.scene.meshes.some(({ name, material }) => {
                const texture = name.endsWith(" plate") && (material?.getActiveTextures()[0] as AdvancedDynamicTexture | undefined);
                return texture && texture.getDescendants().some((control) => "text" in control && control.text === "Alicia");
            }),
        );
        await alice.close();
        await told(bob, "Nobody else is here.");
        await bob.close();
    });

    it("enters and exits VR at the user's position, with the controls on a board", async () => {
        const page = await openAsync(context, server.url, "Alice", "&room=headset", headset);
        await page.keyboard.press("Enter");
        await told(page, "In room headset.");
        const where = (): Promise<readonly number[]> =>
            page.evaluate(() => {
                const { x = 0, z = 0 } = (globalThis as unknown as IArenaPage).arena.scene.activeCamera?.globalPosition ?? {};
                return [x, z];
            });
        const stood = await where();
        // The user does not stand at the origin, where a headset would be by default.
        expect(Math.hypot(...stood)).toBeGreaterThan(5);
        const pressAsync = async (name: string): Promise<void> => {
            const button = page.getByRole("region", { name: "Voice chat" }).getByRole("button", { name, exact: true });
            await button.focus();
            await page.keyboard.press("Enter");
        };
        await pressAsync("Enter VR");
        await page.waitForFunction(() => {
            const { scene } = (globalThis as unknown as IArenaPage).arena;
            return scene.getMeshByName("voice board")?.isEnabled() && scene.activeCamera?.getClassName() === "WebXRCamera";
        });
        expect(await where()).toEqual(stood.map((figure) => expect.closeTo(figure, 2) as number));
        await pressAsync("Exit VR");
        await page.waitForFunction(() => {
            const { scene } = (globalThis as unknown as IArenaPage).arena;
            return !scene.getMeshByName("voice board")?.isEnabled() && scene.activeCamera?.getClassName() !== "WebXRCamera";
        });
        expect(await where()).toEqual(stood.map((figure) => expect.closeTo(figure, 2) as number));
        await page.close();
    });

    it("draws the controls at exactly the resolution of a screen whose width the scene's resolution does not divide", async () => {
        const context = await browser.newContext({ viewport: { width: 961, height: 541 } });
        const page = await context.newPage();
        await page.goto(`${server.url}/?quality=low&name=Alice&room=small`);
        await page.evaluate(() => {
            const engine = (globalThis as unknown as IArenaPage).arena.scene.getEngine();
            engine.maxFPS = 5;
            engine.setHardwareScalingLevel(1.7);
        });
        await page.click("#enter:enabled");
        await told(page, "In room small.");
        await page.locator("#entry").waitFor({ state: "hidden" });
        const { scale, ends } = await page.evaluate(() => {
            const screen = (globalThis as unknown as IArenaPage).arena.scene.textures.find(({ name }) => name === "voice screen");
            const texture = screen as AdvancedDynamicTexture;
            const controls = ["bar", "leave"].map(
                (wanted) => texture.rootContainer.getDescendants(false, ({ name }) => name === wanted)[0],
            );
            return {
                scale: texture.getSize().width / texture.idealWidth,
                ends: controls.map((control) => (control?.centerX ?? NaN) + (control?.widthInPixels ?? NaN) / 2),
            };
        });
        expect(scale).toBe(1);
        const [bar = NaN, leave = NaN] = ends;
        expect(leave).toBeLessThanOrEqual(bar);
        await shootAsync(page, "small-screen");
        await context.close();
    });

    it("shows a movement stick on a phone, help until it is used, and controls at the screen's own resolution", async () => {
        const [width, height, deviceScaleFactor] = [360, 640, 2];
        const phone = await browser.newContext({ viewport: { width, height }, deviceScaleFactor, hasTouch: true, isMobile: true });
        const page = await phone.newPage();
        await page.goto(`${server.url}/?quality=low&name=Alice&room=phone`);
        await page.evaluate(() => ((globalThis as unknown as IArenaPage).arena.scene.getEngine().maxFPS = 5));
        await page.tap("#enter:enabled");
        await told(page, "In room phone.");
        // The title screen receives taps until it is hidden.
        await page.locator("#entry").waitFor({ state: "hidden" });

        const drawn = await page.evaluate(() => {
            const { scene } = (globalThis as unknown as IArenaPage).arena;
            const [below, above] = document.querySelectorAll("canvas");
            return {
                scene: scene.getEngine().getRenderWidth(),
                below: below?.width,
                above: above?.width,
                size: [above?.clientWidth, above?.clientHeight],
                // True if the controls are a layer of the scene, which uploads their pixels to the graphics card.
                isLayer: scene.layers.some(({ isEnabled }) => isEnabled),
            };
        });
        expect(drawn).toEqual({ scene: width, below: width, above: 720, size: [width, height], isLayer: false });
        // A tap reaches the scene's canvas, which is below that of the controls.
        const mute = await page.evaluate(() => {
            const screen = (globalThis as unknown as IArenaPage).arena.scene.textures.find(({ name }) => name === "voice screen");
            const { rootContainer } = screen as AdvancedDynamicTexture;
            const [button] = rootContainer.getDescendants(false, ({ name }) => name === "mute");
            return [button?.centerX ?? 0, button?.centerY ?? 0] as const;
        });
        await page.touchscreen.tap(mute[0] / deviceScaleFactor, mute[1] / deviceScaleFactor);
        await told(page, "You are muted.");

        const stick = await page.locator(".stick").boundingBox();
        expect(stick?.width).toBeGreaterThan(100);
        const [x, y] = [(stick?.x ?? 0) + (stick?.width ?? 0) / 2, (stick?.y ?? 0) + (stick?.height ?? 0) / 2];
        expect(x).toBeLessThan(width / 2);
        expect(y).toBeGreaterThan((2 * height) / 3);
        const help = (): Promise<string> =>
            page
                .evaluate(() => (globalThis as unknown as IArenaPage).arena.gui?.help as { readonly touch: string })
                .then(({ touch }) => touch);
        expect(await help()).toMatch(/stick.*walk.*look/);
        await shootAsync(page, `phone-${width}`);

        const where = (): Promise<readonly number[]> =>
            page.evaluate(() => {
                const { camera } = (globalThis as unknown as IArenaPage).arena;
                return camera ? [camera.position.x, camera.position.z, camera.rotation.y] : [];
            });
        const [fromX = 0, fromZ = 0, from = 0] = await where();
        const cdp = await phone.newCDPSession(page);
        const touchAsync = (type: "touchStart" | "touchMove" | "touchEnd", ...touchPoints: { x: number; y: number }[]): Promise<unknown> =>
            cdp.send("Input.dispatchTouchEvent", { type, touchPoints });
        await touchAsync("touchStart", { x, y });
        await touchAsync("touchMove", { x, y: y - 50 });
        await page.waitForFunction(
            ([startX, startZ]) => {
                const { camera } = (globalThis as unknown as IArenaPage).arena;
                return camera && Math.hypot(camera.position.x - startX, camera.position.z - startZ) > 0.2;
            },
            [fromX, fromZ] as const,
        );
        await shootAsync(page, `phone-${width}-walking`);
        await touchAsync("touchEnd");
        expect(await help()).not.toBe("");
        await touchAsync("touchStart", { x: width - 60, y });
        await touchAsync("touchMove", { x: width - 120, y });
        await touchAsync("touchEnd");
        await page.waitForFunction(
            (turned) => Math.abs(((globalThis as unknown as IArenaPage).arena.camera?.rotation.y ?? turned) - turned) > 0.1,
            from,
        );
        await page.waitForFunction(
            () => ((globalThis as unknown as IArenaPage).arena.gui?.help as { readonly touch: string }).touch === "",
        );

        // The stick is hidden while the settings are open, and visible again afterwards.
        const setSettingsOpen = (isOpen: boolean): Promise<void> =>
            page.evaluate(
                (open) => void Object.assign((globalThis as unknown as IArenaPage).arena.gui ?? {}, { settingsOpen: open }),
                isOpen,
            );
        await setSettingsOpen(true);
        await page.waitForSelector(".stick", { state: "hidden" });
        expect(await help()).toBe("");
        await shootAsync(page, `phone-${width}-settings`);
        await setSettingsOpen(false);
        await page.waitForSelector(".stick", { state: "visible" });

        // Controls that were already used are not explained again.
        await page.reload();
        await page.tap("#enter:enabled");
        await told(page, "In room phone.");
        expect(await help()).toBe("");
        await phone.close();
    });

    it("fits a phone's screen in landscape, with the help beside the panel", async () => {
        const [width, height] = [640, 360];
        const phone = await browser.newContext({ viewport: { width, height }, hasTouch: true, isMobile: true });
        const owner = await enterAsync(server.url, "side", "Olga", { password: "sesame" });
        const page = await phone.newPage();
        await page.goto(`${server.url}/?quality=low&name=Alice&room=side`);
        await page.evaluate(() => ((globalThis as unknown as IArenaPage).arena.scene.getEngine().maxFPS = 5));
        const enter = page.locator("#enter:enabled");
        const isWithin = async (): Promise<void> => {
            const { y, height: high } = (await enter.boundingBox()) ?? { y: NaN, height: NaN };
            expect(y).toBeGreaterThan(0);
            expect(y + high).toBeLessThanOrEqual(height);
        };
        await isWithin();
        await shootAsync(page, `phone-${width}-entry`);
        await enter.tap();
        await refused(page, "passwordWrong");
        await isWithin();
        await shootAsync(page, `phone-${width}-password`);
        await page.fill("#password", "sesame");
        await enter.tap();
        await told(page, "With you: Olga.");
        await page.locator("#entry").waitFor({ state: "hidden" });

        await shootAsync(page, `phone-${width}`);
        const [beside, panel] = await page.evaluate(() => {
            const screen = (globalThis as unknown as IArenaPage).arena.scene.textures.find(({ name }) => name === "voice screen");
            const { rootContainer } = screen as AdvancedDynamicTexture;
            return ["help", "panel"].map((wanted) => {
                const [control] = rootContainer.getDescendants(false, ({ name }) => name === wanted);
                const { centerX = NaN, widthInPixels = NaN, isVisible = false } = control ?? {};
                return { isVisible, left: centerX - widthInPixels / 2, right: centerX + widthInPixels / 2 };
            });
        });
        expect(beside?.isVisible).toBe(true);
        expect(beside?.left).toBeGreaterThan(panel?.right ?? NaN);
        expect(beside?.right).toBeLessThan(width);

        await page.getByRole("button", { name: "Leave", exact: true }).focus();
        await page.keyboard.press("Enter");
        await enter.waitFor();
        expect(await page.locator("#entry").evaluate(({ scrollTop }) => scrollTop)).toBe(0);
        await owner.room.leave();
        await phone.close();
    });

    it("reports a browser without WebGL, and hides the controls that would not work", async () => {
        const page = await context.newPage();
        await page.addInitScript(() => {
            const { prototype } = HTMLCanvasElement;
            const { getContext } = prototype;
            prototype.getContext = function (this: HTMLCanvasElement, kind: string, ...more: unknown[]) {
                return kind.includes("webgl") ? null : (getContext as (...all: unknown[]) => unknown).call(this, kind, ...more);
            } as typeof getContext;
        });
        await page.goto(`${server.url}/?name=Alice`);
        await page.getByRole("alert").filter({ hasText: "WebGL is missing" }).waitFor();
        expect(await page.locator("#enter").isVisible()).toBe(false);
        expect(await page.locator("#name").isVisible()).toBe(false);
        await shootAsync(page, "without-webgl");

        await page.goto(`${server.url}/hello/`);
        await page.getByRole("status").filter({ hasText: "WebGL" }).waitFor();
        expect(await page.locator("button").isVisible()).toBe(false);
        await page.close();
    });

    it("cannot be entered before its script has loaded; a pending entry can be cancelled", async () => {
        const page = await context.newPage();
        await page.route(/\.js$/, (route) => route.abort());
        await page.goto(`${server.url}/?name=Alice`);
        await page.focus("#name");
        await page.keyboard.press("Enter");
        expect(await page.locator("#enter").isEnabled()).toBe(false);
        expect(page.url()).toBe(`${server.url}/?name=Alice`);
        await page.unrouteAll();

        // The server does not answer now.
        await page.route(/\/enter$/, () => undefined);
        await page.reload();
        await page.click("#enter:enabled");
        await page.click("#cancel");
        await refused(page, "aborted");
        expect(await page.locator("#cancel").isVisible()).toBe(false);
        await page.close();
    });

    it("obeys its CSP: voice activity loads its worklet, and an injected script does not run", async () => {
        const page = await openAsync(
            context,
            server.url,
            "Alice",
            "",
            `const { addModule } = AudioWorklet.prototype;
            globalThis.worklet = new Promise((resolve) => (AudioWorklet.prototype.addModule = function (...of) {
                const loading = addModule.apply(this, of);
                resolve(loading.then(() => "loaded", String));
                return loading;
            }));`,
        );
        await page.keyboard.press("Enter");
        await told(page, "In room");
        const worklet = await page.evaluate(() => {
            const { arena, worklet } = globalThis as unknown as IArenaPage & { readonly worklet: Promise<string> };
            if (arena.plugin) {
                arena.plugin.rtc.microphone.mode = "voiceActivity";
            }
            return worklet;
        });
        expect(worklet).toBe("loaded");
        expect(keptOut).toEqual([]);
        const refusal = page.waitForEvent("console", (message) => message.text().includes("Content Security Policy"));
        const ran = await page.evaluate(() => {
            const script = document.createElement("script");
            script.textContent = "globalThis.injected = true";
            document.body.append(script);
            return "injected" in globalThis;
        });
        expect(ran).toBe(false);
        await refusal;
        keptOut.length = 0;
        await page.close();
    });

    it("lets Tab reach all controls of the title screen", async () => {
        const page = await openAsync(context, server.url, "Alice");
        const reached = new Set<string>();
        for (let i = 0; i < 8; i++) {
            reached.add(await page.evaluate(() => document.activeElement?.getAttribute("name") ?? document.activeElement?.id ?? ""));
            await page.keyboard.press("Tab");
        }
        expect([...reached]).toEqual(expect.arrayContaining(["name", "room", "color", "enter"]));
        await page.close();
    });

    it("returns to the title screen with the Leave button, disposes the controls, and can be entered again", async () => {
        const bob = await enterAsync(server.url, "leave", "Bob");
        const alice = await openAsync(context, server.url, "Alice", "&room=leave");
        await alice.keyboard.press("Enter");
        await told(alice, "With you: Bob.");
        const controls = (): Promise<number> =>
            alice.evaluate(
                () =>
                    (globalThis as unknown as IArenaPage).arena.scene.textures.filter(
                        (texture) => texture.getClassName() === "AdvancedDynamicTexture",
                    ).length,
            );
        const inside = await controls();
        await alice.getByRole("button", { name: "Leave", exact: true }).focus();
        await alice.keyboard.press("Enter");
        await alice.waitForSelector("#enter:focus");
        expect(await alice.getByRole("region", { name: "Voice chat" }).count()).toBe(0);
        expect(await controls()).toBe(0);
        expect(await alice.evaluate(() => (globalThis as unknown as IArenaPage).arena.plugin)).toBeNull();
        await bob.inbox.firstAsync("memberLeft");

        await alice.keyboard.press("Enter");
        await told(alice, "With you: Bob.");
        expect(await controls()).toBe(inside);
        await alice.close();
        await bob.room.leave();
    });

    it("shows why a join failed, joins when the cause is gone, and keeps the room in the page's address", async () => {
        const page = await openAsync(context, server.url, "Carol");
        await page.fill("#room", " ");
        await page.keyboard.press("Enter");
        await refused(page, "invalidRoomName");

        const one = await enterAsync(server.url, "full", "One");
        const two = await enterAsync(server.url, "full", "Two");
        await page.fill("#room", "full");
        await page.keyboard.press("Enter");
        await refused(page, "roomFull");
        await one.room.leave();
        await two.inbox.firstAsync("memberLeft");
        await page.keyboard.press("Enter");
        await told(page, "With you: Two.");

        // The page's address names the room, also after a change of rooms.
        const linked = (): string | null => new URL(page.url()).searchParams.get("room");
        expect(linked()).toBe("full");
        await page.evaluate(() => (globalThis as unknown as IArenaPage).arena.plugin?.room.joinAsync("mess & hall"));
        await told(page, "In room mess & hall.");
        expect(linked()).toBe("mess & hall");
        expect(await page.inputValue("#room")).toBe("mess & hall");
        await two.room.leave();
        await page.close();
    });

    it("asks for the password of a room, reports a wrong one, and joins with the right one", async () => {
        const owner = await enterAsync(server.url, "locked", "Olga", { password: "sesame" });
        const page = await openAsync(context, server.url, "Carol", "&room=locked");
        expect(await page.locator("#password").isVisible()).toBe(false);
        await page.keyboard.press("Enter");
        await page.getByRole("alert").filter({ hasText: "This room has a password" }).waitFor();
        await page.waitForSelector("#password:focus");
        await page.keyboard.type("wrong");
        await page.keyboard.press("Enter");
        await page.getByRole("alert").filter({ hasText: "The password is wrong" }).waitFor();
        await page.waitForSelector("#password:focus");
        await page.keyboard.type("sesame");
        await page.keyboard.press("Enter");
        await told(page, "With you: Olga.");
        await owner.room.leave();
        await page.close();
    });

    it("reports a server that is down or stops, and joins when the server is back", async () => {
        const first = await startServerAsync();
        const port = Number(new URL(first.url).port);
        const page = await openAsync(context, server.url, "Dora", `&room=lost&server=${encodeURIComponent(first.url)}`);
        await first.closeAsync();
        await page.keyboard.press("Enter");
        await refused(page, "serverUnreachable");
        const second = await startServerAsync({ port });
        await page.keyboard.press("Enter");
        await told(page, "In room lost.");
        await second.closeAsync();
        await page.waitForFunction(() => !document.querySelector("[role=status]")?.textContent.startsWith("In room"));
        const third = await startServerAsync({ port });
        await page.evaluate(() => (globalThis as unknown as IArenaPage).arena.plugin?.room.joinAsync("lost"));
        await told(page, "In room lost.");
        await third.closeAsync();
        await page.close();
    });

    it("joins without a microphone, and reports that it is denied", async () => {
        const strict = await launchAsync({ microphone: false });
        const page = await openAsync(await strict.newContext(), server.url, "Eve", "&room=denied");
        const cdp = await page.context().newCDPSession(page);
        const { targetInfo } = await cdp.send("Target.getTargetInfo");
        await cdp.send("Browser.setPermission", {
            permission: { name: "microphone" },
            setting: "denied",
            origin: server.url,
            ...(targetInfo.browserContextId ? { browserContextId: targetInfo.browserContextId } : {}),
        });
        await page.keyboard.press("Enter");
        await page.waitForFunction(() => /microphone/i.test(document.querySelector("section [role=alert]")?.textContent ?? ""));
        await strict.close();
    });
});

describe("npm start", () => {
    it("serves the samples with audible bots, prints no warning, and exits with code 0 on SIGTERM", async () => {
        const port = 20_000 + (process.pid % 10_000);
        const start = spawn(process.execPath, ["samples/start.mjs", "--port", String(port), "--bots", "2"], {
            stdio: ["ignore", "pipe", "pipe"],
        });
        let printed = "";
        let warned = "";
        start.stderr.on("data", (data: Buffer) => (warned += data.toString()));
        start.stdout.on("data", (data: Buffer) => (printed += data.toString()));
        const url = `http://localhost:${port}`;
        while (!printed.includes("The arena:")) {
            await once(start.stdout, "data");
        }
        expect(printed).toContain(url);
        expect(await readFile("README.md", "utf8")).toContain("`npm start -- --port ");
        const browser = await launchAsync();
        try {
            const page = await openAsync(await browser.newContext(), url, "Visitor");
            await page.keyboard.press("Enter");
            await told(page, "With you:");
            await untilHeard(page);

            const hello = await (await browser.newContext()).newPage();
            await hello.goto(`${url}/hello/`);
            await hello.click("#enter");
            await told(page, "Alice");
        } finally {
            await browser.close();
            const gone = once(start, "exit");
            start.kill("SIGTERM");
            expect(await gone).toEqual([0, null]);
        }
        expect(printed.trim()).toMatch(/^The arena: /);
        expect(warned).toBe("");
    }, 120_000);
});
