import { existsSync } from "node:fs";
import { chromium, type Browser, type BrowserContext, type LaunchOptions } from "playwright-core";
import { timedAsync } from "../../times/timed";

/** Where browsers of the Chromium family live, first come first served. */
const places = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/usr/bin/google-chrome-stable",
    "/snap/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];

const help = `The browser tests need a Chromium and found none. Any of these brings one:

    sudo apt-get install chromium                     (Debian, Ubuntu)
    npm install --no-save @sparticuz/chromium         (needs the system's libnss3, libnspr4 and libexpat1)
    export CHROMIUM_PATH=/path/to/chrome              (one that is there already)
`;

/** @returns the path of a Chromium: `CHROMIUM_PATH`, the system's, or one that an npm package brought. Rejects with the commands that get one. */
export async function chromiumPathAsync(): Promise<string> {
    const given = process.env.CHROMIUM_PATH;
    if (given !== undefined && given !== "") {
        if (!existsSync(given)) {
            throw new Error(`CHROMIUM_PATH names "${given}", and there is nothing there.`);
        }
        return given;
    }
    const found = places.find((place) => existsSync(place));
    if (found !== undefined) {
        return found;
    }
    try {
        const name = "@sparticuz/chromium";
        const brought = (await import(name)) as { default: { executablePath(): Promise<string> } };
        return await brought.default.executablePath();
    } catch {
        throw new Error(help);
    }
}

/** What a browser of the tests may do. */
export interface IBrowserOptions {
    /** Whether sound may start without a click, as in most tests. Default: true. */
    readonly autoplay?: boolean;
    /** Whether pages get a microphone without being asked (a fake one, which beeps). Default: true. */
    readonly microphone?: boolean;
    /** A WAV file that the fake microphone plays instead of beeps. */
    readonly microphoneFile?: string;
    /** A sound server whose devices are used, in place of Chromium's fakes. */
    readonly soundServer?: { readonly env: Readonly<Record<string, string>> };
    /** Whether pages that nobody sees are slowed down, as at a user's. Default: false, since tests measure in pages that are never in front. */
    readonly throttling?: boolean;
    /** More flags. */
    readonly args?: readonly string[];
}

/** Headless, without GPU, without background traffic; media devices are Chromium's own fakes. */
export function flags(options: IBrowserOptions): string[] {
    return [
        "--headless=new",
        "--no-sandbox",
        "--use-gl=angle",
        "--use-angle=swiftshader",
        "--enable-unsafe-swiftshader",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--mute-audio",
        ...(options.throttling
            ? []
            : ["--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding"]),
        ...(options.soundServer ? [] : ["--use-fake-device-for-media-stream"]),
        ...(options.microphoneFile === undefined ? [] : [`--use-file-for-fake-audio-capture=${options.microphoneFile}`]),
        ...(options.microphone === false ? [] : ["--use-fake-ui-for-media-stream"]),
        ...(options.autoplay === false ? [] : ["--autoplay-policy=no-user-gesture-required"]),
        ...(options.args ?? []),
    ];
}

/** The environment of this process, without holes. */
function definedEnv(): Record<string, string> {
    return Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/**
 * Starts a browser.
 * @param options - what it may do
 * @returns the browser, which the caller closes
 */
export async function launchAsync(options: IBrowserOptions = {}): Promise<Browser> {
    const launch: LaunchOptions = {
        executablePath: await chromiumPathAsync(),
        // The flags ask for headless themselves: playwright would add some of its own.
        headless: false,
        args: flags(options),
        ...(options.soundServer ? { env: { ...definedEnv(), ...options.soundServer.env } } : {}),
    };
    return await timedAsync("browser", "launch", () => chromium.launch(launch));
}

export type { Browser, BrowserContext };
