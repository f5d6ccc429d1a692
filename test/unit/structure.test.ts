import { readdirSync } from "node:fs";
import { basename, join } from "node:path";

/** Folders below others by path, each with the names of its files. */
function foldersOf(...tops: readonly string[]): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, readonly string[]>();
    const visit = (folder: string): void => {
        const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !["node_modules", "dist"].includes(name));
        found.set(
            folder,
            entries.filter((entry) => entry.isFile()).map(({ name }) => name),
        );
        entries.filter((entry) => entry.isDirectory()).forEach(({ name }) => visit(join(folder, name)));
    };
    tops.forEach(visit);
    return found;
}

describe("The tree of sources", () => {
    it("has at most 20 files in a folder", () => {
        const crowded = [...foldersOf("src", "server/src", "protocol", "samples", "test")].filter(([, files]) => files.length > 20);
        expect(crowded.map(([folder]) => folder)).toEqual([]);
    });

    it("has at most 14 entries at the top of the controls", () => {
        expect(readdirSync("src/gui").length).toBeLessThanOrEqual(14);
    });

    it("names each source file once, entries apart", () => {
        const sources = [...foldersOf("src", "server/src", "protocol", "samples").values()]
            .flat()
            .filter((name) => name.endsWith(".ts") && !["index.ts", "main.ts"].includes(name));
        expect(sources.filter((name, index) => sources.indexOf(name) !== index)).toEqual([]);
    });

    it("names each unit test as its subject", () => {
        const subjects = new Set([...foldersOf("src", "samples").values(), ["needs.ts"]].flat().map((name) => basename(name, ".ts")));
        const folders = [...foldersOf("test/unit")].filter(([folder]) => folder !== join("test", "unit"));
        const strangers = folders.flatMap(([, files]) =>
            files.filter((name) => name.endsWith(".test.ts")).filter((name) => !subjects.has(basename(name, ".test.ts"))),
        );
        expect(strangers).toEqual([]);
    });
});
