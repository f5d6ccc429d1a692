import { readFileSync } from "node:fs";

/** Files and commands that a reader of one section of a guide types. */
export interface IGuideSection {
    /** The files' texts by their paths. */
    readonly files: ReadonlyMap<string, string>;
    /** The lines of its shell blocks, in order. */
    readonly commands: readonly string[];
}

/**
 * Reads a guide as its reader does: a file is a code block below a line that holds nothing but its path, in backticks; a command is a line of a
 * shell block.
 * @param path - the Markdown file
 * @param port - in place of the port 9000 that the guide names everywhere, so that tests can run beside a server that is already there
 * @returns the sections by what their headings begin with: `3a` of `## 3a. With Vite`
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
