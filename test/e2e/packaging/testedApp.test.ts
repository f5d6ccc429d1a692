import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FreshApps } from "../../packaging/freshApp";
import { readGuide, type IGuideSection } from "../harness/guides/guide";

describe("An app tested as docs/guides/test-your-app.md says", () => {
    const apps = new FreshApps("repository");
    let app: string;
    let printed: string;

    beforeAll(
        async () => {
            const guide = readGuide("docs/guides/test-your-app.md", 9000);
            const headings = ["Set up", "Test a stream with marbles", "Test with all of voice chat"];
            const sections = headings.map((heading): IGuideSection => guide.get(heading) ?? { files: new Map(), commands: [] });
            expect(sections.at(-1)?.commands).toEqual(["npx jest"]);
            await apps.packAsync();
            const before = {
                files: new Map(),
                commands: ["npm init -y", "npm install ./babylon-rtc/packed/babylon-rtc.tgz @babylonjs/core rxjs"],
            };
            ({ cwd: app, printed } = await apps.makeAsync("tested", [before, ...sections]));
        },
        // Ends a hang: npm shares the machine with whatever else it does.
        600_000,
    );
    afterAll(() => apps.disposeAsync());

    it("passes its own tests", () => {
        expect(printed).toMatch(/Tests: +2 passed, 2 total/);
    });

    it("fails them where the app's own code is wrong", async () => {
        const path = join(app, "statusLine.ts");
        writeFileSync(path, readFileSync(path, "utf8").replace("In no room", "Nowhere"));
        await expect(apps.runAsync(app, "npx jest")).rejects.toThrow(/Tests: +2 failed, 2 total/);
    }, 120_000);
});
