import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "../../..");

describe("tools/docsSite.mjs", () => {
    let site: string;
    const documents = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".md"))
        .map((name) => `docs/${name}`);
    const pageOf = (path: string): string => `documents/${path.replace(/\.md$/, "").replaceAll("/", "_")}`;
    const run = (): string => execFileSync(process.execPath, [join(root, "tools/docsSite.mjs"), site], { encoding: "utf8", stdio: "pipe" });

    beforeEach(() => {
        site = mkdtempSync(join(tmpdir(), "docs-site-"));
        mkdirSync(join(site, "documents"));
        for (const page of ["index", ...[...documents, "server/README.md", "CHANGELOG.md", "CONTRIBUTING.md"].map(pageOf)]) {
            writeFileSync(join(site, `${page}.html`), "");
        }
    });
    afterEach(() => rmSync(site, { recursive: true }));

    it("lists every document in llms.txt, with its Markdown source beside its page", () => {
        run();
        const text = readFileSync(join(site, "llms.txt"), "utf8");
        const links = [...text.matchAll(/^- \[[^\]]+\]\(([^)]+)\)/gm)].map(([, link = ""]) => link);
        expect(links).toEqual(expect.arrayContaining(documents.map((path) => `${pageOf(path)}.md`)));
        expect(links.filter((link) => !existsSync(join(site, link)))).toEqual([]);
        expect(readFileSync(join(site, `${pageOf("docs/errors.md")}.md`), "utf8")).toBe(readFileSync(join(root, "docs/errors.md"), "utf8"));
        expect(text).toMatch(/^# babylon-rtc\n\n> Positional voice chat/);
    });

    it("fails for a document without a page", () => {
        rmSync(join(site, `${pageOf("docs/errors.md")}.html`));
        expect(run).toThrow(/no page documents\/docs_errors\.html/);
    });
});
