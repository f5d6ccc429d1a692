import { DirectionalLight } from "@babylonjs/core/Lights/directionalLight.js";
import { HemisphericLight } from "@babylonjs/core/Lights/hemisphericLight.js";
import { ShadowGenerator } from "@babylonjs/core/Lights/Shadows/shadowGenerator.js";
import "@babylonjs/core/Lights/Shadows/shadowGeneratorSceneComponent.js";
import { RenderTargetTexture } from "@babylonjs/core/Materials/Textures/renderTargetTexture.js";
import { ImageProcessingConfiguration } from "@babylonjs/core/Materials/imageProcessingConfiguration.js";
import { Color4 } from "@babylonjs/core/Maths/math.color.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { Scene } from "@babylonjs/core/scene.js";
import { palette } from "./palette.js";
import type { IQuality } from "./quality.js";
import { fieldRadius } from "./terrain.js";

/** Direction from the scene to the sun. For a viewer that looks along z, the sun is low, in front and to the left. */
export const sunDirection = new Vector3(-0.74, 0.36, 0.56).normalize();

/** Creates sun, sky light and haze, and sets up image processing. Returns the shadow generator; add each mesh that casts a shadow to it. */
export function createLight(scene: Scene, quality: IQuality): ShadowGenerator {
    scene.clearColor = Color4.FromColor3(palette.haze, 1);
    scene.fogMode = Scene.FOGMODE_EXP2;
    scene.fogColor = palette.haze;
    scene.fogDensity = 0.0085;
    const film = scene.imageProcessingConfiguration;
    film.isEnabled = quality.details;
    film.toneMappingEnabled = true;
    film.toneMappingType = ImageProcessingConfiguration.TONEMAPPING_ACES;
    film.exposure = 1.5;
    film.contrast = 1.1;

    const sky = new HemisphericLight("sky light", new Vector3(0.2, 1, -0.2), scene);
    sky.diffuse = palette.skyLight;
    sky.groundColor = palette.groundLight;
    sky.intensity = quality.details ? 1 : 0.85;

    const sun = new DirectionalLight("sun", sunDirection.negate(), scene);
    sun.diffuse = palette.sun;
    sun.specular = palette.sun;
    sun.intensity = quality.details ? 2.5 : 1.3;
    return createShadows(sun, quality);
}

/** Creates one shadow map for the whole field. It is rendered every second frame, or every tenth one without `details`. */
function createShadows(sun: DirectionalLight, quality: IQuality): ShadowGenerator {
    const reach = fieldRadius * 1.25;
    sun.position = sunDirection.scale(60);
    sun.autoUpdateExtends = false;
    sun.orthoLeft = sun.orthoBottom = -reach;
    sun.orthoRight = sun.orthoTop = reach;
    sun.orthoBottom = -reach * 0.55;
    sun.orthoTop = reach * 0.7;
    sun.shadowMinZ = 10;
    sun.shadowMaxZ = 115;

    const shadows = new ShadowGenerator(quality.shadowMapSize, sun);
    shadows.usePercentageCloserFiltering = true;
    shadows.filteringQuality = quality.details ? ShadowGenerator.QUALITY_MEDIUM : ShadowGenerator.QUALITY_LOW;
    shadows.bias = 0.0025;
    shadows.normalBias = 0.02;
    const map = shadows.getShadowMap();
    if (map) {
        map.refreshRate = quality.details ? RenderTargetTexture.REFRESHRATE_RENDER_ONEVERYTWOFRAMES : 10;
    }
    return shadows;
}
