/** Level of detail for a machine. */
export interface IQuality {
    /** Smooth edges, film colours, normal maps, moving shadows, dust. */
    readonly details: boolean;
    /** Pixels along each side of the shadow map. */
    readonly shadowMapSize: number;
    /** CSS pixels per drawn pixel, along each side. */
    readonly scaling: number;
    /** Number of tufts of grass. */
    readonly tufts: number;
}

/**
 * Guesses from the graphics card's name: a software renderer gets a plainer picture that still moves.
 * @param wanted - `high` or `low` to decide it by hand, as `?quality=high` in the page's address does
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

/** Asks a context that is thrown away, since the engine wants to know about smooth edges before it has one. */
function rendererName(): string {
    const gl = document.createElement("canvas").getContext("webgl2");
    const info = gl?.getExtension("WEBGL_debug_renderer_info");
    const name: unknown = info && gl?.getParameter(info.UNMASKED_RENDERER_WEBGL);
    gl?.getExtension("WEBGL_lose_context")?.loseContext();
    return typeof name === "string" ? name : "";
}
