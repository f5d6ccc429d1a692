import type { IBand } from "../../pages/lab/frontBack";
import { startSuiteAsync, type ISuite } from "../harness/suite";

describe("HRTF", () => {
    let suite: ISuite;

    beforeAll(async () => {
        suite = await startSuiteAsync();
    }, 120_000);

    afterAll(() => suite.closeAsync());

    it.each([
        ["left", false],
        ["right", true],
    ])("tells front from back in a %s-handed scene as a plain PannerNode does", async (_hand, rightHanded) => {
        const page = await suite.context.newPage();
        await page.goto(suite.server.url);
        const bands: IBand[] = await page.evaluate((hand) => globalThis.lab.frontBackAsync(hand), rightHanded);
        console.info(bands.map((band) => JSON.stringify(band)).join("\n"));
        expect(bands).toHaveLength(2);
        for (const { plainAhead, plainBehind, voiceAhead, voiceBehind } of bands) {
            // The bands do tell the two apart.
            expect(Math.abs(Math.log(plainAhead / plainBehind))).toBeGreaterThan(Math.log(1.15));
            expect(Math.abs(voiceAhead / plainAhead - 1)).toBeLessThan(0.05);
            expect(Math.abs(voiceBehind / plainBehind - 1)).toBeLessThan(0.05);
        }
        await page.close();
    });
});
