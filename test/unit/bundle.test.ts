import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";

interface ISizes {
    readonly entry: number;
    readonly entryModules: readonly string[];
    readonly onDemand: readonly string[];
    readonly allModules: readonly string[];
}

/** Size and modules of an app that imports all of `babylon-rtc`. Webpack bundles the app, in a separate process. */
describe("The browser entry, bundled", () => {
    let sizes: ISizes;

    beforeAll(async () => {
        const script = `import(${JSON.stringify(resolve("bench/sizes.mjs"))})
            .then(({ browserEntryAsync }) => browserEntryAsync())
            .then((sizes) => console.log(JSON.stringify(sizes)))`;
        const { stdout } = await promisify(execFile)(process.execPath, ["-e", script]);
        sizes = JSON.parse(stdout) as ISizes;
    }, 120_000);

    it("is at most 25 KiB, minified and gzipped, without peers", () => {
        expect(sizes.entry).toBeGreaterThan(10 * 1024);
        expect(sizes.entry).toBeLessThanOrEqual(25 * 1024);
    });

    it("contains nothing of the controls, ducking, noise suppression, PeerJS and Colyseus' client", () => {
        expect(sizes.entryModules).toEqual(expect.arrayContaining(["src/rtc/rtcBehavior.ts", "src/spatial/voiceBehavior.ts", "rxjs"]));
        const strangers = /^(src\/(gui|space|suppression)\/|@babylonjs\/gui|@sapphi-red\/|peerjs|@colyseus\/)/;
        expect(sizes.entryModules.filter((name) => strangers.test(name))).toEqual([]);
    });

    it("takes only limits, text, iceServers and callOrder from the protocol, and not the server's schemas", () => {
        expect(sizes.allModules).toContain("src/transport/voiceSession.ts");
        expect(sizes.allModules.filter((name) => /^(protocol\/(?!(limits|text|iceServers|callOrder)\.ts$)|valibot$)/.test(name))).toEqual(
            [],
        );
    });

    it("loads PeerJS and Colyseus' client on demand, each in a file of its own", () => {
        expect(sizes.onDemand).toEqual(expect.arrayContaining(["peerjs", "@colyseus/sdk"]));
    });
});
