import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Notice that is printed before a build of some parts, if some bundles are missing or outdated. */
function noticeFor(wanted: readonly string[], outdated: readonly string[]): string {
    const program = `
        const { noticeAsync } = await import("./tools/build.mjs");
        const outdatedAsync = async (names) => names.filter((name) => ${JSON.stringify(outdated)}.includes(name));
        process.stdout.write(String(await noticeAsync(${JSON.stringify(wanted)}, outdatedAsync)));`;
    return execFileSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" });
}

describe("A build", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: { start: string } };
    const [, parts = ""] = /^node tools\/build\.mjs ([\w ]+) &&/.exec(scripts.start) ?? [];

    it("prints its duration before it starts on `npm start`", () => {
        expect(noticeFor(parts.split(" "), ["samples", "umd", "umd-gui", "e2e"])).toBe("Building samples, umd, umd-gui: about a minute …");
    });

    it("prints nothing if the bundles are up to date or none is wanted", () => {
        expect(noticeFor(parts.split(" "), ["e2e"])).toBe("null");
        expect(noticeFor(["server", "types"], ["samples"])).toBe("null");
    });
});
