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
        const start = readGuide("docs/guides/vite-and-webpack.md", 9000);
        const before = ["2", "3a"].map((heading): IGuideSection => start.get(heading) ?? { files: new Map(), commands: [] });
        // The tests themselves run below.
        const setUp = sections.map((section) => ({ ...section, commands: section.commands.filter((line) => line !== "npm test") }));
        ({ cwd: app } = await apps.makeAsync("tested", [...before, ...setUp]));
        // The timeout is long, because npm may share the machine with other work.
    }, 600_000);
    afterAll(() => apps.disposeAsync());

    it("passes its own tests with the commands of the guide", async () => {
        expect(commands.at(-1)).toBe("npm test");
        const said = await apps.runAsync(app, "npm test");
        expect(said).toMatch(/Tests: +2 passed, 2 total/);
    }, 120_000);

    it("builds with its tests type-checked", async () => {
        expect(await apps.runAsync(app, "npm run build")).toContain("built in");
    }, 120_000);

    it("fails its tests if its own code is wrong", async () => {
        await apps.runAsync(app, `sed -i 's/In no room/Nowhere/' src/statusLine.ts`);
        await expect(apps.runAsync(app, "npm test")).rejects.toThrow(/Tests: +2 failed, 2 total/);
    }, 120_000);
});
