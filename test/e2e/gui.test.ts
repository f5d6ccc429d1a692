import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { startServerAsync, type IStartedServer } from "../server/harness";
import { launchAsync } from "./harness/chromium";
import { installGuiProbe, type IArenaPage, type IVoiceState } from "./harness/guiProbe";

const iwer = readFileSync(resolve("node_modules/iwer/build/iwer.min.js"), "utf8");
const headset = `${iwer};const device = new IWER.XRDevice(IWER.metaQuest3, { stereoEnabled: false }); device.installRuntime({ forceInstall: true });`;

/** One person in the arena, whose controls are all of babylon-rtc/gui. */
class Visitor {
    public readonly page: Page;

    private constructor(page: Page) {
        this.page = page;
    }

    public static async EnterAsync(browser: Browser, url: string, name: string, options: { room: string; xr?: boolean }): Promise<Visitor> {
        const context = await browser.newContext({ viewport: { width: 620, height: 480 } });
        const page = await context.newPage();
        await page.addInitScript(installGuiProbe);
        if (options.xr) {
            await page.addInitScript(headset);
        }
        await page.goto(`${url}/?quality=low&name=${name}&room=${options.room}`);
        await page.waitForSelector("#enter:focus");
        await page.keyboard.press("Enter");
        const visitor = new Visitor(page);
        await visitor.told("status", `In room ${options.room}.`);
        return visitor;
    }

    public get mirror(): Locator {
        return this.page.getByRole("region", { name: "Voice chat" });
    }

    public button(name: string | RegExp): Locator {
        return this.mirror.getByRole("button", typeof name === "string" ? { name, exact: true } : { name });
    }

    public told(role: "status" | "alert", words: string): Promise<unknown> {
        return this.mirror.getByRole(role).filter({ hasText: words }).waitFor({ state: "attached", timeout: 30_000 });
    }

    /** Of the controls on the canvas and of those in the DOM there are as many. */
    public async isMirrored(): Promise<number> {
        const drawn = await this.page.evaluate(() => globalThis.guiProbe.drawn().length);
        expect(await this.mirror.locator("button, input").count()).toBe(drawn);
        return drawn;
    }

    /** Waits until what was changed has its place on the canvas. */
    public async laidOut(): Promise<void> {
        await this.page.evaluate(async () => {
            const { scene } = (globalThis as unknown as IArenaPage).arena;
            for (let frame = 0; frame < 2; frame++) {
                await new Promise<void>((next) => scene.onAfterRenderObservable.addOnce(() => next()));
            }
        });
    }

    /** Clicks the canvas where a control is drawn. */
    public async click(id: string): Promise<void> {
        await this.laidOut();
        const spot = await this.page.waitForFunction((wanted) => globalThis.guiProbe.drawn().find((control) => control.id === wanted), id);
        const { x, y } = (await spot.jsonValue()) ?? { x: 0, y: 0 };
        await this.page.mouse.move(x, y);
        await this.page.mouse.down();
        await this.page.mouse.up();
    }

    /** Waits until something is so of the local member, or of what they do to another one. */
    public until(wanted: Partial<IVoiceState>, id = ""): Promise<unknown> {
        return this.page.waitForFunction(
            ([state, who]) => {
                const is = globalThis.guiProbe.state(who);
                return (Object.keys(state) as (keyof IVoiceState)[]).every((key) => is[key] === state[key]);
            },
            [wanted, id] as const,
            { timeout: 20_000 },
        );
    }

    /** The id of the only other member. */
    public async otherId(): Promise<string> {
        return this.page.evaluate(() => {
            let id = "";
            (globalThis as unknown as IArenaPage).arena.plugin?.rtc.voices$
                .subscribe((voices) => voices.forEach(({ member }) => (id = member.id)))
                .unsubscribe();
            return id;
        });
    }

    public closeAsync(): Promise<void> {
        return this.page.context().close();
    }
}

describe("The controls of babylon-rtc/gui", () => {
    let server: IStartedServer;
    let browser: Browser;
    let alice: Visitor;
    let bob: Visitor;
    let bobId: string;

    beforeAll(async () => {
        server = await startServerAsync({ staticDir: resolve("dist/web") });
        browser = await launchAsync();
        alice = await Visitor.EnterAsync(browser, server.url, "Alice", { room: "gui", xr: true });
        bob = await Visitor.EnterAsync(browser, server.url, "Bob", { room: "gui" });
        await alice.told("status", "With you: Bob.");
        await alice.button(/^Silence Bob/).waitFor({ state: "attached" });
        bobId = await alice.otherId();
    }, 120_000);

    afterAll(async () => {
        await browser.close();
        await server.closeAsync();
    });

    it("are each mirrored in the DOM, with role, name and state", async () => {
        expect(await alice.isMirrored()).toBe(7);
        for (const name of ["Hide the members", "More about Bob", "Mute", "Deafen", "Enter VR", "Leave", /^Silence Bob, /]) {
            expect(await alice.button(name).count()).toBe(1);
        }
        expect(await alice.button("Mute").getAttribute("aria-pressed")).toBe("false");
        expect(await alice.button("More about Bob").getAttribute("aria-expanded")).toBe("false");
    });

    it("mute, deafen, silence, set a volume and fold at a click on the canvas, and the mirror follows", async () => {
        await alice.click("mute");
        await alice.until({ muted: true });
        await alice.told("status", "You are muted.");
        await bob.button(/^Silence Alice, muted/).waitFor({ state: "attached" });
        expect(await alice.button("Mute").getAttribute("aria-pressed")).toBe("true");
        await alice.click("mute");
        await alice.until({ muted: false });

        await alice.click("deafen");
        await alice.until({ deafened: true });
        await alice.click("deafen");
        await alice.until({ deafened: false });

        await alice.click(`${bobId} silence`);
        await alice.until({ silenced: true }, bobId);
        await alice.button(/^Silence Bob, silenced by you/).waitFor({ state: "attached" });
        await alice.click(`${bobId} silence`);
        await alice.until({ silenced: false }, bobId);

        await alice.click(`${bobId} more`);
        await alice.mirror.getByRole("slider", { name: "Volume of Bob" }).waitFor({ state: "attached" });
        // Alice opened the room, so she may mute Bob and put him out.
        expect(await alice.isMirrored()).toBe(10);
        // The middle of the slider is 200 %.
        await alice.click("volume slider");
        await alice.page.waitForFunction((id) => Math.abs(globalThis.guiProbe.state(id).volume - 2) < 0.3, bobId);
        await alice.click(`${bobId} more`);

        await alice.click("fold");
        await alice.button("Show the members").waitFor({ state: "attached" });
        expect(await alice.isMirrored()).toBe(5);
        await alice.click("fold");
        await alice.button("Hide the members").waitFor({ state: "attached" });
        expect(await alice.isMirrored()).toBe(7);
    });

    it("are all reached by Tab and worked by keys", async () => {
        await alice.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
        await alice.button("Hide the members").focus();
        const reached: string[] = [];
        for (let i = 0; i < 7; i++) {
            reached.push(await alice.page.evaluate(() => document.activeElement?.textContent ?? ""));
            await alice.page.keyboard.press("Tab");
        }
        expect(new Set(reached).size).toBe(7);
        expect(reached).toEqual(expect.arrayContaining(["Mute", "Deafen", "Enter VR", "Leave", "More about Bob"]));

        await alice.button("Mute").focus();
        await alice.page.keyboard.press("Space");
        await alice.until({ muted: true });
        await alice.page.keyboard.press("Enter");
        await alice.until({ muted: false });

        await alice.button("More about Bob").focus();
        await alice.page.keyboard.press("Enter");
        const slider = alice.mirror.getByRole("slider", { name: "Volume of Bob" });
        await slider.focus();
        await alice.page.keyboard.press("Home");
        await alice.until({ volume: 0 }, bobId);
        await alice.page.keyboard.press("ArrowRight");
        await alice.until({ volume: 0.05 }, bobId);
        expect(await slider.getAttribute("aria-valuetext")).toBe("5 %");
        await alice.button("More about Bob").focus();
        await alice.page.keyboard.press("Enter");
        await slider.waitFor({ state: "detached" });
    });

    it("let the owner mute somebody for all and ask them to speak, who is told so and unmutes themselves", async () => {
        expect(await bob.isMirrored()).toBe(6);
        await alice.click(`${bobId} more`);
        await alice.click(`${bobId} mute`);
        await bob.told("alert", "A moderator muted you.");
        await alice.button("Ask Bob to speak").waitFor({ state: "attached" });
        await alice.click(`${bobId} mute`);
        await bob.told("alert", "You may speak again.");
        await bob.isMirrored();
        await bob.click("unmuteInvited action");
        await alice.button("Mute Bob for everybody").waitFor({ state: "attached" });
        await alice.click(`${bobId} more`);
    });

    it("say that one is out of the room, and bring one back by the button beside it", async () => {
        await alice.page.evaluate(() => (globalThis as unknown as IArenaPage).arena.plugin?.room.leaveAsync());
        await alice.told("alert", "Out of the room. You can come back at any time.");
        expect(await alice.button("Try again: Out of the room").count()).toBe(1);
        await alice.isMirrored();
        await alice.click("outOfRoom action");
        await alice.told("status", "With you: Bob.");
        await alice.button(/^Silence Bob/).waitFor({ state: "attached" });
        expect(await alice.button("Try again: Out of the room").count()).toBe(0);
    });

    it("lie on a board in the headset, do the same there at a ray's press, and come back to the screen", async () => {
        await alice.click("xr");
        await alice.button("Exit VR").waitFor({ state: "attached", timeout: 60_000 });
        await alice.page.waitForFunction(() => {
            const { scene } = (globalThis as unknown as IArenaPage).arena;
            return scene.getMeshByName("voice board") && globalThis.guiProbe.drawn().every(({ onBoard, x }) => onBoard && x > 0);
        });
        expect(await alice.isMirrored()).toBe(7);
        const press = async (id: string): Promise<void> => {
            await alice.laidOut();
            await alice.page.evaluate((wanted) => globalThis.guiProbe.pressOnBoard(wanted), id);
        };
        await press("mute");
        await alice.until({ muted: true });
        await press("mute");
        await alice.until({ muted: false });
        await press(`${bobId} silence`);
        await alice.until({ silenced: true }, bobId);
        await press(`${bobId} silence`);
        await alice.until({ silenced: false }, bobId);
        await press("xr");
        await alice.button("Enter VR").waitFor({ state: "attached", timeout: 60_000 });
        expect(await alice.page.evaluate(() => globalThis.guiProbe.drawn().every(({ onBoard }) => !onBoard))).toBe(true);
        expect(await alice.isMirrored()).toBe(7);
        // Frames of two eyes, drawn without a graphics card, take their time.
    }, 180_000);

    it("put somebody out of the room at the second press", async () => {
        // Since Alice was out for a moment, the room is Bob's.
        const aliceId = await bob.otherId();
        await bob.click(`${aliceId} more`);
        await bob.click(`${aliceId} remove`);
        await bob.button("Really remove Alice from the room?").waitFor({ state: "attached" });
        expect(await alice.button("Mute").count()).toBe(1);
        await bob.click(`${aliceId} remove`);
        await alice.told("alert", "You were put out of the room.");
        await bob.told("status", "Nobody else is here.");
        expect(await bob.isMirrored()).toBe(4);
    });
});
