import { guessQuality } from "../../../../../samples/arena/world/quality.js";

/** Pretends to be a browser whose graphics card has a name. */
function onScreen(renderer: string, screen: { readonly width: number; readonly height: number; readonly sharpness: number }): void {
    const getExtension = (name: string): object =>
        name.startsWith("WEBGL_debug") ? { UNMASKED_RENDERER_WEBGL: 1 } : { loseContext: () => undefined };
    Object.assign(globalThis, {
        window: { devicePixelRatio: screen.sharpness },
        innerWidth: screen.width,
        innerHeight: screen.height,
        document: { createElement: () => ({ getContext: () => ({ getExtension, getParameter: () => renderer }) }) },
    });
}

describe("The arena's quality", () => {
    afterEach(() => {
        for (const name of ["window", "innerWidth", "innerHeight", "document"]) {
            Reflect.deleteProperty(globalThis, name);
        }
    });

    it.each([
        ["SwiftShader", { width: 1280, height: 720, sharpness: 1 }],
        ["llvmpipe", { width: 390, height: 844, sharpness: 3 }],
        ["Google SwiftShader", { width: 360, height: 640, sharpness: 2 }],
        ["llvmpipe", { width: 1920, height: 1080, sharpness: 1 }],
    ])(
        "lets %s draw about 400,000 pixels of the scene on a screen of %j, and a canvas of no fewer pixels than CSS has",
        (renderer, screen) => {
            onScreen(renderer, screen);
            const { sharpness, resolution } = guessQuality(null);
            const area = screen.width * screen.height;
            const scenePixels = area * (sharpness * resolution) ** 2;
            expect(scenePixels).toBeCloseTo(Math.max(Math.min(area, 400_000), area / 4), -1);
            expect(sharpness).toBeGreaterThanOrEqual(1);
            expect(sharpness).toBeLessThanOrEqual(screen.sharpness);
            // What controls cost beside the scene.
            expect(area * sharpness ** 2).toBeLessThanOrEqual(Math.max(area, 1_000_000) * 1.001);
        },
    );

    it("gives a telephone's controls all of its pixels, and its scene one and a half for each of CSS", () => {
        onScreen("Adreno (TM) 740", { width: 390, height: 844, sharpness: 3 });
        expect(guessQuality(null)).toMatchObject({ sharpness: 3, resolution: 0.5 });
    });

    it("draws everything with all pixels where that is asked for", () => {
        onScreen("llvmpipe", { width: 390, height: 844, sharpness: 3 });
        expect(guessQuality("high")).toMatchObject({ sharpness: 3, resolution: 1 });
    });
});
