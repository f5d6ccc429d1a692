import { existsSync } from "node:fs";
import { chromium, type Browser, type BrowserContext, type LaunchOptions } from "playwright-core";
import { chromiumFlags, chromiumPlaces } from "../../../tools/chromium.mjs";
import type { IBrowserOptions } from "../../../tools/chromium.mjs";
import { timedAsync } from "../../times/timed";

const help = `The browser tests need a Chromium and found none. Any of these brings one:

    sudo apt-get install chromium                     (Debian, Ubuntu)
    npm install --no-save @sparticuz/chromium         (needs the system's libnss3, libnspr4 and libexpat1)
    export CHROMIUM_PATH=/path/to/chrome              (one that is there already)
`;

/**
 * @returns the path of a Chromium: `CHROMIUM_PATH`, the system's, or one from an npm package. Rejects if `CHROMIUM_PATH` names no file; rejects with
 * the commands that install a Chromium if there is none.
 */
export async function chromiumPathAsync(): Promise<string> {
    const given = process.env.CHROMIUM_PATH;
    if (given !== undefined && given !== "") {
        if (!existsSync(given)) {
            throw new Error(`CHROMIUM_PATH names "${given}", and there is nothing there.`);
        }
        return given;
    }
    const found = chromiumPlaces.find((place) => existsSync(place));
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

/** The environment of this process, without undefined values. */
function definedEnv(): Record<string, string> {
    return Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/**
 * Starts a browser.
 * @param options - permissions and devices of the browser
 * @param path - executable of the browser. Default: the Chromium that `chromiumPathAsync` finds.
 * @returns the browser, which the caller closes
 */
export async function launchAsync(options: IBrowserOptions = {}, path?: string): Promise<Browser> {
    const launch: LaunchOptions = {
        executablePath: path ?? (await chromiumPathAsync()),
        // The flags already ask for headless mode; with `headless: true` playwright would add flags of its own.
        headless: false,
        args: chromiumFlags(options),
        ...(options.soundServer ? { env: { ...definedEnv(), ...options.soundServer.env } } : {}),
    };
    return await timedAsync("browser", "launch", () => chromium.launch(launch));
}

export type { Browser, BrowserContext, IBrowserOptions };
