import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";

describe("The projects of jest.config.mjs", () => {
    it("run every test file, each in exactly one project", () => {
        const jest = resolve("node_modules/jest/bin/jest.js");
        // Called once per project, because Jest lists a file of several projects only once when it is called for all of them.
        const list = (...args: string[]): string[] =>
            JSON.parse(execFileSync(process.execPath, [jest, "--listTests", "--json", ...args], { encoding: "utf8" })) as string[];
        const projects = ["unit", "scene", "server", "sound", "firefox", "drawn", "waiting", "network", "soak"];
        const listed = projects.flatMap((project) => list("--selectProjects", project));
        listed.push(...list("--config", "jest.oldest.config.mjs", "--selectProjects", "oldest"));
        const there = readdirSync("test", { recursive: true, encoding: "utf8" })
            .filter((name) => name.endsWith(".test.ts"))
            .map((name) => join(resolve("test"), name));
        expect(listed.toSorted()).toEqual(there.toSorted());
    });
});
