import { resolve } from "node:path";
import AxeBuilder from "axe-core";
import type { Page } from "playwright-core";
import { Coturn } from "../harness/turn/coturn";
import { startSuiteAsync, type ISuite } from "../harness/suite";

/** A check as shown on the page. */
interface IShown {
    readonly name: string;
    readonly verdict: string;
    readonly text: string;
}

describe("The self-test page", () => {
    let suite: ISuite;
    let coturn: Coturn;

    beforeAll(async () => {
        coturn = await Coturn.StartAsync();
        const turn = { urls: [coturn.stunUrl, coturn.url], secret: coturn.secret };
        suite = await startSuiteAsync({ server: { turn, staticDir: resolve("dist/web") } });
    }, 120_000);

    afterAll(async () => {
        await suite.closeAsync();
        await coturn.closeAsync();
    });

    async function checkAsync(page: Page, query = ""): Promise<readonly IShown[]> {
        await page.goto(`${suite.server.url}/check/${query}`);
        await page.click("#begin:enabled");
        await page.waitForSelector("#copy:visible", { timeout: 90_000 });
        return await page.$$eval(".row", (rows) =>
            rows.map((row) => {
                const textOf = (part: string): string => row.querySelector(`.${part}`)?.textContent ?? "";
                return { name: textOf("name"), verdict: textOf("verdict"), text: textOf("text") };
            }),
        );
    }

    it.each([
        ["a wide screen", { width: 1280, height: 800 }],
        ["a phone", { width: 390, height: 844 }],
    ])("shows that all checks pass on %s, without axe-core violations", async (_, viewport) => {
        const page = await suite.browser.newPage({ viewport });
        const shown = await checkAsync(page);
        expect(shown.map(({ name, verdict }) => `${name}: ${verdict}`)).toEqual([
            "Secure page: Passed",
            "Permission to play: Passed",
            "Microphone: Passed",
            "Output: Passed",
            "Server: Passed",
            "Signalling: Passed",
            "STUN: Passed",
            "TURN: Passed",
            "Call: Passed",
        ]);
        expect(await page.textContent("#summary")).toBe("Everything works.");
        // Nothing is wider than the screen.
        expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
        await page.evaluate(AxeBuilder.source);
        const violations = await page.evaluate(`axe.run().then(({ violations }) => violations.map(({ id }) => id))`);
        expect(violations).toEqual([]);
        if (process.env.SHOTS !== undefined) {
            await page.screenshot({ path: `${process.env.SHOTS}/check-${viewport.width}.png` });
        }
        await page.close();
    });

    it("reports an unreachable server in its row, and links back to the arena with the same server", async () => {
        const page = await suite.browser.newPage();
        const shown = await checkAsync(page, "?server=http://localhost:1");
        const server = shown.find(({ name }) => name === "Server");
        expect(server).toMatchObject({ verdict: "Failed", text: expect.stringContaining("No answer from http://localhost:1.") as string });
        expect(shown.find(({ name }) => name === "Signalling")).toMatchObject({ verdict: "Skipped" });
        expect(await page.textContent("#summary")).toBe("One check failed. Its row says what to do.");
        expect(await page.getAttribute("#arena", "href")).toBe("../?server=http://localhost:1");
        await page.close();
    });
});
