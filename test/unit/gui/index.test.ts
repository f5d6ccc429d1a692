import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const root = resolve(__dirname, "../../..");

/** Source file of an imported path: the TypeScript file in place of `.js` if there is one, otherwise the path itself. */
function sourceOf(path: string): string {
    const source = path.replace(/\.js$/, ".ts");
    return existsSync(join(root, source)) ? source : path;
}

/**
 * The entry and all modules that it imports directly or indirectly, as source paths or import paths of packages. Does not look into packages, and
 * ignores `import type` and `export type`.
 */
function broughtBy(entry: string): ReadonlySet<string> {
    const found = new Set<string>();
    const visit = (file: string): void => {
        found.add(file);
        const code = readFileSync(join(root, file), "utf8");
        const statements = /(?:^|\n)(?:import|export)\s(?!type\s)(?:[^;]*?\sfrom\s)?"([^"]+)"|import\("([^"]+)"\)/g;
        for (const [, fixed, lazy] of code.matchAll(statements)) {
            const target = fixed ?? lazy ?? "";
            const path = target.startsWith(".") ? sourceOf(join(dirname(file), target)) : target;
            if (!found.has(path)) {
                if (target.startsWith(".")) {
                    visit(path);
                } else {
                    found.add(path);
                }
            }
        }
    };
    visit(entry);
    return found;
}

describe("The main entry", () => {
    it("imports nothing of the GUI", () => {
        const brought = [...broughtBy("src/index.ts")];
        expect(brought).toContain("src/rtc/rtcBehavior.ts");
        expect(brought.filter((path) => /(^src\/gui\/|^@babylonjs\/gui)/.test(path))).toEqual([]);
    });
});

describe("The GUI entry", () => {
    it("matches package.json, and imports @babylonjs/gui", () => {
        const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { exports: Record<string, unknown> };
        expect(exports["./gui"]).toEqual({ types: "./dist/src/gui/index.d.ts", default: "./dist/src/gui/index.js" });
        const brought = [...broughtBy("src/gui/index.ts")];
        expect(brought.some((path) => path.startsWith("@babylonjs/gui/"))).toBe(true);
        expect(brought).toContain("src/index.ts");
    });
});
