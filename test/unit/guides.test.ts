import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { moderationActions } from "../../protocol/schemas";
import { parseCommandLine } from "../../server/src/config/cliOptions";
import { guideCompiler } from "../guides/compile";
import { blocksOf, otherTestOf, programsOf } from "../guides/guide.mjs";
import type { AppModeration } from "../../server/src/appControl";

const folder = "docs/guides";
const guides = readdirSync(folder)
    .filter((file) => file.endsWith(".md"))
    .map((file) => ({ name: file.slice(0, -3), path: `${folder}/${file}`, text: readFileSync(`${folder}/${file}`, "utf8") }));

/** Guides that continue `add-to-a-game`, each appended to the text of that guide: a reader may write the code of both into one file. */
const first = guides.find(({ name }) => name === "add-to-a-game")?.text ?? "";
const sequels = guides
    .filter(({ text }) => /as in\s\[Add voice to a game that you have\]/.test(text) && otherTestOf(text) === null)
    .map(({ name, path, text }) => ({ name, path: `${path}-in-one-file`, text: `${first}\n${text}` }));

const typeErrorsOf = guideCompiler([...guides.filter(({ text }) => otherTestOf(text) === null), ...sequels]);

/**
 * Permitted languages of code blocks. Tests cover `ts`, `html` and `sh` blocks. The other languages are for configuration and text, which no test
 * covers. Code in any further language could become outdated unnoticed.
 */
const languages = ["ts", "html", "sh", "text", "nginx", "ini", "json"];

/** Permitted commands in guides. `npx babylon-rtc-server` is permitted too; its arguments are checked by the server's own parser. */
const commands = [
    /^npm install [\w@/ .-]+$/,
    /^npm run build$/,
    /^npm pkg set type=module$/,
    /^npx vite( build)?$/,
    /^npx tsc --project tsconfig\.\w+\.json$/,
    /^node [\w/]+\.[mj]?[jt]s$/,
    /^openssl rand -hex 32$/,
    /^export \w+=\S+$/,
];

/** Assignments of environment variables in front of a command. */
const assignment = /^([A-Z_]+=("[^"]*"|\$\([\w -]+\)|\S+) )+/;

/** Commands of a guide with their line numbers: the lines of its `sh` blocks, and each `npx babylon-rtc-server` command in a code span. */
function commandsOf(text: string): readonly { readonly line: number; readonly command: string }[] {
    const blocks = blocksOf(text)
        .filter(({ language }) => language === "sh")
        .flatMap(({ first, lines }) => lines.map((command, index) => ({ line: first + index + 1, command })));
    const inline = text
        .split("\n")
        .flatMap((each, index) =>
            [...each.matchAll(/`(npx babylon-rtc-server[^`]*)`/g)].map(([, command = ""]) => ({ line: index + 1, command })),
        );
    return [...blocks, ...inline].filter(({ command }) => command.trim() !== "" && !command.startsWith("#"));
}

/** Error message for a command; null if the command is permitted. */
function faultOf(command: string): string | null {
    const bare = command.replace(/ +#.*$/, "").replace(assignment, "");
    const server = /^npx babylon-rtc-server(?: (.*))?$/.exec(bare);
    if (!server) {
        return commands.some((known) => known.test(bare)) ? null : "not a command that the guides know";
    }
    try {
        parseCommandLine(server[1]?.split(/ +/) ?? []);
        return null;
    } catch (error) {
        return String(error);
    }
}

it.each(sequels)("The guide $name compiles in one file with add-to-a-game", ({ path }) => {
    expect(typeErrorsOf(path, "main")).toEqual([]);
});

it.each(sequels)("The page of the guide $name has unique ids, also together with the page of add-to-a-game", ({ text }) => {
    const ids = blocksOf(text)
        .filter(({ language }) => language === "html")
        .flatMap(({ lines }) => [...lines.join("\n").matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id));
    expect(ids.length).toBeGreaterThan(0);
    expect(ids).toEqual([...new Set(ids)]);
});

it("finds the guides that continue add-to-a-game", () => {
    expect(sequels.map(({ name }) => name)).toEqual(
        expect.arrayContaining(["devices", "look-and-feel", "moderation", "third-person", "xr"]),
    );
});

describe.each(guides)("The guide $name", ({ name, path, text }) => {
    const other = otherTestOf(text);

    it("is run by a test", () => {
        expect(existsSync(other ?? `test/e2e/guides/${name}.test.ts`)).toBe(true);
    });

    it("links to files that exist", () => {
        const prose = text.replace(/^```.*?^```$/gms, "");
        const broken = [...prose.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
            .map(([, target = ""]) => target)
            .filter((target) => !/^https?:/.test(target) && !existsSync(resolve(dirname(path), target)));
        expect(broken).toEqual([]);
    });

    if (other === null) {
        it("has code blocks in permitted languages only", () => {
            const odd = blocksOf(text).filter(({ language }) => !languages.includes(language));
            expect(odd.map(({ first, language }) => `${path}:${first} ${language}`)).toEqual([]);
        });

        it("has known commands only", () => {
            const faults = commandsOf(text).flatMap(({ line, command }) => {
                const fault = faultOf(command);
                return fault === null ? [] : [`${path}:${line} ${command}: ${fault}`];
            });
            expect(faults).toEqual([]);
        });

        it.each(programsOf(text))("compiles: %s", (program) => {
            expect(typeErrorsOf(path, program)).toEqual([]);
        });
    }
});

describe("The guide room-server", () => {
    const text = guides.find(({ name }) => name === "room-server")?.text ?? "";

    it("uses the same port in the configuration of the proxy and in the server behind the proxy", () => {
        const [, passed] = /proxy_pass http:\/\/127\.0\.0\.1:(\d+);/.exec(text) ?? [];
        const program = blocksOf(text).find((block) => block.program === "proxiedServer");
        expect(program?.lines.join("\n")).toContain(`http.listen(${passed},`);
    });
});

describe("The guide tokens", () => {
    it("enables the button to enter only after the login, once its click is handled", () => {
        const text = guides.find(({ name }) => name === "tokens")?.text ?? "";
        const codeIn = (language: string): string =>
            blocksOf(text)
                .filter((block) => block.language === language)
                .flatMap(({ lines }) => lines)
                .join("\n");
        expect(codeIn("html")).toContain("<button disabled>Enter the room</button>");
        const places = ["await postAsync<", 'enter?.addEventListener("click"', 'enter?.removeAttribute("disabled")'].map((code) =>
            codeIn("ts").indexOf(code),
        );
        expect(places).not.toContain(-1);
        expect(places).toEqual([...places].sort((a, b) => a - b));
    });
});

describe("The guide moderation", () => {
    it("names every moderation action of a backend", () => {
        const text = guides.find(({ name }) => name === "moderation")?.text ?? "";
        expect([...text.matchAll(/^- `(\w+)`: /gm)].map(([, action]) => action).sort()).toEqual([...moderationActions].sort());
    });

    it("sends its request to the address, with the key and with the fields, that its server expects", () => {
        const text = guides.find(({ name }) => name === "moderation")?.text ?? "";
        const [, body = "", key, port, path] = /^curl -d '(.+)' -H ".+ Bearer (\S+)" http:\/\/localhost:(\d+)(\S+)$/m.exec(text) ?? [];
        const server = blocksOf(text).find(({ program }) => program === "server");
        expect(server?.lines.join("\n")).toContain(`request.url === "${path}"`);
        expect(server?.lines.join("\n")).toContain(`http.listen(${port},`);
        expect(text).toContain(`STAFF_KEY=${key} node`);
        const { room, user, ...moderation } = JSON.parse(body) as AppModeration & { readonly user?: string };
        expect([room, user]).toEqual([expect.any(String), expect.any(String)]);
        expect(moderationActions).toContain(moderation.action);
    });
});
