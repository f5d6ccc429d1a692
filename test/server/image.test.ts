import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { FreshApps, manifestOf } from "../packaging/freshApp";

// npm installs two hundred packages twice, which is slow on a shared machine.
jest.setTimeout(300_000);

const root = resolve(__dirname, "../..");

/** An instruction of the Dockerfile, with continued lines joined. */
interface IInstruction {
    readonly name: string;
    readonly text: string;
}

/** A build stage of the Dockerfile. */
interface IStage {
    readonly name: string;
    readonly base: string;
    readonly instructions: readonly IInstruction[];
}

function stagesOf(text: string): readonly IStage[] {
    const lines = text
        .replace(/\\\n/g, " ")
        .split("\n")
        .filter((line) => line.trim() !== "" && !line.startsWith("#"))
        .map((line) => /^([A-Z]+) (.*)$/.exec(line) ?? [])
        .map(([, name = "", rest = ""]) => ({ name, text: rest.trim() }));
    const begins = lines.flatMap(({ name }, index) => (name === "FROM" ? [index] : []));
    return begins.map((begin, index) => {
        const [, base = "", name = `stage ${index}`] = /^(\S+)(?: AS (\S+))?$/.exec(lines[begin]?.text ?? "") ?? [];
        return { name, base, instructions: lines.slice(begin + 1, begins[index + 1]) };
    });
}

const stages = stagesOf(readFileSync(join(root, "Dockerfile"), "utf8"));
const last = stages.at(-1);
const wordsOf = (name: string): readonly string[] =>
    JSON.parse(last?.instructions.find((each) => each.name === name)?.text ?? "[]") as readonly string[];

describe("The Dockerfile", () => {
    let apps: FreshApps;
    let cwd = "";
    const folderOf = (stage: string, path: string): string => join(apps.folder, "image", stage, path);

    /** Copies like `COPY`: a file into a target folder under its own name; of a folder, only the contents. */
    function copy(sources: readonly string[], target: string): void {
        for (const source of sources) {
            const isFolder = !source.endsWith(".json");
            const to = isFolder || !target.endsWith("/") ? target : join(target, basename(source));
            mkdirSync(dirname(to), { recursive: true });
            cpSync(source, to, {
                recursive: true,
                // Skips node_modules and dist, as .dockerignore does. Files of other stages are copied without a filter.
                filter: (path) => !path.startsWith(root) || !/\/(node_modules|dist)(\/|$)/.test(path.slice(root.length)),
            });
        }
    }

    async function buildAsync({ name, instructions }: IStage): Promise<void> {
        let workdir = "";
        for (const { name: instruction, text } of instructions) {
            if (instruction === "WORKDIR") {
                workdir = folderOf(name, text);
                mkdirSync(workdir, { recursive: true });
            } else if (instruction === "COPY") {
                const [from, paths] = /^--from=(\S+) (.*)$/.exec(text)?.slice(1) ?? [undefined, text];
                const words = (paths ?? "").split(" ");
                const target = words.pop() ?? "";
                const sources = words.map((path) => (from === undefined ? join(root, path) : folderOf(from, path)));
                copy(sources, target === "./" ? `${workdir}/` : join(workdir, target));
                takeFromTheTestsRegistry(workdir);
            } else if (instruction === "RUN") {
                await apps.runAsync(workdir, text);
            }
        }
        cwd = workdir;
    }

    /**
     * Removes checksums and addresses from the lock file. The tests' registry serves the packages of this repository without source maps, so their
     * checksums differ.
     */
    function takeFromTheTestsRegistry(folder: string): void {
        const path = join(folder, "package-lock.json");
        if (existsSync(path)) {
            const text = readFileSync(path, "utf8").replace(/^ *"(integrity|resolved)": "(?!server)[^"]*",\n/gm, "");
            writeFileSync(path, text);
        }
    }

    beforeAll(async () => {
        apps = new FreshApps("repository");
        for (const stage of stages) {
            await buildAsync(stage);
        }
    });
    afterAll(() => apps.disposeAsync());

    it("uses the public image node:22-alpine, an unprivileged user, and a health check of /ready", () => {
        expect([...new Set(stages.map(({ base }) => base))]).toEqual(["node:22-alpine"]);
        expect(last?.instructions).toContainEqual({ name: "USER", text: "node" });
        expect(last?.instructions).toContainEqual({ name: "EXPOSE", text: "9000" });
        expect(last?.instructions.find(({ name }) => name === "HEALTHCHECK")?.text).toMatch(
            /wget \S+ \S+ \S+ http:\/\/127\.0\.0\.1:9000\/ready/,
        );
    });

    it("copies nothing that .dockerignore excludes", () => {
        const kept: readonly string[] = readFileSync(join(root, ".dockerignore"), "utf8").match(/^!.*$/gm) ?? [];
        const copied = stages.flatMap(({ instructions }) =>
            instructions
                .filter(({ name, text }) => name === "COPY" && !text.startsWith("--from"))
                .flatMap(({ text }) => text.split(" ").slice(0, -1)),
        );
        expect(copied.filter((path) => !kept.includes(`!${path.split("/", 1)[0] ?? ""}`))).toEqual([]);
    });

    it("produces a folder with the server's dependencies, and without build tools", () => {
        const { dependencies = {} } = manifestOf(join(cwd, "server"));
        const missing = Object.keys(dependencies).filter((name) => !existsSync(join(cwd, "node_modules", name, "package.json")));
        expect(missing).toEqual([]);
        for (const path of ["node_modules/typescript", "node_modules/jest", "node_modules/@babylonjs", "server/src"]) {
            expect([path, existsSync(join(cwd, path))]).toEqual([path, false]);
        }
    });

    it("starts the server with its own command, which answers, and exits on SIGTERM", async () => {
        const [program = "", ...args] = [...wordsOf("ENTRYPOINT"), ...wordsOf("CMD")];
        expect(program).toBe("node");
        const child = spawn(process.execPath, [...args, "--port", "0", "--host", "127.0.0.1"], {
            cwd,
            env: { PATH: process.env.PATH, NODE_ENV: "production", BABYLON_RTC_SECRET: "a secret of at least thirty-two bytes" },
            stdio: ["ignore", "pipe", "pipe"],
        });
        const ended = new Promise<number | null>((resolve_) => child.once("close", (code) => resolve_(code)));
        try {
            let output = "";
            const url = await new Promise<string>((found, reject) => {
                const take = (data: Buffer): void => {
                    output += data.toString();
                    const [, address] = /"message":"listening","url":"([^"]+)"/.exec(output) ?? [];
                    if (address !== undefined) {
                        found(address);
                    }
                };
                child.stdout.on("data", take);
                child.stderr.on("data", take);
                void ended.then((code) => reject(new Error(`It ended with ${code}: ${output}`)));
            });
            expect(await (await fetch(`${url}/ready`)).json()).toEqual({ status: "ready" });
            child.kill("SIGTERM");
            expect(await ended).toBe(0);
        } finally {
            child.kill("SIGKILL");
        }
    });
});
