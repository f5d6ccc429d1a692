import type { Locator } from "playwright-core";
import { describeGuide, hearEachOtherAsync } from "../harness/guides/describeGuide";
import type { GuidePage } from "../harness/guides/guidePage";

describeGuide("look-and-feel", (run) => {
    afterEach(() => run().closePagesAsync());

    const mirrorOf = ({ page }: GuidePage, label: string): Locator => page.getByRole("region", { name: label });

    it("shows the app's texts and its own button without rooms, and moves the mouth of the member who speaks", async () => {
        const alice = await run().openAsync();
        const bob = await run().openAsync({ query: "name=Bob" });
        for (const page of [alice, bob]) {
            await page.value('plugin.room.joinAsync("signs")');
        }
        await hearEachOtherAsync([alice, bob], "plugin.rtc");
        const mirror = mirrorOf(alice, "Sprachchat");
        await mirror.getByRole("status").filter({ hasText: "Im Raum signs. Mit dir: Bob." }).waitFor({ state: "attached" });
        for (const name of ["Stumm", "Taub", "Optionen", "Karte", "Gehen"]) {
            expect(await mirror.getByRole("button", { name, exact: true }).count()).toBe(1);
        }
        expect(await mirror.getByRole("button", { name: "Rooms", exact: true }).count()).toBe(0);
        await mirror.getByRole("button", { name: "Stumm", exact: true }).press("Enter");
        await alice.until("plugin.rtc.muted");
        await mirror.getByRole("button", { name: "Optionen", exact: true }).press("Enter");
        await alice.until("guide.gui.settingsOpen");
        await alice.value("guide.gui.settingsOpen = false");

        // `dress` makes an avatar with name plate, ring and mouth. The mouth follows Bob's voice.
        const bobs = await alice.value<string>("[...latest(plugin.rtc.voices$).keys()][0]");
        await alice.value(`globalThis.avatar = guide.dress("${bobs}", "Bob"), undefined`);
        await alice.until("avatar.getBehaviorByName('Voice') !== null");
        await alice.until("scene.getMeshByName(\"Bob's mouth\").getBehaviorByName('LipSync').openness > 0.3");
        await alice.until('scene.getMeshByName("Bob\'s mouth").scaling.y > 1.3');
        await bob.value("plugin.rtc.muted = true");
        await alice.until('scene.getMeshByName("Bob\'s mouth").scaling.y === 1');
        await alice.value("avatar.dispose()");

        await mirror.getByRole("button", { name: "Gehen", exact: true }).press("Enter");
        await bob.until("latest(plugin.rtc.voices$).size === 0");
    });

    it("shows sheets beside the panel from a width of 1,116 pixels on, and below that in its place", async () => {
        const alice = await run().openAsync({ program: "whole" });
        await alice.value('plugin.room.joinAsync("whole")');
        const mirror = mirrorOf(alice, "Voice chat");
        await mirror.getByRole("status").filter({ hasText: "In room whole. Nobody else is here." }).waitFor({ state: "attached" });
        for (const [width, isBeside] of [
            [1_115, false],
            [1_116, true],
        ] as const) {
            await alice.page.setViewportSize({ width, height: 640 });
            await alice.value("scene.getEngine().resize()");
            await mirror.getByRole("button", { name: "Settings", exact: true }).press("Space");
            await alice.until("guide.gui.settings.visible");
            expect(await alice.value("guide.gui.panel.visible")).toBe(isBeside);
            await alice.value("guide.gui.settingsOpen = false");
        }
        await alice.value("guide.gui.roomsOpen = true");
        expect(await alice.value("guide.gui.rooms.visible")).toBe(true);
        await alice.value("guide.gui.dispose()");
        expect(await mirror.count()).toBe(0);
    });

    it("shows plate and ring for a character who is not a member, and moves a morph target with a voice", async () => {
        const alice = await run().openAsync();
        const bob = await run().openAsync({ query: "name=Bob" });
        for (const page of [alice, bob]) {
            await page.value('plugin.room.joinAsync("faces")');
        }
        await hearEachOtherAsync([alice, bob], "plugin.rtc");
        await alice.value("guide.say(true)");
        await alice.until('guide.ring.strength === 1 && guide.plate.sign === "speaking" && guide.plate.isShown');
        await alice.value("guide.say(false)");
        await alice.until("guide.ring.strength === 0");

        const bobs = await alice.value<string>("[...latest(plugin.rtc.voices$).keys()][0]");
        await alice.value(`guide.speakByFace(guide.guard, "${bobs}", (globalThis.jaw = { influence: 0 }))`);
        await alice.until("jaw.influence > 0.3");
        await bob.value("plugin.rtc.muted = true");
        await alice.until("jaw.influence === 0");
    });

    it("shows single sheets on the screen, which a button closes and the app opens", async () => {
        const alice = await run().openAsync({ program: "sheets" });
        const mirror = mirrorOf(alice, "My sheets");
        await mirror.getByRole("button", { name: "Close the settings", exact: true }).press("Enter");
        expect(await alice.value("guide.settings.visible")).toBe(false);
        expect(await mirror.getByRole("button").count()).toBe(0);
        await alice.value("guide.showRooms(true)");
        expect(await alice.value("[guide.rooms.visible, guide.settings.visible]")).toEqual([true, false]);
        await mirror.getByRole("button", { name: "Refresh", exact: true }).first().waitFor({ state: "attached" });
    });

    it("puts single controls on a wall, usable by pointer and keyboard", async () => {
        const alice = await run().openAsync({ program: "wall" });
        const bob = await run().openAsync({ query: "name=Bob" });
        for (const page of [alice, bob]) {
            await page.value('plugin.room.joinAsync("wall")');
        }
        await hearEachOtherAsync([alice, bob], "plugin.rtc");
        const mirror = mirrorOf(alice, "The wall");
        await mirror.getByRole("button", { name: /^Silence Bob/ }).press("Enter");
        await alice.until("[...latest(plugin.rtc.voices$).values()][0].silenced");
        // Screen position of the centre of the Mute button, which is drawn on the wall.
        const [x = 0, y = 0] = await alice.value<readonly number[]>(`(() => {
            const { texture, wall } = guide;
            const [mute] = texture.rootContainer.getDescendants(false, ({ name }) => name === "mute");
            const { width, height } = texture.getSize();
            const bounds = wall.getBoundingInfo().boundingBox;
            const [left, right] = [bounds.minimumWorld, bounds.maximumWorld];
            const place = right.clone();
            place.x = left.x + (right.x - left.x) * (mute.centerX / width);
            place.y = right.y - (right.y - left.y) * (mute.centerY / height);
            const engine = scene.getEngine();
            const camera = scene.activeCamera;
            const viewport = camera.viewport.toGlobal(engine.getRenderWidth(), engine.getRenderHeight());
            const seen = place.constructor.Project(place, camera.getWorldMatrix().constructor.IdentityReadOnly, scene.getTransformMatrix(), viewport);
            return [seen.x, seen.y];
        })()`);
        // The guides' pages place the canvas behind their other elements. For the click, it comes to the front.
        await alice.value("scene.getEngine().getRenderingCanvas().style.zIndex = 0");
        await alice.page.mouse.click(x, y);
        await alice.until("plugin.rtc.muted");
        expect(await mirror.getByRole("button", { name: "Mute", exact: true }).getAttribute("aria-pressed")).toBe("true");
    });
});
