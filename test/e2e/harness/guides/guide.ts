import { readFileSync } from "node:fs";

/** Files and commands of one section of a guide. */
export interface IGuideSection {
    /** File contents by path. */
    readonly files: ReadonlyMap<string, string>;
    /** Lines of the section's shell blocks, in order. */
    readonly commands: readonly string[];
}

/**
 * Parses a guide. A file is a code block below a line that contains only its path in backticks; a command is a line of a shell block.
 * @param path - the Markdown file
 * @param port - replaces each 9000 in the guide, its fixed port, so that tests can run beside an existing server
 * @returns the sections, keyed by the start of their headings: `3a` of `## 3a. With Vite`
 */
export function readGuide(path: string, port: number): ReadonlyMap<string, IGuideSection> {
    const [, ...sections] = readFileSync(path, "utf8").replaceAll("9000", String(port)).split(/^## /m);
    return new Map(
        sections.map((text) => [
            /^[\w ]+/.exec(text)?.[0] ?? "",
            {
                files: new Map([...text.matchAll(/^`([^`\n]+)`\n\n```\w+\n(.*?)^```$/gms)].map(([, name = "", code = ""]) => [name, code])),
                commands: [...text.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, lines = ""]) => lines.trim().split("\n")),
            },
        ]),
    );
}
