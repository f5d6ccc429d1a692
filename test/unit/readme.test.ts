import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const root = resolve(__dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const documents = [
    "README.md",
    "server/README.md",
    "CHANGELOG.md",
    ...readdirSync(join(root, "docs"))
        .filter((name) => name.endsWith(".md"))
        .map((name) => `docs/${name}`),
];

describe("The README", () => {
    it("shows the lines of samples/hello word for word", () => {
        const block = /```ts\n(const plugin[\s\S]*?)```/.exec(read("README.md"))?.[1] ?? "";
        expect(block.split("\n").length).toBeGreaterThan(6);
        expect(read("samples/hello/main.ts")).toContain(block);
    });

    it("names commands that package.json has", () => {
        const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
        const named = [...read("README.md").matchAll(/npm (?:run ([\w:]+)|(start|test))/g)].map(([, run, short]) => run ?? short ?? "");
        expect(named.length).toBeGreaterThan(2);
        for (const name of named) {
            expect(scripts).toHaveProperty([name]);
        }
    });

    it.each(documents)("and every other document links to files that exist: %s", (document) => {
        for (const [, target] of read(document).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
            expect({ target, exists: existsSync(resolve(root, dirname(document), target ?? "")) }).toEqual({ target, exists: true });
        }
    });

    it("names tests that exist in the table of docs/security.md", () => {
        for (const [path] of read("docs/security.md").matchAll(/test\/[\w./]+/g)) {
            expect({ path, exists: existsSync(join(root, path)) }).toEqual({ path, exists: true });
        }
    });
});
