import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Scene } from "@babylonjs/core/scene.js";
import type { RtcPlugin } from "babylon-rtc";
import { startServerAsync, type IStartedServer } from "../../server/harness";
import { FirefoxBrowser, type FirefoxPage } from "../harness/firefox";

/** Global object that the arena provides for use in the browser's console. */
interface IArenaPage {
    readonly arena: { readonly plugin: RtcPlugin | null; readonly scene: Scene };
}

/** Folder of the pictures, for manual inspection. */
const pictures = "test-results/pictures";

/** The arena in Firefox with WebGL, which needs a screen: here a virtual one, rendered in software. */
describe("The arena in Firefox", () => {
    let server: IStartedServer;
    let firefox: FirefoxBrowser;

    beforeAll(async () => {
        [server, firefox] = await Promise.all([
            startServerAsync({ staticDir: resolve("dist/web") }),
            FirefoxBrowser.LaunchAsync({ draws: true }),
        ]);
        await firefox.pulse.plugAsync("desk", 500);
    }, 120_000);

    afterAll(async () => {
        await firefox.closeAsync();
        await server.closeAsync();
    });

    const openAsync = async (name: string): Promise<FirefoxPage> => {
        const page = await firefox.newPage();
        await page.driver.setViewport({ width: 800, height: 500 });
        await page.goto(`${server.url}/?quality=low&name=${name}&room=firefox`);
        await page.evaluate(() => ((globalThis as unknown as IArenaPage).arena.scene.getEngine().maxFPS = 5));
        await page.waitForFunction(`document.activeElement?.id === "enter"`, undefined, { timeout: 30_000 });
        return page;
    };
    const untilToldAsync = (page: FirefoxPage, words: string): Promise<unknown> =>
        page.waitForFunction(`document.querySelector("[role=status]")?.textContent.includes("${words}")`, undefined, { timeout: 60_000 });

    it("renders, is entered by keyboard in two windows that hear each other, and M mutes", async () => {
        const alice = await openAsync("Alice");
        const bob = await openAsync("Bob");
        for (const page of [alice, bob]) {
            await page.driver.bringToFront();
            await page.driver.keyboard.press("Enter");
        }
        await untilToldAsync(alice, "With you: Bob.");
        await untilToldAsync(bob, "With you: Alice.");
        // Waits for half a second of sound from the other microphone.
        for (const page of [alice, bob]) {
            await page.evaluate(async () => {
                const { plugin } = (globalThis as unknown as IArenaPage).arena;
                await new Promise<void>((heard, reject) => {
                    setTimeout(() => reject(new Error("nobody is heard")), 20_000);
                    let loud = 0;
                    plugin?.rtc.voices$.subscribe((voices) =>
                        voices.forEach((voice) =>
                            voice.level$.subscribe((level) => {
                                loud += level > 0.01 ? 1 : 0;
                                if (loud === 5) {
                                    heard();
                                }
                            }),
                        ),
                    );
                });
            });
        }
        await alice.driver.bringToFront();
        await alice.driver.keyboard.press("m");
        await untilToldAsync(alice, "You are muted.");

        // The title has faded out and the scene is rendered: many colours, none of which covers most of the picture.
        await alice.waitForFunction(`document.elementFromPoint(180, 100)?.tagName === "CANVAS"`, undefined, { timeout: 20_000 });
        const picture = Buffer.from(await alice.driver.screenshot());
        mkdirSync(pictures, { recursive: true });
        writeFileSync(join(pictures, "arena-firefox.png"), picture);
        const { colours, mostCommon } = await alice.evaluate(async (png) => {
            const image = new Image();
            image.src = `data:image/png;base64,${png}`;
            await image.decode();
            const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
            context?.drawImage(image, 0, 0);
            const { data = new Uint8ClampedArray() } = context?.getImageData(0, 0, image.width, image.height) ?? {};
            const counts = new Map<number, number>();
            for (let at = 0; at < data.length; at += 4) {
                const colour = ((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0);
                counts.set(colour, (counts.get(colour) ?? 0) + 1);
            }
            return { colours: counts.size, mostCommon: (4 * Math.max(...counts.values())) / data.length };
        }, picture.toString("base64"));
        expect(colours).toBeGreaterThan(200);
        expect(mostCommon).toBeLessThan(0.5);

        await alice.close();
        await untilToldAsync(bob, "Nobody else is here.");
        await bob.close();
    });
});
