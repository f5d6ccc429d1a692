// Completes the site that TypeDoc has written (`npm run docs`): copies the Markdown source of each document next to its page, and writes llms.txt, an
// index of these sources for programs that read text (https://llmstxt.org).
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const site = process.argv[2] ?? join(root, "docs-site");
const summary =
    "Positional voice chat for Babylon.js: add a plugin to a scene, join a room, and each member is heard from the position of their avatar.";

/** Path of a document's page without its extension, as TypeDoc names it. */
const pageOf = (path) => (path === "README.md" ? "index" : `documents/${path.replace(/\.md$/, "").replaceAll("/", "_")}`);

/** Title and first sentence of a document. */
function headOf(path) {
    const text = readFileSync(join(root, path), "utf8");
    const [, title = basename(path)] = /^# (.+)$/m.exec(text) ?? [];
    const paragraph = text
        .slice(text.indexOf(title) + title.length)
        .split(/\n\n+/)
        .map((each) => each.trim())
        .find((each) => /^[A-Z*`]/.test(each) && !each.startsWith("```"));
    const [sentence = ""] = /^.*?[.:](?=\s|$)/s.exec(paragraph ?? "") ?? [];
    const plain = sentence
        .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
        .replace(/\s+/g, " ")
        .replace(/:$/, ".");
    return { title, sentence: plain.replaceAll("**", "") };
}

const guides = readdirSync(join(root, "docs/guides")).map((name) => `docs/guides/${name}`);
const references = readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md") && name !== "README.md")
    .map((name) => `docs/${name}`);
const sections = {
    Start: ["README.md", "docs/README.md"],
    Guides: guides,
    Reference: [...references, "server/README.md"],
    Optional: ["CHANGELOG.md", "CONTRIBUTING.md"],
};

const lines = [`# babylon-rtc`, "", `> ${summary}`];
for (const [name, paths] of Object.entries(sections)) {
    lines.push("", `## ${name}`, "");
    for (const path of paths) {
        const page = pageOf(path);
        if (!existsSync(join(site, `${page}.html`))) {
            throw new Error(`${site} has no page ${page}.html. Does typedoc.json name ${path} in projectDocuments?`);
        }
        const copy = join(site, `${page}.md`);
        mkdirSync(dirname(copy), { recursive: true });
        copyFileSync(join(root, path), copy);
        const { title, sentence } = headOf(path);
        lines.push(`- [${title}](${page}.md)${sentence ? `: ${sentence}` : ""}`);
    }
}
writeFileSync(join(site, "llms.txt"), `${lines.join("\n")}\n`);
