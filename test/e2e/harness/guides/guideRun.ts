import { fork } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import type { Browser, BrowserContext } from "playwright-core";
import { ensureBuiltAsync, startServerAsync } from "../../../server/harness";
import { isServer, programsOf, sourceOf } from "../../../guides/guide.mjs";
import { launchAsync, type IBrowserOptions } from "../chromium";
import { writeVoice } from "../earsAtOutput";
import { timedAsync } from "../../../times/timed";
import { GuidePage, guideProbe } from "./guidePage";

/** Size of a page's viewport, in CSS pixels. */
interface ISize {
    readonly width: number;
    readonly height: number;
}

const usualSize: ISize = { width: 900, height: 600 };

/** Settings of a guide's run. */
export interface IGuideRunOptions extends IBrowserOptions {
    /** Environment variables of the guide's server programs. They override the defaults: `NODE_ENV=production`, and `guideSecret` as the secret. */
    readonly env?: Readonly<Record<string, string>>;
    /**
     * True = opens each page in a browser context of its own, with its own storage and permissions; false = the pages share one context, and opening
     * a page clears the storage. Default: false.
     */
    readonly ownContexts?: boolean;
    /** True = renders the scene with WebGL; false = uses NullEngine, for tests without pixels, keys or headset. Default: true. */
    readonly drawn?: boolean;
    /** Viewport of each page. Default: 900 × 600. In software rendering, an emulated headset gets eight times as many frames at 320 × 240. */
    readonly viewport?: ISize;
}

/** Init script that clears `localStorage` at the first load of a page; a reload keeps what the page stored. */
const emptyStorage = `if (sessionStorage.getItem("loaded") === null) {
    sessionStorage.setItem("loaded", "yes");
    localStorage.clear();
}`;

/** Secret that signs the tokens. */
export const guideSecret = "the guides' secret, which is long enough";

/** Origin of a page that the server accepts, but which is neither `https:` nor on `localhost`. */
export const insecureOrigin = "http://insecure.example";
/** Origin that the server does not accept. */
export const foreignOrigin = "http://foreign.example";

/** Settings of a page with a guide's program. */
export interface IGuidePageOptions {
    /** Name of the program. Default: `main`. */
    readonly program?: string;
    /** Origin of the page. Default: Vite's port, as for a reader of the guide. */
    readonly origin?: string;
    /** Query string, without `?`. */
    readonly query?: string;
    /** Init script: runs in the page before any other script. */
    readonly script?: string;
    /** See `IGuideRunOptions.drawn`. Default: the setting of the whole run. */
    readonly drawn?: boolean;
}

interface IStarted {
    closeAsync(): Promise<number | null>;
}

interface IStartedProgram extends IStarted {
    /** Port of the program in the guide. */
    readonly asked: number;
    /** Output of the program so far. */
    output(): string;
    /** Asks the program to exit. Returns its exit code; null if a signal terminated it. */
    stopAsync(): Promise<number | null>;
}

/**
 * The running code of a guide: its server programs in Node, with the built server, and its pages in a real browser. Guides use fixed ports, such as
 * 9000, 5173 and 8080. Here every server listens on a free port, and the browser maps the guide's ports to those.
 */
export class GuideRun {
    /** Uncaught errors of the pages, and error messages of their consoles. */
    public readonly complaints: string[] = [];
    private readonly _name: string;
    private readonly _browser: Browser;
    /** null = each page has a context of its own. */
    private readonly _context: BrowserContext | null;
    private readonly _isDrawn: boolean;
    private readonly _viewport: ISize;
    private readonly _common: IStarted;
    private readonly _programs: readonly IStartedProgram[];
    private readonly _ports: ReadonlyMap<number, number>;

    private constructor(
        name: string,
        browser: Browser,
        context: BrowserContext | null,
        { drawn = true, viewport = usualSize }: IGuideRunOptions,
        common: IStarted,
        programs: readonly IStartedProgram[],
        ports: ReadonlyMap<number, number>,
    ) {
        this._name = name;
        this._browser = browser;
        this._context = context;
        this._isDrawn = drawn;
        this._viewport = viewport;
        this._common = common;
        this._programs = programs;
        this._ports = ports;
    }

    /**
     * @param name - the guide's file, without `.md`
     * @param options - permissions and devices of the browser
     */
    public static async StartAsync(name: string, options: IGuideRunOptions = {}): Promise<GuideRun> {
        const text = readFileSync(resolve(`docs/guides/${name}.md`), "utf8");
        const common = await startServerAsync({ staticDir: resolve("dist/e2e"), origins: [insecureOrigin] });
        const programs: IStartedProgram[] = [];
        // Ports that guides use for `npx babylon-rtc-server` and for Vite. One server stands for both.
        const ports = new Map([9000, 5173].map((asked) => [asked, Number(new URL(common.url).port)]));
        for (const program of programsOf(text).filter(isServer)) {
            programs.push(await startProgramAsync(name, program, sourceOf(text, program, ""), ports, options.env ?? {}));
        }
        const pages = `127.0.0.1:${ports.get(5173)}`;
        const rules = [
            ...[...ports].map(([asked, port]) => `MAP localhost:${asked} 127.0.0.1:${port}`),
            ...[insecureOrigin, foreignOrigin].map((origin) => `MAP ${new URL(origin).host}:80 ${pages}`),
            // Other hosts of a guide (TURN servers, a game's own host) do not resolve.
            "MAP *.example ~NOTFOUND",
        ];
        const microphoneFile = join(runsFolder(), "voice.wav");
        writeVoice(microphoneFile, 1_000);
        const browser = await launchAsync({ microphoneFile, ...options, args: [`--host-resolver-rules=${rules.join(",")}`] });
        const context = options.ownContexts ? null : await browser.newContext({ viewport: options.viewport ?? usualSize });
        return new GuideRun(name, browser, context, options, common, programs, ports);
    }

    /** Opens a page with the guide's program, and waits until the program has finished. */
    public openAsync(options: IGuidePageOptions = {}): Promise<GuidePage> {
        return timedAsync("page", options.program ?? "main", () => this._openAsync(options));
    }

    private async _openAsync(options: IGuidePageOptions): Promise<GuidePage> {
        const { program = "main", origin = "http://localhost:5173", query = "", script, drawn = this._isDrawn } = options;
        const context = this._context ?? (await this._browser.newContext({ viewport: this._viewport }));
        const page = await context.newPage();
        await page.addInitScript(`globalThis.undrawn = ${!drawn};${emptyStorage};${guideProbe};${script ?? ""}`);
        const failed = new Promise<never>((_, reject) => {
            page.once("pageerror", reject);
        });
        page.on("pageerror", (error) => this.complaints.push(error.message));
        page.on("console", (message) => message.type() === "error" && this.complaints.push(message.text()));
        await page.goto(`${origin}/${this._name}/${program}.html?${query}`);
        const done = page.waitForFunction("globalThis.guide !== undefined", undefined, { timeout: 30_000 });
        await Promise.race([done, failed]).catch((cause: unknown) => {
            throw new Error(`${program} of the guide ${this._name} did not run to its end: ${String(cause)}`, { cause });
        });
        return new GuidePage(page);
    }

    /**
     * @param port - port of a server in the guide
     * @returns the address at which the test itself reaches that server
     */
    public addressOf(port: number): string {
        return `http://127.0.0.1:${this._ports.get(port) ?? port}`;
    }

    /**
     * @param port - port of a server program in the guide
     * @returns its output so far
     */
    public outputOf(port: number): string {
        return this._programs.find(({ asked }) => asked === port)?.output() ?? "";
    }

    /**
     * Asks a server to exit.
     * @param port - port of the server in the guide
     * @returns its exit code; null if a signal terminated it
     */
    public async stopAsync(port: number): Promise<number | null> {
        const program = this._programs.find(({ asked }) => asked === port);
        return await (program ? program.stopAsync() : this._common.closeAsync());
    }

    /** Closes every page, so that the next test's pages do not share the CPU with them. */
    public async closePagesAsync(): Promise<void> {
        const own = this._browser.contexts().filter((context) => context !== this._context);
        await Promise.all([...own, ...(this._context?.pages() ?? [])].map((each) => each.close()));
    }

    public async closeAsync(): Promise<void> {
        await this._browser.close();
        await Promise.all([this._common, ...this._programs].map((server) => server.closeAsync()));
    }
}

/** Folder of the files that the runs write. */
function runsFolder(): string {
    const folder = resolve("dist/guides-run");
    mkdirSync(folder, { recursive: true });
    return folder;
}

/** Runs a server program like a reader of the guide: `node server.js` in a folder with the built page in `dist`. */
async function startProgramAsync(
    guide: string,
    program: string,
    source: string,
    ports: Map<number, number>,
    env: Readonly<Record<string, string>>,
): Promise<IStartedProgram> {
    await ensureBuiltAsync();
    const folder = mkdtempSync(join(runsFolder(), `${guide}-`));
    symlinkSync(resolve("dist/e2e"), join(folder, "dist"));
    const file = join(folder, `${program}.mjs`);
    const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };
    writeFileSync(file, ts.transpileModule(source, { compilerOptions: options }).outputText);
    const child = fork(file, [], {
        cwd: folder,
        execArgv: ["--import", resolve("test/guides/freePorts.mjs")],
        env: { ...process.env, NODE_ENV: "production", BABYLON_RTC_SECRET: guideSecret, ...env },
        stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    let output = "";
    child.stdout?.on("data", (data: Buffer) => (output += data.toString()));
    child.stderr?.on("data", (data: Buffer) => (output += data.toString()));
    const { asked, port } = await new Promise<{ asked: number; port: number }>((listens, reject) => {
        child.once("message", (message) => listens(message as { asked: number; port: number }));
        child.once("exit", (code) => reject(new Error(`${program} ended with ${code}: ${output}`)));
    });
    ports.set(asked, port);
    const exited = new Promise<number | null>((ended) => child.once("exit", ended));
    const stopAsync = async (): Promise<number | null> => {
        child.kill("SIGTERM");
        return await exited;
    };
    return {
        asked,
        output: () => output,
        stopAsync,
        closeAsync: async () => {
            child.kill("SIGKILL");
            return await exited;
        },
    };
}
