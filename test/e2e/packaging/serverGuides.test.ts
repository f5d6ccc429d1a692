import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { readGuide, type IGuideSection } from "../harness/guides/guide";
import { isServer, programsOf, sourceOf } from "../../guides/guide.mjs";
import { FreshApps } from "../../packaging/freshApp";
import { ensureBuiltAsync } from "../../server/harness";

// Timeout in milliseconds: long, because npm installs two hundred packages, on a shared machine.
jest.setTimeout(300_000);

const compile = "npx tsc --project tsconfig.server.json";

describe("A server created in an empty folder with only the commands of its guide", () => {
    const apps = new FreshApps("repository");

    beforeAll(async () => {
        await ensureBuiltAsync();
        await apps.packAsync("server");
    });
    afterAll(() => apps.disposeAsync());

    it.each([
        { name: "room-server", without: [] },
        { name: "moderation", without: [] },
        // Without a build of the guide's page, which is part of another guide's app.
        { name: "tokens", without: ["npm run build"] },
    ])("compiles, starts and answers: $name", async ({ name, without }) => {
        const file = `docs/guides/${name}.md`;
        const text = readFileSync(file, "utf8");
        const programs = programsOf(text).filter(isServer);
        const servers: IGuideSection = {
            files: new Map(programs.map((program) => [`${program}.ts`, sourceOf(text, program, "")])),
            commands: ["mkdir game && cd game"],
        };
        const sections = [...readGuide(file, 9000).values()];
        const commands = sections.flatMap((section) => section.commands);
        expect(commands).toEqual(expect.arrayContaining([compile, ...without]));
        // All programs are compiled at the end, since those of later sections need the packages installed there.
        const later = [compile, ...without];
        const { cwd } = await apps.makeAsync(name, [
            servers,
            ...sections.map((section) => ({ ...section, commands: section.commands.filter((line) => !later.includes(line)) })),
            { files: new Map(), commands: [compile] },
        ]);
        const start = commands.findLast((line) => line.endsWith("node server/server.js")) ?? "";
        for (const program of programs) {
            const line = start.replace("server.js", `${program}.js`);
            const options = { NODE_OPTIONS: `--import "${resolve("test/guides/freePorts.mjs")}"` };
            const server = await apps.startAsync(cwd, line, /Port \d+ of the guide is \d+/, options);
            try {
                const [, port = ""] = /is (\d+)\./.exec(server.output()) ?? [];
                expect(await (await fetch(`http://127.0.0.1:${port}/voice/health`)).json()).toMatchObject({ status: "ok" });
            } finally {
                await server.stopAsync();
            }
        }
    });
});
