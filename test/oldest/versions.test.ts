import { readFileSync } from "node:fs";
import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { Subject } from "rxjs";
import { Subject as SubjectOldest } from "rxjs-oldest";

const { peerDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
    readonly peerDependencies: Readonly<Record<string, string>>;
};
const oldestOf = (range = ""): string => /\d+\.\d+(\.\d+)?/.exec(range)?.[0] ?? "";

describe("what the other tests run with here", () => {
    it("is the oldest Babylon.js that the package takes", () => {
        expect(NullEngine.Version).toBe(oldestOf(peerDependencies["@babylonjs/core"]));
        expect(oldestOf(peerDependencies["@babylonjs/gui"])).toBe(NullEngine.Version);
    });

    it("is the oldest RxJS that the package takes", () => {
        const { version } = JSON.parse(readFileSync("node_modules/rxjs-oldest/package.json", "utf8")) as { readonly version: string };
        expect(version).toMatch(new RegExp(`^${oldestOf(peerDependencies.rxjs).replaceAll(".", "\\.")}`));
        expect(Subject).toBe(SubjectOldest);
    });
});
