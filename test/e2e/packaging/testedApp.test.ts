import { FreshApps } from "../../packaging/freshApp";
import { readGuide, type IGuideSection } from "../harness/guides/guide";

describe("An app tested as docs/guides/test-your-app.md says", () => {
    const apps = new FreshApps("repository");
    let app: string;
    let commands: readonly string[];

    beforeAll(async () => {
        const guide = readGuide("docs/guides/test-your-app.md", 9000);
        const sections = ["Set up", "Test a stream with marbles", "Test with all of voice chat"].map(
            (heading): IGuideSection => guide.get(heading) ?? { files: new Map(), commands: [] },
        );
        commands = sections.flatMap((section) => section.commands);
        await apps.packAsync();
        const before = {
            files: new Map(),
            commands: ["npm init -y", "npm install ../babylon-rtc/packed/babylon-rtc.tgz @babylonjs/core rxjs"],
        };
        // The tests themselves run below.
        const setUp = sections.map((section) => ({ ...section, commands: section.commands.filter((line) => line !== "npx jest") }));
        ({ cwd: app } = await apps.makeAsync("tested", [before, ...setUp]));
        // Ends a hang: npm shares the machine with whatever else it does.
    }, 600_000);
    afterAll(() => apps.disposeAsync());

    it("passes its own tests, by the commands of the guide", async () => {
        expect(commands.at(-1)).toBe("npx jest");
        const said = await apps.runAsync(app, "npx jest");
        expect(said).toMatch(/Tests: +2 passed, 2 total/);
    }, 120_000);

    it("fails them where the app's own code is wrong", async () => {
        await apps.runAsync(app, `sed -i 's/In no room/Nowhere/' statusLine.ts`);
        await expect(apps.runAsync(app, "npx jest")).rejects.toThrow(/Tests: +2 failed, 2 total/);
    }, 120_000);
});
