import { expectFrontAndBackAsync } from "../harness/sharedChecks";
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
    ])("distinguishes front and back in a %s-handed scene like a plain PannerNode", async (_hand, rightHanded) => {
        const page = await suite.context.newPage();
        await page.goto(suite.server.url);
        await expectFrontAndBackAsync(page, rightHanded);
        await page.close();
    });
});
