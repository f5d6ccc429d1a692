import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { chromiumPathAsync } from "./chromium";

/** Fails early, and with a sentence, where the browser tests cannot run at all. */
export default async function globalSetup(): Promise<void> {
    await chromiumPathAsync();
    for (const built of ["dist/e2e/index.html", "dist/web/index.html", "dist/guides/add-to-a-game/main.html", "server/dist/cli.js"]) {
        if (!existsSync(resolve(built))) {
            throw new Error(`${built} is missing: run "npm run build" first ("npm test" does it).`);
        }
    }
}
