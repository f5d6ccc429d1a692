import type { AdvancedDynamicTexture } from "@babylonjs/gui/2D/advancedDynamicTexture.js";
import type { Container } from "@babylonjs/gui/2D/controls/container.js";
import type { Control } from "@babylonjs/gui/2D/controls/control.js";
import type { TextBlock } from "@babylonjs/gui/2D/controls/textBlock.js";
import type { Button } from "@babylonjs/gui/2D/controls/button.js";
import type { ScrollViewer } from "@babylonjs/gui/2D/controls/scrollViewers/scrollViewer.js";
import type { CDPSession } from "playwright-core";
import type { WayToTalk } from "../../../src/index.js";
import { startSuiteAsync, type ISuite } from "../harness/suite";
import { visitedFolder, Visitor } from "../harness/visitor";

const screen = { width: 360, height: 640 } as const;
const sharpness = 2;

/** A text as drawn on the screen. Lengths in CSS pixels. */
interface IWords {
    readonly lines: readonly string[];
    readonly left: number;
    /** True if all lines of the text fit the height of its control, and the height of that control's parent. */
    readonly isWhole: boolean;
}

/** The parts of a Babylon text block that the tests read. */
interface IText extends Pick<TextBlock, "text" | "parent" | "fontSizeInPixels" | "_currentMeasure"> {
    readonly lines: readonly { readonly text: string }[];
}

/** Visible texts inside a control of the screen. Runs in the page. */
function wordsBelow([name, scale]: readonly [name: string, scale: number]): readonly IWords[] {
    const screen = globalThis.guiPage.scene.textures.find((texture) => texture.name === "voice screen") as AdvancedDynamicTexture;
    const isShown = (control: Control | null): boolean => !control || (control.isVisible && isShown(control.parent));
    const [sheet] = screen.rootContainer.getDescendants(false, (control) => control.name === name);
    return (sheet as Container)
        .getDescendants(false, (control) => control.typeName === "TextBlock" && isShown(control))
        .map((control) => {
            const { lines, _currentMeasure, parent, fontSizeInPixels } = control as unknown as IText;
            return {
                lines: lines.map(({ text }) => text),
                left: _currentMeasure.left / scale,
                isWhole: lines.length * fontSizeInPixels <= Math.min(_currentMeasure.height, parent?._currentMeasure.height ?? 0),
            };
        });
}

describe("The controls on a phone", () => {
    let suite: ISuite;
    let alice: Visitor;
    let bob: Visitor;
    let touch: CDPSession | null = null;
    /** Warnings and errors in the console of Alice's page. */
    const complaints: string[] = [];

    const words = (of: string): Promise<readonly IWords[]> => alice.page.evaluate(wordsBelow, [of, sharpness] as const);
    const sheet = async (name: string): Promise<Readonly<Record<"left" | "top" | "right" | "bottom", number>>> => {
        await alice.laidOut();
        const found = (await alice.page.evaluate(() => globalThis.guiProbe.sheets())).find((each) => each.name === name);
        if (!found) {
            throw new Error(`${name} is not to be seen.`);
        }
        return found;
    };
    /** Left edges of the controls with these names or texts, in CSS pixels from the left edge of their sheet. */
    const edges = async (of: string, names: readonly string[]): Promise<readonly number[]> => {
        const { left } = await sheet(of);
        return alice.page.evaluate(
            ([sheetName, wanted, from, scale]) => {
                const screen = globalThis.guiPage.scene.textures.find(
                    (texture) => texture.name === "voice screen",
                ) as AdvancedDynamicTexture;
                const around = screen.rootContainer.children.find((each) => each.name === sheetName);
                return wanted.map((name) => {
                    const [control] = (around as Container).getDescendants(
                        false,
                        (each) => each.name === name || (each as unknown as IText).text === name,
                    );
                    if (!control) {
                        throw new Error(`There is no ${name}.`);
                    }
                    const measure = control._currentMeasure;
                    // A slider's bar begins at the first possible position of the thumb's centre.
                    return Math.round((measure.left + (control.typeName === "Slider" ? measure.height / 2 : 0)) / scale - from);
                });
            },
            [of, names, left, sharpness] as const,
        );
    };

    beforeAll(async () => {
        suite = await startSuiteAsync({ server: { staticDir: visitedFolder } });
        const phone = await suite.browser.newContext({ viewport: screen, deviceScaleFactor: sharpness, hasTouch: true, isMobile: true });
        phone.on("console", (message) => {
            if (["warning", "error"].includes(message.type())) {
                complaints.push(message.text());
            }
        });
        phone.on("weberror", (error) => complaints.push(error.error().message));
        bob = await suite.visitAsync("Bob", { room: "phone" });
        alice = await Visitor.EnterAsync(phone, suite.server.url, "Bartholomew", { room: "phone", size: screen });
        await alice.page.evaluate((scale) => {
            const engine = globalThis.guiPage.scene.getEngine();
            engine.setHardwareScalingLevel(1 / scale);
            engine.resize();
        }, sharpness);
        await alice.told("status", "With you: Bob.");
    }, 120_000);

    afterAll(() => suite.closeAsync());

    it("show the members from the start, centred in the upper half of the screen", async () => {
        await alice.button(/^Silence Bob/).waitFor({ state: "attached" });
        const { left, right, bottom } = await sheet("panel");
        expect(left).toBeCloseTo(screen.width - right, 0);
        expect(bottom).toBeLessThanOrEqual(screen.height / 2);
    });

    it("show the local member's full name, the room's name and the member count", async () => {
        expect((await words("members")).map(({ lines }) => lines.join())).toContain("Bartholomew (you)");
        const [title = "", count = ""] = (await words("header")).map(({ lines }) => lines.join());
        expect([title, count]).toEqual(["phone", "2 here"]);
    });

    it("wrap the help text, and show the help for the input in use (keys or touch)", async () => {
        const help = await words("help");
        expect(help).toHaveLength(1);
        expect(help[0]?.lines.join(" ")).toBe("The controls of babylon-rtc/gui over an empty scene");
        expect(help[0]?.isWhole).toBe(true);
        const { left, right, bottom } = await sheet("help");
        expect(left).toBeCloseTo(screen.width - right, 0);
        expect(bottom).toBeLessThan(screen.height);

        await alice.page.evaluate(() => {
            const { gui } = globalThis.guiPage;
            if (gui) {
                gui.help = { keys: "Keys", touch: "Thumbs", headset: "Hands" };
                gui.insets = { bottom: 100 };
            }
        });
        expect((await sheet("help")).bottom).toBeLessThan(screen.height - 100);
        expect((await words("help")).map(({ lines }) => lines.join())).toEqual(["Thumbs"]);
        await alice.page.mouse.click(180, 420);
        await alice.laidOut();
        expect((await words("help")).map(({ lines }) => lines.join())).toEqual(["Keys"]);
        await alice.page.touchscreen.tap(180, 420);
        await alice.laidOut();
        expect((await words("help")).map(({ lines }) => lines.join())).toEqual(["Thumbs"]);
        await alice.page.evaluate(() => {
            const { gui } = globalThis.guiPage;
            if (gui) {
                gui.help = "";
                gui.insets = {};
            }
        });
        await alice.laidOut();
        expect(await alice.page.evaluate(() => globalThis.guiProbe.sheets().map(({ name }) => name))).not.toContain("help");
    });

    it("align to the same left edge in each sheet", async () => {
        const one = (names: readonly unknown[]): readonly number[] => names.map(() => 16);
        const panel = ["phone", "dot", "mute"];
        expect(await edges("panel", panel)).toEqual(one(panel));
        await alice.page.touchscreen.tap(...(await spot("settings")));
        await alice.button("Close the settings").waitFor({ state: "attached" });
        const settings = ["Settings", "Devices", "Microphone", "input", "Way to talk", "way", "You are heard all the time.", "track"];
        const below = ["Echo cancellation", "Cut low rumble", "Your microphone", "microphone volume", "voices volume", "Hear yourself"];
        expect(await edges("settings", [...settings, ...below])).toEqual(one([...settings, ...below]));
        await alice.page.touchscreen.tap(...(await spot("settings close")));
        await alice.button("Rooms").waitFor({ state: "attached" });
        await alice.page.touchscreen.tap(...(await spot("rooms")));
        await alice.button("Close the rooms").waitFor({ state: "attached" });
        expect(await edges("room list", ["Rooms", "room"])).toEqual([16, 16]);
        await alice.page.touchscreen.tap(...(await spot("rooms new")));
        await alice.mirror.getByRole("textbox", { name: "Name", exact: true }).waitFor({ state: "attached" });
        const form = ["new name", "new description", "new password", "new most", "Private (not listed)", "new back"];
        expect(await edges("room list", form)).toEqual(one(form));
        await alice.page.touchscreen.tap(...(await spot("rooms close")));
        await alice.button("Mute").waitFor({ state: "attached" });
    });

    it("have a button to hold in push-to-talk and push-to-mute mode, and show whether the user is heard", async () => {
        await setWay("pushToTalk");
        await alice.button("Hold to talk").waitFor({ state: "attached" });
        const { left, top, right, bottom } = await sheet("talk sheet");
        expect(Math.min(right - left, bottom - top)).toBeGreaterThanOrEqual(64);
        // The left half of the screen belongs to the movement stick.
        expect(left).toBeGreaterThanOrEqual(screen.width / 2);
        expect(Math.round(right)).toBe(screen.width - 12);
        expect(bottom).toBeLessThanOrEqual(screen.height - 12);
        const isHeard = (heard: boolean): Promise<unknown> =>
            alice.page.waitForFunction((wanted) => {
                const signs = globalThis.guiPage.gui?.panel.control.getDescendants(false, ({ name }) => name === "muted") ?? [];
                const isUnheard = signs.some((sign) => sign.isVisible);
                return globalThis.guiPage.plugin?.rtc.microphone.talking === wanted && isUnheard !== wanted;
            }, heard);
        const isHeld = (pressed: boolean): Promise<unknown> =>
            alice.mirror.getByRole("button", { name: "Hold to talk", pressed }).waitFor({ state: "attached" });
        await isHeard(false);
        const [x, y] = await spot("talk");
        await finger("touchStart", [x, y]);
        await isHeld(true);
        await isHeard(true);
        // A thumb that slides off the button still holds it.
        await finger("touchMove", [x - 120, y - 120]);
        await finger("touchEnd");
        await isHeld(false);
        await isHeard(false);
        await finger("touchStart", [x, y]);
        await isHeld(true);
        await finger("touchCancel");
        await isHeld(false);
        // For screen readers and the keyboard, the button is a toggle.
        await alice.button("Hold to talk").dispatchEvent("click");
        await isHeard(true);
        await setWay("pushToMute");
        await alice.mirror.getByRole("button", { name: "Hold to mute", pressed: true }).waitFor({ state: "attached" });
        await alice.button("Hold to mute").dispatchEvent("click");
        await alice.page.mouse.click(180, 420);
        await alice.button("Hold to mute").waitFor({ state: "detached" });
        await alice.page.touchscreen.tap(180, 420);
        await alice.button("Hold to mute").waitFor({ state: "attached" });
        await setWay("open");
        await alice.button("Hold to mute").waitFor({ state: "detached" });
    });

    it("keep their values when a touch that starts on them scrolls", async () => {
        await alice.page.touchscreen.tap(...(await spot("settings")));
        await alice.button("Close the settings").waitFor({ state: "attached" });
        const scrolled = (): Promise<number> =>
            alice.page.evaluate(() => {
                const [scroll] =
                    globalThis.guiPage.gui?.settings?.control.getDescendants(false, ({ name }) => name === "settings scroll") ?? [];
                return (scroll as ScrollViewer).verticalBar.value;
            });
        const volume = (): Promise<number | undefined> => alice.page.evaluate(() => globalThis.guiPage.plugin?.rtc.microphone.volume);
        await drag(await spot("way"), [0, -330]);
        const begin = await scrolled();
        expect(begin).toBeGreaterThan(0);
        expect(await alice.page.evaluate(() => globalThis.guiProbe.spot("way option open"))).toBeNull();
        const slider = await spot("microphone volume");
        expect(slider[1]).toBeLessThan(screen.height - 40);
        await drag([slider[0] + 60, slider[1]], [4, -60]);
        expect(await volume()).toBe(1);
        expect(await scrolled()).toBeGreaterThan(begin);
        await drag(await spot("microphone volume"), [60, 4]);
        expect(await volume()).toBeGreaterThan(1.5);
        await alice.page.evaluate(() => {
            const { plugin } = globalThis.guiPage;
            if (plugin) {
                plugin.rtc.microphone.volume = 1;
                plugin.rtc.stopCapture();
            }
        });
        // The settings now show a text about the microphone, which is off, and a button that turns it on.
        await alice.mirror.getByText("Nobody hears you while").waitFor({ state: "attached" });
        expect(await edges("settings", ["ask", "input"])).toEqual([16, 16]);
        await alice.page.evaluate(() => globalThis.guiPage.plugin?.rtc.startAsync());
        await alice.mirror.getByText("You are heard all the time.").waitFor({ state: "attached" });
        await alice.page.touchscreen.tap(...(await spot("settings close")));
        await alice.button("Mute").waitFor({ state: "attached" });
    });

    it("lose their highlight after a touch, and have touch targets 44 px high", async () => {
        const colors = await alice.page.evaluate(() =>
            ["settings", "rooms", "deafen"].map(
                (wanted) =>
                    (globalThis.guiPage.gui?.panel.control.getDescendants(false, ({ name }) => name === wanted)[0] as Button).background,
            ),
        );
        expect(new Set(colors).size).toBe(1);
        const [x, y] = await spot("fold");
        await alice.page.touchscreen.tap(x, y + 21);
        await alice.button("Show the members").waitFor({ state: "attached" });
        await alice.page.touchscreen.tap(x, y - 21);
        await alice.button("Hide the members").waitFor({ state: "attached" });
    });

    it("are redrawn only after a change", async () => {
        await alice.mute(true);
        await bob.mute(true);
        await alice.button(/^Silence Bob, muted/).waitFor({ state: "attached" });
        await alice.page.touchscreen.tap(...(await spot("settings")));
        await alice.button("Close the settings").waitFor({ state: "attached" });
        await alice.page.evaluate(() => {
            const { gui, plugin } = globalThis.guiPage;
            plugin?.rtc.stopCapture();
            gui?.settings?.control.getDescendants(false, ({ name }) => name === "meter").forEach((meter) => (meter.isVisible = false));
        });
        const redrawn = await alice.page.evaluate(async () => {
            const { scene } = globalThis.guiPage;
            const screen = scene.textures.find((texture) => texture.name === "voice screen") as AdvancedDynamicTexture;
            let [quiet, frames] = [0, 0];
            const observer = screen.onEndRenderObservable.add(() => (quiet = 0));
            for (; quiet < 12 && frames < 200; quiet++, frames++) {
                await new Promise<void>((next) => scene.onAfterRenderObservable.addOnce(() => next()));
            }
            screen.onEndRenderObservable.remove(observer);
            return frames;
        });
        expect(redrawn).toBeLessThan(200);
        await alice.page.touchscreen.tap(...(await spot("settings close")));
        await alice.button("Mute").waitFor({ state: "attached" });
    });

    it("place notices beside the panel on a low screen, and hide the help that a notice reaches", async () => {
        await alice.page.setViewportSize({ width: 640, height: 360 });
        await alice.page.evaluate(() => globalThis.guiPage.gui?.toasts.control.isVisible);
        await alice.page.evaluate(() => globalThis.guiPage.plugin?.room.leaveAsync());
        await alice.told("alert", "Out of the room.");
        const [panel, toasts] = [await sheet("panel"), await sheet("toasts")];
        expect(toasts.left).toBeGreaterThanOrEqual(panel.right);
        expect(toasts.right).toBeLessThanOrEqual(640);
        expect(panel.bottom).toBeLessThanOrEqual(360);

        // The help line hides where a notice reaches it.
        const helpShownAbove = (bottom: number): Promise<boolean> =>
            alice.page.evaluate(async (inset) => {
                const { gui, scene } = globalThis.guiPage;
                if (gui) {
                    gui.help = "Help";
                    gui.insets = { bottom: inset };
                }
                for (let frame = 0; frame < 2; frame++) {
                    await new Promise<void>((next) => scene.onAfterRenderObservable.addOnce(() => next()));
                }
                return globalThis.guiProbe.sheets().some(({ name }) => name === "help");
            }, bottom);
        expect(await helpShownAbove(0)).toBe(true);
        expect(await helpShownAbove(Math.ceil(360 - toasts.bottom))).toBe(false);
        await alice.page.evaluate(() => {
            const { gui } = globalThis.guiPage;
            if (gui) {
                gui.help = "";
                gui.insets = {};
            }
        });
    });

    it("place notices below the panel on a high screen, where a notice can be dismissed", async () => {
        await alice.page.setViewportSize(screen);
        await alice.page.evaluate(() => {
            const { gui } = globalThis.guiPage;
            if (gui) {
                gui.insets = { bottom: 320 };
            }
        });
        await alice.laidOut();
        expect((await sheet("toasts")).top).toBeGreaterThanOrEqual((await sheet("panel")).bottom);
        await alice.page.touchscreen.tap(...(await spot("outOfRoom dismiss")));
        await alice.button(/^Dismiss/).waitFor({ state: "detached" });
    });

    it("log no warnings or errors to the console", () => {
        expect(complaints).toEqual([]);
    });

    function setWay(way: WayToTalk): Promise<void> {
        return alice.page.evaluate((wanted) => {
            const microphone = globalThis.guiPage.plugin?.rtc.microphone;
            if (microphone) {
                microphone.mode = wanted;
            }
        }, way);
    }

    /** Sends a touch event of one finger. */
    async function finger(
        type: "touchStart" | "touchMove" | "touchEnd" | "touchCancel",
        at?: readonly [x: number, y: number],
    ): Promise<void> {
        touch ??= await alice.page.context().newCDPSession(alice.page);
        await touch.send("Input.dispatchTouchEvent", { type, touchPoints: at ? [{ x: at[0], y: at[1] }] : [] });
    }

    /** Drags one finger by a distance in CSS pixels, in twelve steps. */
    async function drag([x, y]: readonly [x: number, y: number], [across, down]: readonly [across: number, down: number]): Promise<void> {
        await finger("touchStart", [x, y]);
        for (let step = 1; step <= 12; step++) {
            await finger("touchMove", [x + (across * step) / 12, y + (down * step) / 12]);
        }
        await finger("touchEnd");
    }

    /** Waits until a control is drawn. Returns the position of its centre, in CSS pixels. */
    async function spot(id: string): Promise<[x: number, y: number]> {
        await alice.laidOut();
        const found = await alice.page.waitForFunction((wanted) => globalThis.guiProbe.spot(wanted), id);
        const { x, y } = (await found.jsonValue()) ?? { x: NaN, y: NaN };
        return [x, y];
    }
});
