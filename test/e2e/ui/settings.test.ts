import type { Microphone } from "babylon-rtc";
import type { Locator } from "playwright-core";
import { startSuiteAsync, type ISuite } from "../harness/suite";
import { visitedFolder, type Visitor } from "../harness/visitor";

/** Settings of a page's microphone and playback. */
type ISet = Pick<Microphone, "mode" | "volume" | "monitorVolume" | "processing" | "talkOptions"> & {
    readonly label: string;
    readonly sink: string;
    readonly voices: number;
    readonly suppressed: boolean;
};

describe("The settings", () => {
    let suite: ISuite;
    let alice: Visitor;

    const set = (): Promise<ISet> =>
        alice.page.evaluate(() => {
            const { plugin } = globalThis.guiPage;
            if (!plugin) {
                throw new Error("Nobody is in a room.");
            }
            const { microphone, volume: voices } = plugin.rtc;
            const { mode, volume, monitorVolume, processing, talkOptions, state } = microphone;
            const { _host } = plugin.rtc as unknown as {
                readonly _host: { readonly value: { readonly context: { readonly sinkId: string } } };
            };
            const label = state.state === "live" ? state.track.label : state.state;
            return {
                mode,
                volume,
                monitorVolume,
                processing,
                talkOptions,
                voices,
                suppressed: microphone.suppressor !== null,
                label,
                sink: _host.value.context.sinkId,
            };
        });
    const until = async (is: (now: ISet) => boolean): Promise<void> => {
        const end = performance.now() + 10_000;
        for (let now = await set(); !is(now); now = await set()) {
            if (performance.now() > end) {
                throw new Error(`It stays ${JSON.stringify(now)}`);
            }
        }
    };
    const choice = (name: string): Locator => alice.mirror.getByRole("combobox", { name });
    const switchOf = (name: string): Locator => alice.mirror.getByRole("switch", { name });
    const slider = (name: string): Locator => alice.mirror.getByRole("slider", { name, exact: true });
    /** Scrolls a control into view by focusing it, and clicks it on the canvas. */
    const click = async (mirrored: Locator, id: string): Promise<void> => {
        await mirrored.focus();
        await alice.laidOut();
        await alice.click(id);
    };
    const choose = async (name: string, id: string, option: string): Promise<void> => {
        await click(choice(name), id);
        const value = await choice(name).locator("option", { hasText: option }).getAttribute("value");
        await alice.click(`${id} option ${value ?? ""}`);
    };

    beforeAll(async () => {
        suite = await startSuiteAsync({ server: { staticDir: visitedFolder } });
        alice = await suite.visitAsync("Alice", { room: "settings", xr: true, size: { width: 360, height: 640 } });
        await until(({ label }) => label.startsWith("Fake"));
    }, 120_000);

    afterAll(() => suite.closeAsync());

    it("replace the panel on a small screen, and are mirrored in the DOM with role and name", async () => {
        await alice.click("settings");
        await alice.button("Close the settings").waitFor({ state: "attached" });
        expect(await alice.button("Mute").count()).toBe(0);
        // Choices: two devices, talk mode, noise suppression. Switches: three for the sound, one for the monitor. Two volumes. The close button.
        expect(await alice.isMirrored()).toBe(11);
        for (const name of ["Microphone", "Speakers or headphones", "Way to talk", "Noise suppression"]) {
            expect(await choice(name).count()).toBe(1);
        }
        for (const name of ["Echo cancellation", "Automatic gain", "Cut low rumble", "Hear yourself"]) {
            expect(await switchOf(name).count()).toBe(1);
        }
        expect(await alice.mirror.getByRole("heading").allTextContents()).toEqual([
            "Devices",
            "When you are heard",
            "Your sound",
            "Volumes",
            "Ear monitor",
        ]);
        expect(await alice.faults()).toEqual([]);
    });

    it.each([
        [360, 640],
        [1920, 1080],
    ])("fit a screen of %i × %i without covering the panel", async (width, height) => {
        await alice.page.setViewportSize({ width, height });
        await alice.page.waitForFunction(
            (wide) => globalThis.guiProbe.sheets().some(({ name }) => name === "panel") === wide,
            width > 1_000,
        );
        await alice.laidOut();
        const sheets = await alice.page.evaluate(() => globalThis.guiProbe.sheets());
        const [panel, settings] = ["panel", "settings"].map((wanted) => sheets.find(({ name }) => name === wanted));
        expect(settings).toBeDefined();
        for (const { left, top, right, bottom } of sheets.filter(({ name }) => ["panel", "settings", "toasts"].includes(name))) {
            expect(left).toBeGreaterThanOrEqual(0);
            expect(top).toBeGreaterThanOrEqual(0);
            expect(right).toBeLessThanOrEqual(width);
            expect(bottom).toBeLessThanOrEqual(height);
        }
        expect((settings?.left ?? 0) - (panel?.right ?? 0)).toBeGreaterThan(0);
        if (process.env.SHOTS) {
            const isWide = width > 1_000;
            const clip = { x: 0, y: 0, width: isWide ? 720 : width, height: isWide ? 640 : height };
            await alice.page.screenshot({ path: `docs/images/settings-${isWide ? "wide" : "narrow"}.png`, clip });
        }
        await alice.page.setViewportSize({ width: 360, height: 640 });
        await alice.page.waitForFunction(() => !globalThis.guiProbe.sheets().some(({ name }) => name === "panel"));
    });

    it("select devices on canvas clicks", async () => {
        await choose("Microphone", "input", "Fake Audio Input 1");
        await until(({ label }) => label === "Fake Audio Input 1");
        await choose("Speakers or headphones", "output", "Fake Audio Output 2");
        const id = await choice("Speakers or headphones").locator("option", { hasText: "Fake Audio Output 2" }).getAttribute("value");
        await until(({ sink }) => sink === id);
        expect(await choice("Microphone").inputValue()).not.toBe("");
    });

    it("set the talk mode, and threshold and hangover of voice activity beside a meter", async () => {
        await choose("Way to talk", "way", "Voice activity");
        await until(({ mode }) => mode === "voiceActivity");
        await slider("Opens at").waitFor({ state: "attached" });
        // The meter shows the beeps of Chromium's fake microphone.
        const meter = alice.mirror.getByRole("meter", { name: "Microphone level" });
        await alice.page.waitForFunction((element) => Number(element.getAttribute("aria-valuenow")) > -60, await meter.elementHandle());
        // A click sets the middle of the range, about -45 dB. The value was -50 dB.
        await click(slider("Opens at"), "threshold");
        await until(({ talkOptions }) => Math.abs(talkOptions.thresholdDb + 45) < 4);
        await click(slider("Stays open for"), "hangover");
        await until(({ talkOptions }) => Math.abs(talkOptions.hangoverMs - 2_500) < 500);
        await choose("Way to talk", "way", "Push to talk");
        await until(({ mode }) => mode === "pushToTalk");
        await meter.waitFor({ state: "attached" });
        await choose("Way to talk", "way", "Open microphone");
        await until(({ mode }) => mode === "open");
        await slider("Opens at").waitFor({ state: "detached" });
        await slider("Stays open for").waitFor({ state: "detached" });
    });

    it("scroll a focused control into view even before it is first drawn", async () => {
        await alice.page.evaluate(async () => {
            const { plugin, scene } = globalThis.guiPage;
            if (plugin) {
                plugin.rtc.microphone.mode = "voiceActivity";
            }
            document.querySelector<HTMLElement>(`input[aria-label="Stays open for"]`)?.focus();
            for (let frame = 0; frame < 2; frame++) {
                await new Promise<void>((next) => scene.onAfterRenderObservable.addOnce(() => next()));
            }
        });
        expect(await alice.page.evaluate(() => document.activeElement?.ariaLabel)).toBe("Stays open for");
        expect(await alice.page.evaluate(() => globalThis.guiProbe.isInSight("hangover", "settings scroll"))).toBe(true);
        await alice.page.evaluate(() => {
            const { plugin } = globalThis.guiPage;
            if (plugin) {
                plugin.rtc.microphone.mode = "open";
            }
        });
        await slider("Stays open for").waitFor({ state: "detached" });
    });

    it("set the processing, the volumes and the ear monitor", async () => {
        await click(switchOf("Automatic gain"), "auto gain");
        await until(({ processing }) => !processing.autoGainControl);
        expect(await switchOf("Automatic gain").getAttribute("aria-checked")).toBe("false");
        await click(switchOf("Echo cancellation"), "echo");
        await until(({ processing }) => processing.echoCancellation === false);
        await click(switchOf("Echo cancellation"), "echo");
        await until(({ processing }) => processing.echoCancellation === "all");
        await click(switchOf("Cut low rumble"), "high pass");
        await until(({ processing }) => processing.highPassHz === 100);
        await choose("Noise suppression", "noise", "Neural");
        await until(({ suppressed }) => suppressed);
        await choose("Noise suppression", "noise", "Off");
        await until(({ processing, suppressed }) => !processing.noiseSuppression && !suppressed);
        await click(slider("Your microphone"), "microphone volume");
        await until(({ volume }) => Math.abs(volume - 2) < 0.3);
        await click(slider("All voices"), "voices volume");
        await until(({ voices }) => Math.abs(voices - 2) < 0.3);
        await click(switchOf("Hear yourself"), "hear");
        await until(({ monitorVolume }) => monitorVolume === 1);
        await alice.mirror.getByRole("meter", { name: "Level of sent audio" }).waitFor({ state: "attached" });
        await click(slider("Your own volume"), "monitor volume");
        await until(({ monitorVolume }) => Math.abs(monitorVolume - 2) < 0.3);
        expect(await alice.faults()).toEqual([]);
    });

    it("work by keyboard, and return the focus when they close", async () => {
        await choice("Way to talk").focus();
        await alice.page.keyboard.press("ArrowDown");
        await until(({ mode }) => mode === "pushToTalk");
        await alice.page.keyboard.press("ArrowUp");
        await until(({ mode }) => mode === "open");
        await switchOf("Hear yourself").focus();
        await alice.page.keyboard.press("Space");
        await until(({ monitorVolume }) => monitorVolume === 0);
        await slider("Your microphone").focus();
        await alice.page.keyboard.press("Home");
        await until(({ volume }) => volume === 0);
        await alice.page.keyboard.press("ArrowRight");
        await until(({ volume }) => volume === 0.05);
        // The control is in view, even though the keys were pressed faster than frames are rendered.
        await alice.laidOut();
        expect(await alice.page.evaluate(() => globalThis.guiProbe.isInSight("microphone volume", "settings scroll"))).toBe(true);
        await choice("Way to talk").focus();
        await switchOf("Hear yourself").focus();
        await choice("Way to talk").focus();
        await alice.laidOut();
        expect(await alice.page.evaluate(() => globalThis.guiProbe.isInSight("way", "settings scroll"))).toBe(true);
        await alice.button("Close the settings").focus();
        await alice.page.keyboard.press("Enter");
        await alice.button("Settings").waitFor({ state: "attached" });
        // The focus returns to the button that opened the settings.
        expect(await alice.page.evaluate(() => document.activeElement?.textContent)).toBe("Settings");
        expect(await alice.button("Close the settings").count()).toBe(0);
    });

    it("move to the board in the headset, and work there with a controller's ray", async () => {
        await alice.enterXr();
        await alice.press("settings");
        await alice.button("Close the settings").waitFor({ state: "attached" });
        await alice.laidOut();
        await alice.isMirrored();
        // Focusing the control scrolls it into view.
        await choice("Way to talk").focus();
        await alice.press("way");
        await alice.press("way option pushToTalk");
        await until(({ mode }) => mode === "pushToTalk");
        if (process.env.SHOTS) {
            await alice.page.setViewportSize({ width: 1520, height: 840 });
            await alice.laidOut();
            await alice.page.screenshot({ path: "docs/images/settings-xr.png", clip: { x: 330, y: 320, width: 480, height: 400 } });
        }
        await alice.press("settings close");
        await alice.button("Mute").waitFor({ state: "attached" });
        await alice.press("xr");
        await alice.button("Enter VR").waitFor({ state: "attached", timeout: 60_000 });
    }, 180_000);

    it("are restored in the next page, except the ear monitor", async () => {
        const { label, sink, mode, processing, talkOptions, voices, volume } = await set();
        await alice.page.evaluate(() => {
            const { plugin } = globalThis.guiPage;
            if (plugin) {
                plugin.rtc.microphone.monitorVolume = 1;
            }
        });
        await alice.comeBack();
        await until((now) => now.label === label && now.sink === sink);
        expect(await set()).toMatchObject({ mode, processing, talkOptions, voices, volume, monitorVolume: 0 });
        expect({ mode, processing, volume }).toMatchObject({ mode: "pushToTalk", processing: { highPassHz: 100 }, volume: 0.05 });
    });
});
