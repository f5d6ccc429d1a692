import AxeBuilder from "axe-core";
import type { BrowserContext, CDPSession, Page } from "playwright-core";
import { startSuiteAsync, type ISuite } from "../harness/suite";

describe("The audio gate, with sound blocked by the autoplay policy", () => {
    let suite: ISuite;
    let context: BrowserContext;
    let page: Page;
    let cdp: CDPSession;

    /** Evaluates an expression, by default without a user gesture, unlike Playwright's `evaluate`. */
    const askAsync = async <T = unknown>(expression: string, userGesture = false): Promise<T> => {
        const { result, exceptionDetails } = await cdp.send("Runtime.evaluate", {
            expression,
            awaitPromise: true,
            returnByValue: true,
            userGesture,
        });
        if (exceptionDetails) {
            throw new Error(exceptionDetails.exception?.description ?? "The page threw.");
        }
        return result.value as T;
    };
    const untilAsync = async (test: string): Promise<void> => {
        const end = performance.now() + 5_000;
        while (!(await askAsync<boolean>(`(() => { const report = lab.here.report(); return (${test}); })()`))) {
            if (performance.now() > end) {
                throw new Error(`waited in vain for ${test}: ${JSON.stringify(await askAsync("lab.here.report()"))}`);
            }
        }
    };
    /** Enters a room without a user gesture, and expects sound to be blocked. */
    const enterAsync = async (room: string, { canvas = false } = {}): Promise<void> => {
        context = await suite.browser.newContext();
        page = await context.newPage();
        cdp = await context.newCDPSession(page);
        await page.goto(suite.server.url);
        const spatial = { panningModel: "equalpower" };
        const person = JSON.stringify({ server: suite.server.url, name: "Alice", voice: 440, spatial, canvas });
        expect(
            await askAsync(`lab.createAsync(${person}).then(() => { lab.gate = lab.audioGate(lab.person.plugin.rtc); })`),
        ).toBeUndefined();
        expect(await askAsync(`lab.person.joinAsync("${room}")`)).toBeNull();
        await untilAsync(`report.audio === "blocked" && report.connection === "connected"`);
    };

    beforeAll(async () => {
        suite = await startSuiteAsync({ browser: { autoplay: false } });
    }, 120_000);

    afterEach(() => context.close());

    afterAll(() => suite.closeAsync());

    it.each([
        ["the mouse", async () => await page.mouse.click(...(await middleAsync()))],
        [
            "the keyboard",
            async () => {
                // Focus by script, because the Tab key would already count as a user gesture.
                await askAsync(`document.querySelector("[role=status] button").focus()`);
                await page.keyboard.press("Enter");
            },
        ],
    ])("shows a button while the sound is off; pressing it with %s starts the sound and removes the button", async (_what, pressAsync) => {
        await enterAsync("gate");
        await untilAsync(`document.querySelector("[role=status] button") !== null`);
        expect(await askAsync(`document.querySelector("[role=status]").innerText.replace(/\\s+/g, " ")`)).toBe(
            "The sound is off Hear everybody",
        );
        await askAsync(AxeBuilder.source);
        expect(await askAsync(`axe.run("[role=status]").then(({ violations }) => violations.map(({ id }) => id))`)).toEqual([]);
        if (process.env.SHOTS !== undefined) {
            await page.screenshot({ path: `${process.env.SHOTS}/gate.png` });
        }
        expect(await askAsync("lab.here.report().audio")).toBe("blocked");
        await pressAsync();
        await untilAsync(`report.audio === "running" && document.querySelector("[role=status] button") === null`);
        await askAsync(`lab.gate.unsubscribe()`);
        expect(await askAsync(`document.querySelector("[role=status]")`)).toBeNull();
    });

    it("shows no button outside a room", async () => {
        await enterAsync("outside");
        await untilAsync(`document.querySelector("[role=status] button") !== null`);
        await askAsync("lab.here.leaveAsync()");
        await untilAsync(`document.querySelector("[role=status] button") === null`);
    });

    const headOnAsync = (): Promise<unknown> =>
        askAsync(`(lab.headset = new lab.Headset(lab.here.world), lab.headset.move(0, 0, 0), lab.headset.enterAsync())`);

    it("starts the sound on entering XR if the browser counts that as a user gesture", async () => {
        await enterAsync("on entry", { canvas: true });
        // Like a click on a button of the browser itself, which gives the page user activation, but no event.
        await askAsync("0", true);
        expect(await askAsync("lab.here.report().audio")).toBe("blocked");
        await headOnAsync();
        await untilAsync(`report.audio === "running"`);
    });

    it("starts the sound on a trigger press in XR if entering XR did not", async () => {
        await enterAsync("by trigger", { canvas: true });
        await headOnAsync();
        expect(await askAsync("lab.headset.cameraName")).not.toBe("camera");
        expect(await askAsync("lab.here.report().audio")).toBe("blocked");
        // A real headset's trigger counts as a user gesture. iwer only dispatches an event, so the evaluation is the gesture.
        await askAsync("lab.headset.pullTrigger()", true);
        await untilAsync(`report.audio === "running"`);
    });

    async function middleAsync(): Promise<[number, number]> {
        const at = `(({ x, y, width, height }) => [x + width / 2, y + height / 2])(document.querySelector("[role=status] button").getBoundingClientRect())`;
        return await askAsync<[number, number]>(at);
    }
});
