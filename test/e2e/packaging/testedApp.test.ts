import { FreshApps } from "../../packaging/freshApp";
import { runAsync } from "../../packaging/command";
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
        const before = { files: new Map(), commands: ["npm init -y", "npm install babylon-rtc @babylonjs/core rxjs"] };
        app = await apps.makeAsync("tested", [before, ...sections]);
    }, 120_000);
    afterAll(() => apps.dispose());

    it("passes its own tests, by the commands of the guide", async () => {
        expect(commands.at(-1)).toBe("npx jest");
        const said = await runAsync("npx jest", { cwd: app });
        expect(said).toMatch(/Tests: +2 passed, 2 total/);
    }, 120_000);

    it("fails them where the app's own code is wrong", async () => {
        await runAsync(`sed -i 's/In no room/Nowhere/' statusLine.ts`, { cwd: app });
        await expect(runAsync("npx jest", { cwd: app })).rejects.toThrow(/Tests: +2 failed, 2 total/);
    }, 120_000);
});
