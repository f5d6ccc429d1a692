import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { toSettings } from "../../server/src/config/settings";
import { errorRow } from "../../src/errors/errorTable";
import type { RtcErrorCode } from "../../src/errors/rtcError";

const root = resolve(__dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const isFolder = (path: string): boolean => existsSync(join(root, path)) && statSync(join(root, path)).isDirectory();

/** Rows of all tables of a document, as lists of cells. The delimiter rows are left out. */
const rowsOf = (path: string): readonly (readonly string[])[] =>
    read(path)
        .split("\n")
        .filter((line) => line.startsWith("|") && !/^\|[-| ]+\|$/.test(line))
        .map((line) =>
            line
                .slice(1, -1)
                .split("|")
                .map((cell) => cell.trim()),
        );

/** Texts of the code spans (between backticks). */
const codesIn = (text: string): readonly string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);

interface IManifest {
    readonly engines: { readonly node: string };
    readonly dependencies: Readonly<Record<string, string>>;
    readonly devDependencies?: Readonly<Record<string, string>>;
    readonly peerDependencies?: Readonly<Record<string, string>>;
}

describe("docs/compatibility.md", () => {
    const ours = JSON.parse(read("package.json")) as IManifest;
    const server = JSON.parse(read("server/package.json")) as IManifest;
    const { packages } = JSON.parse(read("package-lock.json")) as { packages: Readonly<Record<string, { readonly version: string }>> };
    const rows = rowsOf("docs/compatibility.md");
    const rowOf = (name: string): { readonly takes: string; readonly tried: string } => {
        const [, takes = "", tried = ""] = rows.find(([first = ""]) => first === name || codesIn(first)[0] === name) ?? [];
        return { takes: codesIn(takes)[0] ?? takes, tried: codesIn(tried)[0] ?? tried };
    };

    // `@colyseus/sdk` is bundled into our package, so it is only a dev dependency.
    const bundled = { "@colyseus/sdk": ours.devDependencies?.["@colyseus/sdk"] };

    it.each([...Object.entries({ ...ours.peerDependencies, ...ours.dependencies, ...bundled })])(
        "states the range of package.json and the tested version: %s",
        (name, range) => {
            expect(rowOf(name)).toEqual({ takes: range, tried: packages[`node_modules/${name}`]?.version });
        },
    );

    it.each(["@colyseus/core", "@colyseus/schema", "@colyseus/ws-transport", "peer", "jose"])(
        "states the range and the tested version of the server's dependency: %s",
        (name) => {
            expect(rowOf(name)).toEqual({ takes: server.dependencies[name], tried: packages[`node_modules/${name}`]?.version });
        },
    );

    it("states the Content-Security-Policy of the arena", () => {
        const [, policy = ""] = /Content-Security-Policy"\s+content="([^"]+)"/.exec(read("samples/arena/index.html")) ?? [];
        expect(policy).not.toBe("");
        expect(read("docs/compatibility.md")).toContain(policy);
    });

    it("states the Node versions that both packages support", () => {
        expect(rowOf("Node").takes).toBe(ours.engines.node);
        expect(server.engines.node).toBe(ours.engines.node);
    });

    it("states the tested version of Babylon.js' UMD files", () => {
        expect(rowOf("babylonjs").tried).toBe(ours.devDependencies?.babylonjs);
        expect(ours.devDependencies?.["babylonjs-gui"]).toBe(ours.devDependencies?.babylonjs);
        expect(read("docs/playground.md")).toContain(`Babylon.js ${ours.devDependencies?.babylonjs ?? "?"}`);
    });
});

describe("CONTRIBUTING.md", () => {
    const text = read("CONTRIBUTING.md");
    const named = rowsOf("CONTRIBUTING.md")
        .slice(1)
        .map(([folder = ""]) => codesIn(folder)[0] ?? "");

    it("names folders that exist", () => {
        expect(named.length).toBeGreaterThan(20);
        expect(named.filter((folder) => !isFolder(folder))).toEqual([]);
    });

    it.each(["src", "samples", "test"])("names every folder of %s", (parent) => {
        const folders = readdirSync(join(root, parent), { withFileTypes: true }).filter((entry) => entry.isDirectory());
        expect(folders.map(({ name }) => `${parent}/${name}`).filter((folder) => !named.includes(folder))).toEqual([]);
    });

    it("names every folder of the server's sources except util", () => {
        const row = text.split("\n").find((line) => line.startsWith("| `server/src`")) ?? "";
        const folders = readdirSync(join(root, "server/src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
        expect(folders.map(({ name }) => name).filter((name) => name !== "util" && !codesIn(row).includes(name))).toEqual([]);
    });

    it("names only existing files in each data flow, at most 9, 8, 7 and 5 of them", () => {
        const [, drawing = ""] = /## Data flow[\s\S]*?```text\n([\s\S]*?)```/.exec(text) ?? [];
        const sources = ["src", "server/src"].flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }));
        const flows = drawing
            .trim()
            .split("\n\n")
            .map((flow) => flow.split("\n").slice(1).join("\n"));
        const passed = flows.map((flow) => [
            ...new Set(
                flow
                    .replace(/\[[^\]]*\]/g, "")
                    .split("→")
                    .map((part) => /[\w/]+/.exec(part)?.[0] ?? ""),
            ),
        ]);
        const asked = [...drawing.matchAll(/([\w/]+):/g)].map(([, name = ""]) => name);
        for (const name of [...passed.flat(), ...asked]) {
            expect([name, sources.filter((path) => `/${path}`.endsWith(`/${name}.ts`)).length]).toEqual([name, 1]);
        }
        const counts = passed.map(({ length }) => length);
        expect(counts.length).toBe(4);
        counts.forEach((count, index) => expect(count).toBeLessThanOrEqual([9, 8, 7, 5][index] ?? 0));
    });

    it("names files and scripts that exist", () => {
        const { scripts } = JSON.parse(read("package.json")) as { scripts: Readonly<Record<string, string>> };
        const runs = [...text.matchAll(/npm (?:run ([\w:]+)|(start|test))\b/g)].map(([, run, short]) => run ?? short ?? "");
        expect(runs.length).toBeGreaterThan(8);
        expect(runs.filter((name) => !(name in scripts))).toEqual([]);
        const files = [...text.matchAll(/(?:test|samples|server|\.ci)\/[\w./]+/g)].map(([path]) => path.replace(/\.$/, ""));
        expect(files.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    });

    it("names the Debian packages that .ci/run installs", () => {
        const wanted = [...read(".ci/run").matchAll(/packages\+=\(([\w -]+)\)/g)].flatMap(([, names = ""]) => names.split(" "));
        const told = /apt-get install ([\w -]+)/.exec(text)?.[1]?.split(" ") ?? [];
        expect([...told].sort()).toEqual([...wanted].sort());
        expect(told.length).toBeGreaterThan(3);
    });
});

describe("docs/README.md", () => {
    it("links to every document and guide", () => {
        const text = read("docs/README.md");
        const all = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".md"));
        expect(all.length).toBeGreaterThan(8);
        expect(all.filter((name) => name !== "README.md" && !text.includes(`](${name})`))).toEqual([]);
    });
});

describe("docs/releasing.md", () => {
    it("names every document that builds the packages because they are not on npm yet", () => {
        const text = read("docs/releasing.md");
        const builders = ["testing.md", "releasing.md"];
        const documents = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
            .filter((name) => name.endsWith(".md") && !builders.includes(name))
            .concat("../README.md", "../server/README.md", "../CHANGELOG.md");
        const concerned = documents.filter((name) => /not on npm|npm run pack|packed\//.test(read(join("docs", name))));
        expect(concerned.filter((name) => !text.includes(`](${name})`))).toEqual([]);
    });
});

describe("docs/errors.md", () => {
    const text = read("docs/errors.md");
    const told = rowsOf("docs/errors.md")
        .slice(1)
        .map(([code = "", severity]) => [codesIn(code)[0], severity]);
    const [, union = ""] = /export type RtcErrorCode =([^;]*);/.exec(read("src/errors/rtcError.ts")) ?? [];
    const codes = [...union.matchAll(/"(\w+)"/g)].map(([, code = ""]) => code as RtcErrorCode).sort();

    it("has a row for each code, with its severity", () => {
        expect(codes.length).toBeGreaterThan(30);
        expect(told).toEqual(codes.map((code) => [code, errorRow(code).severity]));
    });

    it("names the codes after which the voice does not reconnect by itself", () => {
        const [, named = ""] = /^After (.*?) the library does not reconnect/ms.exec(text.slice(text.lastIndexOf("\nAfter ") + 1)) ?? [];
        expect(codesIn(named)).toEqual(codes.filter((code) => errorRow(code).retryable === false));
    });
});

describe("docs/security.md", () => {
    const text = read("docs/security.md");
    const actors = ["Outsider", "Member", "Hostile peer", "Compromised page", "Operator's mistakes"];
    const sectionOf = (heading: string): string => text.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";

    /**
     * Titles of the tests and groups of a file: each string literal that is the first argument of `it` or `describe`, or of the function that
     * `it.each` or `describe.each` returns.
     */
    const titlesOf = (file: string): readonly string[] =>
        [...read(file).matchAll(/(?:\b(?:it|describe)|\)|`)\(\s*(["'`])((?:\\.|(?!\1).)*)\1\s*,/g)].map(([, , title = ""]) => title);

    it.each(actors)("names an existing test by file and title in every row: %s", (actor) => {
        const rows = sectionOf(actor)
            .split("\n")
            .filter((line) => line.startsWith("|"))
            .slice(2)
            .map((line) => line.slice(1, -1).split("|"));
        expect(rows.length).toBeGreaterThan(5);
        for (const [attempt = "", , tests = ""] of rows) {
            const named = tests.split(";").map((each) => /^ *`(test\/[^`]+\.test\.ts)`: (.+?) *$/.exec(each) ?? []);
            for (const [whole, file = "", title = ""] of named) {
                expect([attempt.trim(), whole, existsSync(join(root, file))]).toEqual([attempt.trim(), expect.any(String), true]);
                const isThere = titlesOf(file).some((each) => each.includes(title));
                expect([attempt.trim(), file, title, isThere]).toEqual([attempt.trim(), file, title, true]);
            }
        }
    });

    it("has a row for each actor, and lists what is not defended", () => {
        const told = rowsOf("docs/security.md").map(([first = ""]) => first);
        actors.forEach((actor) => expect(told).toContainEqual(expect.stringContaining(`[${actor}](#`)));
        expect(sectionOf("Not defended").match(/^- /gm)?.length).toBeGreaterThan(8);
    });
});

describe("server/README.md", () => {
    it("has the limits with their defaults", () => {
        const settings = toSettings({});
        const { requestRate: requests, messageRate: messages, signallingRate: signalling, passwordRate: passwords } = settings;
        const { userRequestRate: userRequests, upgradeRate: upgrades } = settings;
        const told = rowsOf("server/README.md").flatMap(([name = "", value = ""]) => {
            const [, perSecond, burst] = /^([\d.]+) \/ s, (\d+) at once$/.exec(value) ?? [];
            return burst === undefined ? [] : [[codesIn(name)[0], { perSecond: Number(perSecond), burst: Number(burst) }]];
        });
        expect(Object.fromEntries(told)).toEqual({ requests, userRequests, upgrades, messages, signalling, passwords });
    });
});

describe("docs/community-extension.md", () => {
    const text = read("docs/community-extension.md");

    it("has the whole Playground sample, and the quick start of the README", () => {
        const [, playground = ""] = /```js\n([\s\S]*?)```/.exec(text) ?? [];
        expect(playground).toBe(read("samples/playground/createScene.js"));
        const [quickStart = ""] = /```ts\nconst plugin[\s\S]*?```/.exec(read("README.md")) ?? [];
        expect(quickStart).not.toBe("");
        expect(text).toContain(quickStart);
    });

    it("has the figures of docs/performance.md", () => {
        const ratios = [...text.matchAll(/\| ([\d.]+) × +\|/g)].map(([, ratio]) => ratio);
        expect(ratios).toHaveLength(4);
        const rows = rowsOf("docs/performance.md");
        expect(ratios.filter((ratio) => !rows.some((row) => row.includes(`${ratio ?? ""} ×`)))).toEqual([]);
    });
});

describe("docs/playground.md", () => {
    it("shows code of samples/playground/createScene.js, apart from its indentation", () => {
        const flat = (code: string): string => code.replace(/^ +/gm, "");
        const blocks = [...read("docs/playground.md").matchAll(/^ *```js\n([\s\S]*?)^ *```/gm)].map(([, code = ""]) => flat(code));
        expect(blocks).toHaveLength(3);
        const whole = flat(read("samples/playground/createScene.js"));
        expect(blocks.filter((block) => !whole.includes(block))).toEqual([]);
    });
});
