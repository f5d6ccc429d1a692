import { mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { runAsync, startAsync, type ICommandPlace, type IRunningCommand } from "./command";
import { LocalRegistry } from "./localRegistry";
import type { IGuideSection } from "../e2e/harness/guides/guide";

const root = resolve(__dirname, "../..");

/** The fields of a package.json that matter for its installation. */
export interface IManifest {
    readonly name: string;
    readonly bin?: Readonly<Record<string, string>>;
    readonly exports?: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly optionalDependencies?: Readonly<Record<string, string>>;
    readonly peerDependencies?: Readonly<Record<string, string>>;
    readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** @returns the package.json of a folder. */
export function manifestOf(folder: string): IManifest {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as IManifest;
}

/** Long-running commands, which tests start with `FreshApps.startAsync`. */
const goesOn = /^(npm (run dev|start)|npx (babylon-rtc-server|vite)|(\w+=(\$\([^)]*\)|\S+) )*node )/;

/**
 * Apps in new folders outside the repository, created from the packages as published, with the exact commands of a guide. Each app's parent folder
 * also contains a folder `babylon-rtc`, which stands for this repository. Third-party packages come from the npm registry, or from a local registry
 * of the packages installed in this repository.
 */
export class FreshApps {
    public readonly folder = mkdtempSync(join(tmpdir(), "babylon-rtc-"));
    private readonly _isOnline: boolean;
    private _registry: LocalRegistry | null = null;

    /** @param from - source of third-party packages */
    public constructor(from: "registry" | "repository") {
        this._isOnline = from === "registry";
    }

    /**
     * Packs packages of the repository.
     * @param which - `both`, with `npm run pack`, or only the `server` package, from its last build. Default: both.
     */
    public async packAsync(which: "both" | "server" = "both"): Promise<void> {
        const packed = join(this.folder, "babylon-rtc/packed");
        mkdirSync(packed, { recursive: true });
        if (which === "both") {
            await runAsync(`npm run pack -- "${packed}"`, { cwd: root });
        } else {
            const line = `npm pack --silent --ignore-scripts --workspace babylon-rtc-server --pack-destination "${packed}"`;
            renameSync(join(packed, (await runAsync(line, { cwd: root })).trim()), join(packed, "babylon-rtc-server.tgz"));
        }
    }

    /**
     * Follows sections of a guide in an empty folder: writes their files and runs their commands, except long-running ones.
     * @param name - name of the folder
     * @param sections - sections of the guide
     * @returns the reader's working directory afterwards, and the output
     */
    public async makeAsync(name: string, sections: readonly IGuideSection[]): Promise<{ readonly cwd: string; readonly printed: string }> {
        const around = join(this.folder, name);
        mkdirSync(around);
        symlinkSync(join(this.folder, "babylon-rtc"), join(around, "babylon-rtc"));
        return await this.followAsync(around, sections);
    }

    /**
     * Follows further sections of a guide; see `makeAsync`.
     * @param from - the reader's working directory
     */
    public async followAsync(
        from: string,
        sections: readonly IGuideSection[],
    ): Promise<{ readonly cwd: string; readonly printed: string }> {
        let cwd = from;
        let printed = "";
        for (const { files, commands } of sections) {
            for (const line of commands.filter((each) => /^(mkdir|cd) /.test(each))) {
                cwd = (await runAsync(`${line} && pwd`, { cwd })).trim();
            }
            for (const [path, text] of files) {
                mkdirSync(dirname(join(cwd, path)), { recursive: true });
                writeFileSync(join(cwd, path), text);
            }
            for (const line of commands.filter((each) => !/^(mkdir|cd) /.test(each) && !goesOn.test(each))) {
                printed += await this.runAsync(cwd, line);
            }
        }
        return { cwd, printed };
    }

    /**
     * Runs a command as the reader would.
     * @param cwd - working directory
     * @param line - command line
     * @param env - environment variables set by the reader
     * @returns the output; rejects with the output if the command fails
     */
    public async runAsync(cwd: string, line: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
        return await runAsync(line, await this._placeAsync(cwd, env));
    }

    /** Starts a long-running command as the reader would; see `startAsync` in command.ts. */
    public async startAsync(
        cwd: string,
        line: string,
        ready: RegExp,
        env: Readonly<Record<string, string>> = {},
    ): Promise<IRunningCommand> {
        return await startAsync(line, ready, await this._placeAsync(cwd, env));
    }

    /**
     * Copies an app. Its installed packages are hard links.
     * @param from - folder of the app
     * @param name - name of the new parent folder
     * @returns the new folder of the app
     */
    public async copyAsync(from: string, name: string): Promise<string> {
        const around = join(this.folder, name);
        const cwd = join(around, "app");
        mkdirSync(cwd, { recursive: true });
        symlinkSync(join(this.folder, "babylon-rtc"), join(around, "babylon-rtc"));
        const link = `cp -al "${from}/node_modules" . && cp -p --remove-destination "${from}/node_modules/.package-lock.json" node_modules/`;
        await runAsync(`${link} && cd "${from}" && tar -c --exclude ./node_modules . | tar -x -C "${cwd}"`, { cwd });
        return cwd;
    }

    /** Closes the registry and removes all folders. */
    public async disposeAsync(): Promise<void> {
        await this._registry?.closeAsync();
        rmSync(this.folder, { recursive: true, force: true });
    }

    private async _placeAsync(cwd: string, env: Readonly<Record<string, string>>): Promise<ICommandPlace> {
        if (this._isOnline) {
            return { cwd, env };
        }
        this._registry ??= await LocalRegistry.StartAsync();
        return { cwd, env: { ...env, npm_config_registry: this._registry.url, npm_config_cache: join(this.folder, ".npm") } };
    }
}

/** @returns the names of all packages installed in a folder. */
export function installed(folder: string): readonly string[] {
    const modules = join(folder, "node_modules");
    return readdirSync(modules)
        .filter((name) => !name.startsWith("."))
        .flatMap((name) => (name.startsWith("@") ? readdirSync(join(modules, name)).map((each) => `${name}/${each}`) : [name]));
}
