import { readFileSync } from "node:fs";

interface ILocked {
    readonly version: string;
    readonly engines?: { readonly node?: string };
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly optionalDependencies?: Readonly<Record<string, string>>;
    readonly hasInstallScript?: boolean;
}

const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Readonly<Record<string, ILocked>> };

/**
 * Direct and indirect dependencies of one of our packages, including optional ones, without peer dependencies.
 * @param place - path of our package in package-lock.json; "" = the root package
 * @returns the dependencies by their paths in package-lock.json
 */
function broughtBy(place: string): ReadonlyMap<string, ILocked> {
    const found = new Map<string, ILocked>();
    const visit = (from: string): void => {
        const { dependencies = {}, optionalDependencies = {} } = packages[from] ?? {};
        for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
            // Node's lookup order: first in the dependent package's own node_modules, then further up.
            const above = from
                .split("/node_modules/")
                .map((_, index, parts) => parts.slice(0, parts.length - index).join("/node_modules/"));
            const at = [...above.map((folder) => `${folder}/node_modules/${name}`), `node_modules/${name}`].find(
                (each) => each in packages,
            );
            const entry = at === undefined ? undefined : packages[at];
            if (at !== undefined && entry && !found.has(at)) {
                found.set(at, entry);
                visit(at);
            }
        }
    };
    visit(place);
    return found;
}

describe("Installing babylon-rtc", () => {
    const brought = broughtBy("");

    it("brings PeerJS with its dependencies, and nothing of Colyseus", () => {
        const names = [...brought.keys()].map((at) => at.replace("node_modules/", ""));
        expect(names).toEqual(expect.arrayContaining(["peerjs", "webrtc-adapter"]));
        expect(names.filter((name) => /^(@colyseus\/|msgpackr)/.test(name))).toEqual([]);
    });

    it("brings no package that needs a newer Node than 20, runs an install script or has native code", () => {
        // Checks `broughtBy` itself: it must find a package that the server is known to install.
        expect(broughtBy("server").has("node_modules/msgpackr-extract")).toBe(true);
        const asks = [...brought].filter(([, { engines }]) => /2[1-9]/.test(engines?.node ?? ""));
        expect(asks.map(([at]) => at)).toEqual([]);
        const natives = [...brought].filter(([, entry]) => entry.hasInstallScript === true || entry.optionalDependencies !== undefined);
        expect(natives.map(([at]) => at)).toEqual([]);
    });
});
