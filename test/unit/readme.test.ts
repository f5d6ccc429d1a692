import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const root = resolve(__dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const documents = [
    "README.md",
    "server/README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".md"))
        .map((name) => `docs/${name}`),
];

/** Relative links of a document, except in code blocks. `path`: absolute path of the linked file; `heading`: anchor in this file, or "". */
function linksOf(document: string): readonly { readonly target: string; readonly path: string; readonly heading: string }[] {
    const prose = read(document).replace(/^ *```.*?^ *```$/gms, "");
    return [...prose.matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(([target, file = "", heading = ""]) => ({
        target,
        path: file === "" ? join(root, document) : resolve(root, dirname(document), file),
        heading,
    }));
}

/** Anchors of the headings of a document. */
function headingsOf(path: string): readonly string[] {
    const prose = readFileSync(path, "utf8").replace(/^ *```.*?^ *```$/gms, "");
    return [...prose.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
        title
            .toLowerCase()
            .replace(/[^\p{L}\p{N}\s_-]/gu, "")
            .replace(/\s/g, "-"),
    );
}

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
        const broken = linksOf(document).filter(({ path }) => !existsSync(path));
        expect(broken.map(({ target }) => target)).toEqual([]);
    });

    it.each(documents)("and every other document links to headings that exist: %s", (document) => {
        const broken = linksOf(document).filter(
            ({ path, heading }) => heading !== "" && existsSync(path) && !headingsOf(path).includes(heading),
        );
        expect(broken.map(({ target }) => target)).toEqual([]);
    });

    it.each(documents)("and every other document writes methods that return a stream with their parentheses: %s", (document) => {
        const methods = [...read("docs/public-types.txt").matchAll(/^ +(?:public )?(\w+)\$\(/gm)].map(([, name = ""]) => name);
        expect(methods).toContain("levels");
        const bare = [...read(document).matchAll(/`((?:\w+\.)*(\w+)\$)`/g)].filter(([, , name = ""]) => methods.includes(name));
        expect(bare.map(([, text]) => text)).toEqual([]);
    });

    it("names tests that exist in the table of docs/security.md", () => {
        for (const [path] of read("docs/security.md").matchAll(/test\/[\w./]+/g)) {
            expect({ path, exists: existsSync(join(root, path)) }).toEqual({ path, exists: true });
        }
    });
});

/** Capabilities that docs/capabilities.md lists, in this order. */
const capabilities = [
    "engine: initialise",
    "token: get",
    "token: will-expire notice",
    "room: join",
    "room: join while already in it",
    "room: leave, destroy",
    "room: profile",
    "room: auto-subscribe",
    "room: user joined / user left",
    "room: statistics, regularly",
    "room: connection state",
    "publish: publish / unpublish own voice",
    "mute: mute own voice",
    "capture: start / stop",
    "capture: volume 0–400 %",
    "capture: local processor",
    "capture: ear monitor",
    "subscribe: one user / all users, pause and resume",
    "playback: volume for all and for one user 0–400 %",
    "playback: output device, and notice when it changes",
    "levels: report every n ms",
    "devices: added, removed, started, stopped, error",
    "scenario",
    "messages: to the room, to one user; text and binary",
    "messages: data in the voice packets",
    "errors: warning and error notices",
    "rooms: create or join a named room",
    "rooms: password",
    "rooms: max users",
    "rooms: join policy",
    "rooms: private rooms, join by id",
    "rooms: current room",
    "rooms: list with pages",
    "rooms: kick with a duration",
    "rooms: lock / unlock",
    "rooms: change owner",
    "rooms: description",
    "rooms: key–value store",
    "rooms: invitations",
    "rooms: a notice for each change",
    "moderation: mute one, mute all, invite to unmute",
    "moderation: block",
    "status: in the RTC room exactly while in the room",
    "lobby: enable voice",
    "lost connection: comes back by itself, voices go on",
    "lost connection: the page is offline for a while",
    "lost connection: the server restarts, voices go on",
    "lost connection: a later join starts clean",
    "lost sound or microphone: reported, shown, restored",
    "lost connection: a server that restarts says so",
    "networks: a TURN server with credentials that expire",
    "networks: members' addresses hidden",
    "networks: self-test of page, devices and network",
];

describe("docs/capabilities.md", () => {
    const rows = [...read("docs/capabilities.md").matchAll(/^\| ([^|]+?) +\| (.*`[^|]+?) +\| `(test\/[^`]+)`: ([^|]+?) +\|$/gm)].map(
        ([, capability = "", api = "", path = "", test = ""]) => ({ capability, api, path, test }),
    );

    it("has a row for each capability, and no other", () => {
        expect(rows.map(({ capability }) => capability)).toEqual(capabilities);
    });

    it("names a test that exists in each row", () => {
        const missing = rows.filter(({ path, test }) => !existsSync(join(root, path)) || !read(path).includes(test));
        expect(missing).toEqual([]);
    });

    it("names an API that exists in each row", () => {
        const sources = [...sourcesOf("src"), ...sourcesOf("server/src")].map(read).join("\n");
        const unknown = rows.filter(({ api }) => {
            // Of `rtc.messages.sendAsync` the name is `sendAsync`, of `token:` it is `token`.
            const names = [...api.matchAll(/`(?:\w+\.)*(\w+)(?:\$(?:\(\))?|:)?`/g)].map(([, name = ""]) => name);
            return names.length === 0 || !names.every((name) => new RegExp(`\\b${name}\\b`).test(sources));
        });
        expect(unknown).toEqual([]);
    });
});

function sourcesOf(folder: string): string[] {
    return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts"))
        .map((name) => `${folder}/${name}`);
}
