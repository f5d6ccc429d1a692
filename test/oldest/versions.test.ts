import { readFileSync } from "node:fs";
import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { Subject } from "rxjs";
import { Subject as SubjectOldest } from "rxjs-oldest";

const { peerDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
    readonly peerDependencies: Readonly<Record<string, string>>;
};
const oldestOf = (range = ""): string => /\d+\.\d+(\.\d+)?/.exec(range)?.[0] ?? "";

describe("The environment of the other tests", () => {
    it("has the oldest Babylon.js that the package supports", () => {
        expect(NullEngine.Version).toBe(oldestOf(peerDependencies["@babylonjs/core"]));
        expect(oldestOf(peerDependencies["@babylonjs/gui"])).toBe(NullEngine.Version);
    });

    it("has the oldest RxJS that the package supports", () => {
        const { version } = JSON.parse(readFileSync("node_modules/rxjs-oldest/package.json", "utf8")) as { readonly version: string };
        expect(version).toMatch(new RegExp(`^${oldestOf(peerDependencies.rxjs).replaceAll(".", "\\.")}`));
        expect(Subject).toBe(SubjectOldest);
    });
});
