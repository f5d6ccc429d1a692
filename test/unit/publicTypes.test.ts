import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { promisify } from "node:util";

/**
 * docs/public-types.txt makes changes of the public API visible in review. After an intended change, `node tools/publicTypes.mjs` rewrites the file.
 */
describe("The public contract", () => {
    it("equals docs/public-types.txt", async () => {
        const script = `import(${JSON.stringify(resolve("tools/publicTypes.mjs"))}).then(({ publicTypes }) => process.stdout.write(publicTypes()))`;
        const { stdout } = await promisify(execFile)(process.execPath, ["-e", script], { maxBuffer: 1024 * 1024 });
        expect(stdout.split("\n")).toEqual(readFileSync("docs/public-types.txt", "utf8").split("\n"));
    }, 60_000);
});
