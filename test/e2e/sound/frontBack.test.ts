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
    ])("tells front from back in a %s-handed scene as a plain PannerNode does", async (_hand, rightHanded) => {
        const page = await suite.context.newPage();
        await page.goto(suite.server.url);
        await expectFrontAndBackAsync(page, rightHanded);
        await page.close();
    });
});
