/** Rendering quality, chosen for the speed of the machine. */
export interface IQuality {
    /** True for antialiasing, tone mapping, normal maps, anisotropic filtering, smooth and frequently updated shadows, and dust. */
    readonly details: boolean;
    /** Pixels along each side of the shadow map. */
    readonly shadowMapSize: number;
    /** Hardware scaling level: CSS pixels per rendered pixel, along each side. */
    readonly scaling: number;
    /** Number of tufts of grass. */
    readonly tufts: number;
}

/**
 * Guesses the quality from the GPU's name. A software renderer gets fewer details and fewer pixels, so that the frame rate stays acceptable.
 * @param wanted - `high` or `low` overrides the guess; null = guess. Comes from `?quality=` in the page's URL.
 */
export function guessQuality(wanted: string | null): IQuality {
    const renderer = rendererName();
    if (wanted === "high") {
        return { details: true, shadowMapSize: 2048, scaling: 1 / window.devicePixelRatio, tufts: 1500 };
    }
    if (wanted === "low" || /swiftshader|llvmpipe|software|basic render/i.test(renderer)) {
        return {
            details: false,
            shadowMapSize: 1024,
            scaling: Math.min(2, Math.max(1, Math.sqrt((innerWidth * innerHeight) / 400_000))),
            tufts: 400,
        };
    }
    const mobile = /adreno|mali|powervr|apple gpu/i.test(renderer);
    const sharpness = Math.min(window.devicePixelRatio, mobile ? 1.5 : 2);
    return { details: true, shadowMapSize: mobile ? 1024 : 2048, scaling: 1 / sharpness, tufts: 1500 };
}

/** Name of the GPU; empty if unknown. Uses a temporary context, because the engine needs the antialiasing option before its own context exists. */
function rendererName(): string {
    const gl = document.createElement("canvas").getContext("webgl2");
    const info = gl?.getExtension("WEBGL_debug_renderer_info");
    const name: unknown = info && gl?.getParameter(info.UNMASKED_RENDERER_WEBGL);
    gl?.getExtension("WEBGL_lose_context")?.loseContext();
    return typeof name === "string" ? name : "";
}
