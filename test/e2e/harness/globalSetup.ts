import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { builtFiles, needsOf } from "../../../tools/needs.mjs";
import { chromiumPathAsync } from "./chromium";

/**
 * Fails early, with a clear message, if a browser or a built file is missing. Warns if built files are older than their sources.
 * @param config - Jest's own configuration; `nonFlagArgs` are the files or patterns to run
 * @param project - Jest project, which is a lane of tests
 */
export default async function globalSetup(
    { nonFlagArgs }: { readonly nonFlagArgs: readonly string[] },
    project: { readonly displayName?: { readonly name: string } },
): Promise<void> {
    await chromiumPathAsync();
    if (project.displayName?.name === "firefox") {
        const { firefoxPath } = await import("./firefox");
        firefoxPath();
    }
    const namesFiles = nonFlagArgs.length > 0 && nonFlagArgs.every((each) => each.endsWith(".test.ts") && existsSync(each));
    const needed = namesFiles ? [...new Set(nonFlagArgs.flatMap(needsOf))] : Object.keys(builtFiles);
    for (const file of needed.flatMap((part) => builtFiles[part] ?? [])) {
        if (!existsSync(resolve(file))) {
            throw new Error(`${file} is missing: run "npm run build" first ("npm test" and "npm run test:one -- FILE" do it).`);
        }
    }
    if (needed.length === 0) {
        return;
    }
    const outdated = execFileSync(process.execPath, ["tools/build.mjs", "--outdated", ...needed], { encoding: "utf8" }).trim();
    if (outdated !== "") {
        console.warn(`Older than their sources: ${outdated}. "npm run build" or "npm run test:one -- FILE" brings them up to date.`);
    }
}
