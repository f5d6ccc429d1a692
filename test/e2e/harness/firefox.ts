import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import type { Readable } from "node:stream";
import { launch, type Browser, type Page as PuppeteerPage } from "puppeteer-core";
import type { Page } from "playwright-core";
import { timedAsync } from "../../times/timed";
import type { IDrivenPage } from "./personPage";
import { Pulse } from "./pulse";

const help = `These tests need a Firefox and found none. Any of these brings one:

    sudo apt-get install firefox-esr          (Debian)
    sudo apt-get install firefox              (Ubuntu)
    export FIREFOX_PATH=/path/to/firefox      (one that is there already)
`;

const displayHelp = `A Firefox that draws needs a screen, and Xvfb, which gives one, does not start. This brings it:

    sudo apt-get install xvfb libegl1 libgl1-mesa-dri      (Debian, Ubuntu)
`;

/** Paths where Firefox may be installed; the first existing one is used. */
const places = [
    "/usr/bin/firefox-esr",
    "/usr/bin/firefox",
    "/snap/bin/firefox",
    "/Applications/Firefox.app/Contents/MacOS/firefox",
    "C:\\Program Files\\Mozilla Firefox\\firefox.exe",
];

/**
 * @returns the path of a Firefox: `FIREFOX_PATH`, or the system's. Throws if `FIREFOX_PATH` names no file; throws with the commands that install a
 * Firefox if there is none.
 */
export function firefoxPath(): string {
    const given = process.env.FIREFOX_PATH;
    if (given !== undefined && given !== "") {
        if (!existsSync(given)) {
            throw new Error(`FIREFOX_PATH names "${given}", and there is nothing there.`);
        }
        return given;
    }
    const found = places.find((place) => existsSync(place));
    if (found === undefined) {
        throw new Error(help);
    }
    return found;
}

/** Options of a Firefox for tests. */
export interface IFirefoxOptions {
    /** True = sound may start without a click, as in most tests. Default: true. */
    readonly autoplay?: boolean;
    /** True = pages get a microphone without a prompt; false = `setMicrophoneAsync` sets the permission. Default: true. */
    readonly microphone?: boolean;
    /** True = renders in software on a virtual screen, for pages with WebGL, which a headless Firefox does not have. Default: false. */
    readonly draws?: boolean;
}

/** A Firefox with a sound server of its own, since audio contexts stay suspended in a Firefox without an audio output. */
export class FirefoxBrowser {
    /** Sound server of this browser, with its microphones and loudspeakers. */
    public readonly pulse: Pulse;
    private readonly _browser: Browser;
    private readonly _screen: Screen | null;

    private constructor(browser: Browser, pulse: Pulse, screen: Screen | null) {
        this._browser = browser;
        this.pulse = pulse;
        this._screen = screen;
    }

    /** Starts a Firefox, which the caller closes with `closeAsync`. Rejects with the command that installs what is missing. */
    public static async LaunchAsync(options: IFirefoxOptions = {}): Promise<FirefoxBrowser> {
        const executablePath = firefoxPath();
        const screen = options.draws ? await Screen.StartAsync() : null;
        const pulse = await Pulse.StartAsync();
        const browser = await timedAsync("browser", "launch Firefox", () =>
            launch({
                browser: "firefox",
                executablePath,
                headless: screen === null,
                // Required by `setMicrophoneAsync`.
                args: ["--remote-allow-system-access"],
                env: { ...process.env, ...pulse.env, ...screen?.env },
                extraPrefsFirefox: {
                    "media.autoplay.default": options.autoplay === false ? 1 : 0,
                    "media.navigator.permission.disabled": options.microphone !== false,
                    // ICE over loopback, for calls on one machine.
                    "media.peerconnection.ice.loopback": true,
                    ...(screen ? { "webgl.force-enabled": true } : {}),
                },
            }),
        ).catch(async (error: unknown) => {
            await pulse.closeAsync();
            await screen?.closeAsync();
            throw error;
        });
        return new FirefoxBrowser(browser, pulse, screen);
    }

    /** Opens a page. All pages of the browser share storage, permissions and cache. */
    public newPage(): Promise<FirefoxPage> {
        return openAsync(this._browser);
    }

    /** Sets the microphone permission of an origin, like an answer that the browser remembers. */
    public async setMicrophoneAsync(origin: string, answer: "allow" | "deny"): Promise<void> {
        // Firefox 153 cannot set the microphone permission through WebDriver BiDi, so a script in a privileged (chrome) context sets it.
        const { connection } = this._browser as unknown as { readonly connection: IConnection };
        const { result } = await connection.send("browsingContext.getTree", { "moz:scope": "chrome" });
        const action = answer === "allow" ? "ALLOW_ACTION" : "DENY_ACTION";
        await connection.send("script.evaluate", {
            expression: `Services.perms.addFromPrincipal(
                Services.scriptSecurityManager.createContentPrincipalFromOrigin(${JSON.stringify(origin)}), "microphone", Services.perms.${action})`,
            target: { context: result.contexts[0]?.context },
            awaitPromise: false,
        });
    }

    /** Closes the browser, its screen and its sound server. */
    public async closeAsync(): Promise<void> {
        await this._browser.close();
        await this._screen?.closeAsync();
        await this.pulse.closeAsync();
    }
}

/** Puppeteer's BiDi connection, which Puppeteer's types do not declare. */
interface IConnection {
    send(method: string, parameters: object): Promise<{ readonly result: { readonly contexts: readonly { readonly context: string }[] } }>;
}

/** Opens a page in a window of its own. In a shared window, the next page would hide this one, and Firefox throttles hidden pages. */
async function openAsync(browser: Browser): Promise<FirefoxPage> {
    return new FirefoxPage(await browser.newPage({ type: "window" }));
}

interface IWaitOptions {
    readonly timeout?: number;
    readonly polling?: number;
}

/** A Firefox page with the same interface as Chromium's pages. */
export class FirefoxPage implements IDrivenPage {
    /** Puppeteer's page, for Firefox-only tests. Its `evaluate` counts as a user gesture. */
    public readonly driver: PuppeteerPage;
    public readonly evaluate: Page["evaluate"];
    public readonly waitForFunction: Page["waitForFunction"];

    /** @internal */
    public constructor(driver: PuppeteerPage) {
        this.driver = driver;
        // Playwright's methods with two differences: Puppeteer's `waitForFunction` takes its options before the argument, and the types of function
        // arguments are others.
        this.evaluate = driver.evaluate.bind(driver);
        this.waitForFunction = ((test: string, arg?: unknown, options?: IWaitOptions) =>
            driver.waitForFunction(test, options, arg)) as unknown as Page["waitForFunction"];
    }

    public async addInitScript(script: () => void): Promise<void> {
        await this.driver.evaluateOnNewDocument(script);
    }

    public async goto(url: string): Promise<void> {
        await this.driver.goto(url);
    }

    public on: IDrivenPage["on"] = (event: never, listener: never) => {
        this.driver.on(event, listener);
    };

    public close(): Promise<void> {
        return this.driver.close();
    }
}

/** A virtual screen (Xvfb). */
class Screen {
    public readonly env: Readonly<Record<string, string>>;
    private readonly _process: ChildProcess;

    private constructor(process: ChildProcess, display: string) {
        this._process = process;
        this.env = { DISPLAY: `:${display}`, LIBGL_ALWAYS_SOFTWARE: "1", MOZ_ENABLE_WAYLAND: "0" };
    }

    public static async StartAsync(): Promise<Screen> {
        const args = ["-displayfd", "3", "-screen", "0", "1280x720x24", "-nolisten", "tcp"];
        const child = spawn("Xvfb", args, { stdio: ["ignore", "ignore", "ignore", "pipe"] });
        const number = await new Promise<string>((resolve, reject) => {
            child.once("error", (cause) => reject(new Error(displayHelp, { cause })));
            child.once("exit", () => reject(new Error(displayHelp)));
            // Xvfb writes its display number once it is ready.
            (child.stdio[3] as Readable).setEncoding("utf8").once("data", (text: string) => resolve(text.trim()));
        });
        return new Screen(child, number);
    }

    public async closeAsync(): Promise<void> {
        const gone = new Promise((resolve) => this._process.once("exit", resolve));
        this._process.kill();
        await gone;
    }
}
