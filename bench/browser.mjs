// Finds a Chromium and starts it as the browser tests do.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const places = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/usr/bin/google-chrome-stable",
    "/snap/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** The same flags as in test/e2e/harness/chromium.ts. */
const flags = [
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
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
];

async function pathAsync() {
    const found = process.env.CHROMIUM_PATH || places.find((place) => existsSync(place));
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

/** Starts a browser, which the caller closes. */
export async function launchAsync() {
    return chromium.launch({ executablePath: await pathAsync(), headless: false, args: flags });
}

/** Opens a page in a process of its own, hands it over, and closes it. */
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
