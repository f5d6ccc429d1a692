import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { runAsync } from "./command";
import type { IGuideSection } from "../e2e/harness/guides/guide";

const root = resolve(__dirname, "../..");

/** Needed for `npm run dev` alone, which is tried with the registry; the repository has no use for them. */
const elsewhere: ReadonlySet<string> = new Set(["webpack-dev-server"]);

/** What a package.json says that installing it depends on. */
export interface IManifest {
    readonly name: string;
    readonly bin?: Readonly<Record<string, string>>;
    readonly exports?: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly peerDependencies?: Readonly<Record<string, string>>;
    readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** @returns the package.json of a folder. */
export function manifestOf(folder: string): IManifest {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as IManifest;
}

/**
 * Makes apps in fresh folders outside the repository, from the packages as they would be published: packed, and installed from the tarball.
 * What else they need comes from the npm registry, or is linked from the repository, and then only what the packages declare is there.
 */
export class FreshApps {
    public readonly folder = mkdtempSync(join(tmpdir(), "babylon-rtc-"));
    public readonly online: boolean;
    private readonly _tarballs = new Map<string, string>();

    /** @param from - where other people's packages come from */
    public constructor(from: "registry" | "repository") {
        this.online = from === "registry";
    }

    /**
     * Packs packages of the repository, as they were built last.
     * @param which - both, or the server's alone. Default: both.
     */
    public async packAsync(which: "both" | "server" = "both"): Promise<void> {
        const workspaces = which === "both" ? "--workspaces --include-workspace-root" : "--workspace babylon-rtc-server";
        const printed = await runAsync(`npm pack --silent ${workspaces} --pack-destination "${this.folder}"`, { cwd: root });
        for (const file of printed.trim().split("\n")) {
            this._tarballs.set(file.replace(/-\d.*$/, ""), join(this.folder, file));
        }
    }

    /**
     * Does what a guide says: its files, and those of its commands that set a folder up.
     * @param name - the folder's
     * @param sections - of the guide
     * @returns the folder
     */
    public async makeAsync(name: string, sections: readonly IGuideSection[]): Promise<string> {
        const cwd = join(this.folder, name);
        mkdirSync(cwd);
        for (const { files } of sections) {
            for (const [path, text] of files) {
                mkdirSync(dirname(join(cwd, path)), { recursive: true });
                writeFileSync(join(cwd, path), text);
            }
        }
        for (const line of sections.flatMap(({ commands }) => commands)) {
            if (line.startsWith("npm install ")) {
                await this.installAsync(cwd, line);
            } else if (/^npm (init|pkg) /.test(line)) {
                await runAsync(line, { cwd });
            }
        }
        return cwd;
    }

    /**
     * Installs packages.
     * @param cwd - the app's folder
     * @param line - `npm install …`
     */
    public async installAsync(cwd: string, line: string): Promise<void> {
        const names = line.split(" ").slice(2);
        if (this.online) {
            await runAsync(["npm install", ...names.map((name) => this._tarballs.get(name) ?? name)].join(" "), { cwd, online: true });
            return;
        }
        for (const name of names.filter((each) => !each.startsWith("--") && !elsewhere.has(each))) {
            const tarball = this._tarballs.get(name);
            if (tarball === undefined) {
                link(cwd, name);
            } else {
                await unpackAsync(cwd, name, tarball);
            }
        }
    }

    /** Removes everything. */
    public dispose(): void {
        rmSync(this.folder, { recursive: true, force: true });
    }
}

/** @returns the names of all packages that are installed in a folder. */
export function installed(folder: string): readonly string[] {
    const modules = join(folder, "node_modules");
    return readdirSync(modules)
        .filter((name) => !name.startsWith("."))
        .flatMap((name) => (name.startsWith("@") ? readdirSync(join(modules, name)).map((each) => `${name}/${each}`) : [name]));
}

/** As npm does with a tarball, except that its dependencies are links. */
async function unpackAsync(cwd: string, name: string, tarball: string): Promise<void> {
    const folder = join(cwd, "node_modules", name);
    mkdirSync(folder, { recursive: true });
    await runAsync(`tar -xzf "${tarball}" --strip-components=1`, { cwd: folder });
    const { bin = {}, dependencies = {} } = manifestOf(folder);
    Object.keys(dependencies).forEach((each) => link(cwd, each));
    for (const [command, file] of Object.entries(bin)) {
        chmodSync(join(folder, file), 0o755);
        put(join(folder, file), join(cwd, "node_modules/.bin", command));
    }
}

/** Puts a package of the repository, and its commands, into an app's folder. */
function link(cwd: string, name: string): void {
    const target = join(root, "node_modules", name);
    put(target, join(cwd, "node_modules", name));
    const { bin = {} } = manifestOf(target);
    for (const [command, file] of Object.entries(typeof bin === "string" ? { [name]: bin } : bin)) {
        put(join(target, file), join(cwd, "node_modules/.bin", command));
    }
}

function put(target: string, path: string): void {
    if (!existsSync(path)) {
        mkdirSync(dirname(path), { recursive: true });
        symlinkSync(target, path);
    }
}
