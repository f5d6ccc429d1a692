import { readdirSync } from "node:fs";
import { join } from "node:path";
import { needsOf } from "../../../tools/needs.mjs";

function testsIn(folder: string): string[] {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".test.ts"))
        .map((name) => join(folder, name));
}

/** A test that runs among the browser tests to limit the load of the machine, and opens no page. */
const withoutBrowser = "test/e2e/packaging/serverGuides.test.ts";

describe("needsOf", () => {
    it("finds pages for every test in a browser", () => {
        const without = testsIn("test/e2e").filter((file) => !needsOf(file).some((part) => ["e2e", "samples", "lib"].includes(part)));
        expect(without).toEqual([withoutBrowser]);
        expect(needsOf(withoutBrowser)).toEqual(["server"]);
    });

    it("finds no pages for tests without a browser", () => {
        const files = ["unit", "scene", "server"].flatMap((name) => testsIn(`test/${name}`));
        expect(files.filter((file) => needsOf(file).some((part) => part !== "server"))).toEqual([]);
        expect(needsOf("test/server/cli.test.ts")).toEqual(["server"]);
    });

    it("finds the needs of a program that a test starts", () => {
        expect(needsOf("test/e2e/ui/arena.test.ts")).toEqual(expect.arrayContaining(["server", "bots", "samples"]));
    });
});
