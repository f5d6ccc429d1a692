import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";

describe("The projects of jest.config.mjs", () => {
    it("run every test file, each in one of them", () => {
        const jest = resolve("node_modules/jest/bin/jest.js");
        // Of all projects together Jest lists each file once.
        const listed = ["unit", "scene", "server", "sound", "firefox", "drawn", "waiting"].flatMap(
            (project) =>
                JSON.parse(
                    execFileSync(process.execPath, [jest, "--listTests", "--json", "--selectProjects", project], { encoding: "utf8" }),
                ) as string[],
        );
        const there = readdirSync("test", { recursive: true, encoding: "utf8" })
            .filter((name) => name.endsWith(".test.ts"))
            .map((name) => join(resolve("test"), name));
        expect(listed.toSorted()).toEqual(there.toSorted());
    });
});
