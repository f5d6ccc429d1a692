import type { Camera } from "@babylonjs/core/Cameras/camera.js";
import { Constants } from "@babylonjs/core/Engines/constants.js";
import { PassPostProcess } from "@babylonjs/core/PostProcesses/passPostProcess.js";
// Otherwise Babylon would load them when they are needed first, with frames that stay black meanwhile.
import "@babylonjs/core/Shaders/pass.fragment.js";
import "@babylonjs/core/Shaders/postprocess.vertex.js";

/** What a machine can afford. */
export interface IQuality {
    /** Smooth edges, film colours, normal maps, moving shadows, dust. */
    readonly details: boolean;
    /** Pixels along each side of the shadow map. */
    readonly shadowMapSize: number;
    /** Pixels of the canvas per CSS pixel, along each side: so sharp are controls and their words. */
    readonly sharpness: number;
    /** Pixels of the scene per pixel of the canvas, along each side, 0 to 1: the scene alone is drawn more coarsely where it would be too slow. */
    readonly resolution: number;
    /** How many tufts of grass. */
    readonly tufts: number;
}

/** Nobody sees finer pixels; they cost memory and time all the same. */
const sharpest = 3;
/** Of a canvas, and of the scene on it, that a software renderer draws with little loss; a screen of more CSS pixels than that gets one for each. */
const [softwarePixels, softwareScenePixels] = [1_000_000, 400_000];

/**
 * Guesses from the graphics card's name: a software renderer gets a plainer picture that still moves.
 * @param wanted - `high` or `low` to decide it by hand, as `?quality=high` in the page's address does
 */
export function guessQuality(wanted: string | null): IQuality {
    const renderer = rendererName();
    const sharpness = Math.min(window.devicePixelRatio, sharpest);
    if (wanted === "high") {
        return { details: true, shadowMapSize: 2048, sharpness: window.devicePixelRatio, resolution: 1, tufts: 1500 };
    }
    if (wanted === "low" || /swiftshader|llvmpipe|software|basic render/i.test(renderer)) {
        const area = innerWidth * innerHeight;
        const sharp = Math.min(sharpness, Math.max(1, Math.sqrt(softwarePixels / area)));
        const coarseness = Math.min(2, Math.max(1, Math.sqrt(area / softwareScenePixels)));
        return { details: false, shadowMapSize: 1024, sharpness: sharp, resolution: 1 / (coarseness * sharp), tufts: 400 };
    }
    const mobile = /adreno|mali|powervr|apple gpu/i.test(renderer);
    const resolution = Math.min(1, (mobile ? 1.5 : 2) / sharpness);
    return { details: true, shadowMapSize: mobile ? 1024 : 2048, sharpness, resolution, tufts: 1500 };
}

/**
 * Draws what a camera sees with the resolution that the machine can afford, and enlarges it to the canvas. Layers with `applyPostProcess` false, as
 * `VoiceGui` has, keep the canvas' own resolution, which `engine.setHardwareScalingLevel` would take from them, too.
 */
export function drawCoarsely(camera: Camera, { resolution, details }: IQuality): void {
    if (resolution < 1) {
        const pass = new PassPostProcess("coarse scene", resolution, camera, Constants.TEXTURE_BILINEAR_SAMPLINGMODE);
        // What the canvas would do for smooth edges.
        pass.samples = details ? 4 : 1;
    }
}

/** Asks a context that is thrown away, since the engine wants to know about smooth edges before it has one. */
function rendererName(): string {
    const gl = document.createElement("canvas").getContext("webgl2");
    const info = gl?.getExtension("WEBGL_debug_renderer_info");
    const name: unknown = info && gl?.getParameter(info.UNMASKED_RENDERER_WEBGL);
    gl?.getExtension("WEBGL_lose_context")?.loseContext();
    return typeof name === "string" ? name : "";
}
