import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compileFunction } from "node:vm";
import { NullEngine, NullEngineOptions } from "@babylonjs/core/Engines/nullEngine.js";
import { EngineStore } from "@babylonjs/core/Engines/engineStore.js";
import type { Camera } from "@babylonjs/core/Cameras/camera.js";
import { Logger } from "@babylonjs/core/Misc/logger.js";
import { BehaviorSubject, of } from "rxjs";
import ts from "typescript";

Logger.LogLevels = Logger.WarningLogLevel | Logger.ErrorLogLevel;

/**
 * Runs samples/hello without a page and without a server.
 * @param size - size of the canvas, in pixels
 * @param voices$ - voices of the room
 * @returns the camera of the sample
 */
async function runAsync(
    size: { readonly width: number; readonly height: number },
    voices$: BehaviorSubject<Map<string, null>>,
): Promise<Camera> {
    class FakeEngine extends NullEngine {
        public constructor() {
            super(Object.assign(new NullEngineOptions(), { renderWidth: size.width, renderHeight: size.height }));
        }
        public override runRenderLoop(): void {
            // The test updates the camera itself.
        }
    }
    const plugin = { rtc: { voices$ }, room: { status$: of({ state: "idle" }) } };
    const standIns: Readonly<Record<string, unknown>> = {
        "@babylonjs/core/Engines/engine.js": { Engine: FakeEngine },
        "babylon-rtc": { RtcPlugin: { AddToSceneAsync: () => Promise.resolve(plugin) } },
    };
    const source = readFileSync(join(__dirname, "../../../../samples/hello/main.ts"), "utf8");
    const code = ts.transpile(source, { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 });
    const main = compileFunction(`return (async () => {${code}\n})();`, ["require", "exports", "document", "location"]) as (
        ...globals: readonly unknown[]
    ) => Promise<void>;
    await main((name: string) => standIns[name] ?? jest.requireActual(name), {}, { querySelector: () => null }, { origin: "" });
    const camera = EngineStore.LastCreatedScene?.activeCamera;
    if (!camera) {
        throw new Error("The sample has no camera.");
    }
    return camera;
}

describe("samples/hello", () => {
    afterEach(() => EngineStore.LastCreatedEngine?.dispose());

    it.each([
        ["landscape", { width: 1280, height: 720 }],
        ["portrait", { width: 390, height: 844 }],
    ])("shows the sphere of each member in the view of the camera, apart from each other: %s", async (_, size) => {
        const voices$ = new BehaviorSubject(new Map<string, null>());
        const camera = await runAsync(size, voices$);
        const scene = camera.getScene();
        for (let count = 1; count <= 7; count++) {
            voices$.next(new Map(Array.from({ length: count }, (_each, index) => [`member ${index}`, null])));
            scene.updateTransformMatrix(true);
            const spheres = [...voices$.value.keys()].map((id) => scene.getMeshByName(id));
            for (const [index, sphere] of spheres.entries()) {
                sphere?.computeWorldMatrix(true);
                expect([count, index, sphere && camera.isCompletelyInFrustum(sphere)]).toEqual([count, index, true]);
                const next = spheres[index + 1];
                const distance = sphere && next ? sphere.position.subtract(next.position).length() : Infinity;
                expect(distance).toBeGreaterThan(0.4);
            }
        }
    });
});
