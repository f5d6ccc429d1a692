import { readFileSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** The given folders and all folders below them, except node_modules and dist: the names of their files, by the path of the folder. */
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

/** Source files of fewer than 40 lines that only one other source file imports, each with the reason why it is a file of its own. */
const smallFiles: Readonly<Record<string, string>> = {
    "server/src/util/passwordHash.ts": "how passwords are kept: looked for by name, with a test of its own",
    "src/audio/outputSwitch.ts": "loaded on demand: a page seldom moves its sound",
    "src/capture/pipeline/frameProcessor.ts": "public contract",
    "src/room/invitation.ts": "public contract",
    "src/rtc/connection/inRoom.ts": "loaded on demand: what works inside a room, in one chunk",
    "src/rtc/remote/levelOf.ts": "public contract",
    "src/spatial/hearing/earshot.ts": "a pure rule with a test of its own",
    "src/transport/mesh/callRule.ts": "a pure rule with a test of its own: when a call can be made",
};

describe("The tree of sources", () => {
    it("has at most 20 files in a folder", () => {
        const crowded = [...foldersOf("src", "server/src", "protocol", "samples", "test")].filter(([, files]) => files.length > 20);
        expect(crowded.map(([folder]) => folder)).toEqual([]);
    });

    it("has at most 14 entries in src/gui", () => {
        expect(readdirSync("src/gui").length).toBeLessThanOrEqual(14);
    });

    it("gives each source file a unique name, except the entries", () => {
        const sources = [...foldersOf("src", "server/src", "protocol", "samples").values()]
            .flat()
            .filter((name) => name.endsWith(".ts") && !["index.ts", "main.ts"].includes(name));
        expect(sources.filter((name, index) => sources.indexOf(name) !== index)).toEqual([]);
    });

    it("imports each of its modules on demand from one file only, because webpack writes a chunk per importing file", () => {
        const importers = new Map<string, Set<string>>();
        for (const [folder, names] of foldersOf("src")) {
            for (const path of names.map((name) => join(folder, name))) {
                const code = readFileSync(path, "utf8").replace(/^\s*(\*|\/\/).*$/gm, "");
                for (const [, target = ""] of code.matchAll(/\bimport\(\s*"(\.[^"]+)"\s*\)/g)) {
                    const module = join(folder, target);
                    importers.set(module, (importers.get(module) ?? new Set()).add(path));
                }
            }
        }
        expect(importers.size).toBeGreaterThan(15);
        expect([...importers].filter(([, paths]) => paths.size > 1)).toEqual([]);
    });

    it("names each unit test after its subject", () => {
        const subjects = new Set(
            [...foldersOf("src", "samples", "test/fakes", "test/soak").values(), ["build.ts", "docsSite.ts", "needs.ts", "roundsTable.ts"]]
                .flat()
                .map((name) => basename(name, ".ts")),
        );
        const folders = [...foldersOf("test/unit")].filter(([folder]) => folder !== join("test", "unit"));
        const strangers = folders.flatMap(([, files]) =>
            files.filter((name) => name.endsWith(".test.ts")).filter((name) => !subjects.has(basename(name, ".test.ts"))),
        );
        expect(strangers).toEqual([]);
    });

    it("has no small file with a single importer, except those with a listed reason", () => {
        const paths = [...foldersOf("src", "server/src", "protocol", "samples")].flatMap(([folder, names]) =>
            names.filter((name) => name.endsWith(".ts")).map((name) => join(folder, name)),
        );
        const users = new Map<string, Set<string>>();
        for (const path of paths) {
            for (const [, specifier = ""] of readFileSync(path, "utf8").matchAll(/["'](\.{1,2}\/[^"']+)["']/g)) {
                const target = join(dirname(path), specifier).replace(/\.js$/, ".ts");
                users.set(target, (users.get(target) ?? new Set()).add(path));
            }
        }
        const isSmall = (path: string): boolean => readFileSync(path, "utf8").split("\n").length <= 40;
        expect(paths.filter((path) => users.get(path)?.size === 1 && isSmall(path)).sort()).toEqual(Object.keys(smallFiles).sort());
    });
});
