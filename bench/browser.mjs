// Finds a Chromium and starts it as the browser tests do.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import { chromiumFlags, chromiumPlaces } from "../tools/chromium.mjs";

async function pathAsync() {
    const found = process.env.CHROMIUM_PATH || chromiumPlaces.find((place) => existsSync(place));
    if (found) {
        return found;
    }
    try {
        const { default: brought } = await import("@sparticuz/chromium");
        return await brought.executablePath();
    } catch {
        throw new Error(
            "The bench needs a Chromium and found none: sudo apt-get install chromium, or npm install --no-save @sparticuz/chromium, or set CHROMIUM_PATH.",
        );
    }
}

/** Starts a browser. The caller closes it. */
export async function launchAsync() {
    return chromium.launch({ executablePath: await pathAsync(), headless: false, args: chromiumFlags() });
}

/** Opens a page in a new browser context, calls `use` with the page, and closes the context. */
export async function withPageAsync({ browser, url }, use) {
    const context = await browser.newContext();
    try {
        const page = await context.newPage();
        await page.goto(url);
        return await use(page);
    } finally {
        await context.close();
    }
}
