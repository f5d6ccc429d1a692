import type { Locator } from "playwright-core";
import { aimed, watched } from "../harness/emulatedHands";
import { startSuiteAsync, type ISuite } from "../harness/suite";
import { visitedFolder, type Visitor } from "../harness/visitor";

describe("The wrist menu", () => {
    let suite: ISuite;
    let alice: Visitor;
    let stood: readonly number[];
    let before: Awaited<ReturnType<typeof held>>;

    const group = (): Locator => alice.mirror.getByRole("group", { name: "Menu on your wrist" });
    const button = (name: string): Locator => group().getByRole("button", { name, exact: true });
    const isDrawn = (mesh: string): Promise<boolean> =>
        alice.page.evaluate((name) => globalThis.guiPage.scene.getMeshByName(name)?.isEnabled() ?? false, `voice ${mesh}`);
    /** Objects that Babylon itself creates in XR: the render target of each session, and the default material of a picked mesh without material. */
    const babylons = ["XR renderTargetTexture", "default material"];
    const held = async (): Promise<Readonly<Record<string, unknown>>> => {
        const all = await alice.page.evaluate(() => globalThis.guiProbe.heldByScene());
        const notBabylons = (held: unknown): unknown =>
            Array.isArray(held) ? held.filter((name) => !babylons.includes(String(name))) : held;
        return Object.fromEntries(Object.entries(all).map(([kind, names]) => [kind, notBabylons(names)]));
    };
    /** Horizontal position (x and z) of the eyes, in metres. */
    const where = (): Promise<readonly number[]> =>
        alice.page.evaluate(() => {
            const { x = 0, z = 0 } = globalThis.guiPage.scene.activeCamera?.globalPosition ?? {};
            return [x, z];
        });
    /** Number of times that the menu is drawn in twelve frames, while the member talks, and is muted and unmuted repeatedly. */
    const drawings = (): Promise<number> =>
        alice.page.evaluate(async () => {
            const { gui, plugin, scene } = globalThis.guiPage;
            let count = 0;
            const texture = gui?.wrist?.texture;
            const observer = texture?.onEndRenderObservable.add(() => count++);
            for (let frame = 0; frame < 12; frame++) {
                if (plugin) {
                    plugin.rtc.muted = frame % 4 === 1;
                }
                await new Promise<void>((next) => scene.onAfterRenderObservable.addOnce(() => next()));
            }
            if (texture && observer) {
                texture.onEndRenderObservable.remove(observer);
            }
            return count;
        });

    /**
     * Waits until all icons are loaded and drawn. Each loaded icon draws the menu once, even while the menu is hidden. On a busy machine, some icons
     * load after XR has started.
     */
    const untilIconsAreDrawn = async (): Promise<void> => {
        await alice.page.waitForFunction(() => {
            const controls = globalThis.guiPage.gui?.wrist?.texture.getDescendants();
            return controls?.every((control) => !("isLoaded" in control) || control.isLoaded);
        });
        await alice.untilUndrawn("voice wrist");
    };

    beforeAll(async () => {
        suite = await startSuiteAsync({ server: { staticDir: visitedFolder } });
        alice = await suite.visitAsync("Alice", { room: "wrist", xr: true, size: { width: 360, height: 480 } });
        // Enters and exits once before counting, since Babylon creates some objects only at the first entry.
        await alice.enterXr();
        await alice.press("xr");
        await alice.button("Enter VR").waitFor({ state: "attached", timeout: 60_000 });
        await alice.laidOut();
        before = await held();
        stood = await where();
        await alice.enterXr();
    }, 180_000);

    afterAll(() => suite.closeAsync());

    it("is neither visible nor mirrored nor drawn while the hand is down", async () => {
        expect(await isDrawn("wrist")).toBe(false);
        expect(await group().locator("button").count()).toBe(0);
        await untilIconsAreDrawn();
        expect(await drawings()).toBe(0);
        await alice.isMirrored();
    }, 120_000);

    it("leaves the user's position unchanged on entering XR", async () => {
        expect(Math.hypot(...stood)).toBeGreaterThan(5);
        expect(await where()).toEqual(stood.map((figure) => expect.closeTo(figure, 3) as number));
    });

    it("is visible and mirrored when the back of the hand faces the eyes", async () => {
        await alice.hold("left", watched("left", [0.12, 1.44, -0.36]));
        expect(await isDrawn("wrist")).toBe(true);
        expect(await group().getByRole("button").allTextContents()).toEqual(["Mute", "Deafen", "Panel", "Rooms", "Settings", "Exit VR"]);
        expect(await group().getByRole("meter", { name: "Level of your voice" }).count()).toBe(1);
        expect(await button("Panel").getAttribute("aria-expanded")).toBe("true");
        await alice.isMirrored();
        expect(await drawings()).toBeGreaterThan(0);
        expect(await alice.faults()).toEqual([]);
    }, 120_000);

    it("mutes and unmutes by the other hand's ray, and deafens by its touch", async () => {
        await alice.pullTriggerAt("wrist mute", "right");
        await alice.until({ muted: true });
        expect(await button("Mute").getAttribute("aria-pressed")).toBe("true");
        await alice.pullTriggerAt("wrist mute", "right");
        await alice.until({ muted: false });
        await alice.touch("wrist deafen", "right");
        await alice.until({ deafened: true });
        expect(await button("Deafen").getAttribute("aria-pressed")).toBe("true");
        await alice.touch("wrist deafen", "right");
        await alice.until({ deafened: false });
    }, 120_000);

    it("shows rooms, settings or the panel on the board, and hides the board", async () => {
        await alice.pullTriggerAt("wrist rooms", "right");
        await alice.button("Close the rooms").waitFor({ state: "attached" });
        expect(await button("Rooms").getAttribute("aria-expanded")).toBe("true");
        expect(await button("Panel").getAttribute("aria-expanded")).toBe("false");
        if (process.env.SHOTS) {
            await alice.page.setViewportSize({ width: 1280, height: 800 });
            await alice.laidOut();
            await alice.page.screenshot({ path: "docs/images/wrist.png", clip: { x: 290, y: 290, width: 620, height: 410 } });
            await alice.page.setViewportSize({ width: 360, height: 480 });
        }
        await alice.pullTriggerAt("wrist rooms", "right");
        await alice.button("Close the rooms").waitFor({ state: "detached" });
        expect(await isDrawn("board")).toBe(false);
        // The panel's controls are no longer in the mirror; the wrist menu has a Mute of its own.
        expect(await alice.button("Mute").count()).toBe(1);
        await alice.isMirrored();

        await alice.pullTriggerAt("wrist settings", "right");
        await alice.button("Close the settings").waitFor({ state: "attached" });
        expect(await isDrawn("board")).toBe(true);
        await alice.pullTriggerAt("wrist panel", "right");
        await alice.button("Close the settings").waitFor({ state: "detached" });
        await alice.button("Mute").nth(1).waitFor({ state: "attached" });
        await alice.pullTriggerAt("wrist panel", "right");
        await alice.button("Mute").nth(1).waitFor({ state: "detached" });
        expect(await isDrawn("board")).toBe(false);

        // A notice is shown on the board even if the board was hidden.
        await alice.page.evaluate(() => globalThis.guiPage.plugin?.room.leaveAsync());
        await alice.told("alert", "Out of the room.");
        expect(await isDrawn("board")).toBe(true);
        await alice.press("outOfRoom action");
        await alice.told("status", "In room wrist.");
        await alice.pullTriggerAt("wrist panel", "right");
        await alice.button("Mute").nth(1).waitFor({ state: "attached" });
    }, 180_000);

    it("is hidden when the hand turns away", async () => {
        await alice.hold("left", watched("left", [0.12, 1.44, -0.36], 1.4));
        expect(await isDrawn("wrist")).toBe(false);
        expect(await group().locator("button").count()).toBe(0);
        // Hiding the menu draws it once, to clear it.
        await alice.untilUndrawn("voice wrist");
        expect(await drawings()).toBe(0);
    }, 120_000);

    it("moves to the other hand", async () => {
        await alice.hold("left", aimed([-0.3, 1.2, -0.1], [-0.3, 1.2, -1]));
        await alice.hold("right", watched("right", [-0.12, 1.44, -0.36]));
        expect(await isDrawn("wrist")).toBe(false);
        await alice.page.evaluate(() => {
            const { gui } = globalThis.guiPage;
            if (gui?.wrist) {
                gui.wrist.hand = "right";
            }
        });
        await button("Mute").waitFor({ state: "attached" });
        await alice.pullTriggerAt("wrist mute", "left");
        await alice.until({ muted: true });
        await alice.pullTriggerAt("wrist mute", "left");
        await alice.until({ muted: false });
    }, 120_000);

    it("exits XR, and leaves no objects in the scene", async () => {
        await alice.pullTriggerAt("wrist xr", "left");
        await alice.button("Enter VR").waitFor({ state: "attached", timeout: 60_000 });
        expect(await group().count()).toBe(0);
        await alice.laidOut();
        expect(await held()).toEqual(before);
        await alice.isMirrored();
    }, 120_000);
});
