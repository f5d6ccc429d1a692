import { Constants } from "@babylonjs/core/Engines/constants.js";
import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { DynamicTexture } from "@babylonjs/core/Materials/Textures/dynamicTexture.js";
import { Color3, Color4 } from "@babylonjs/core/Maths/math.color.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { CreatePlane } from "@babylonjs/core/Meshes/Builders/planeBuilder.js";
import { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import { ParticleSystem } from "@babylonjs/core/Particles/particleSystem.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { palette } from "./palette.js";

/** Creates dust particles around the active camera. */
export function createDust(scene: Scene): ParticleSystem {
    const dust = new ParticleSystem("dust", 140, scene);
    const eye = new Vector3();
    dust.particleTexture = createSpot(scene);
    dust.emitter = eye;
    [dust.minEmitBox, dust.maxEmitBox] = [new Vector3(-14, -1.4, -14), new Vector3(14, 4, 14)];
    [dust.minSize, dust.maxSize] = [0.012, 0.05];
    [dust.minLifeTime, dust.maxLifeTime] = [4, 9];
    dust.emitRate = 22;
    dust.blendMode = ParticleSystem.BLENDMODE_ADD;
    const gold = Color4.FromColor3(palette.sun, 0);
    dust.addColorGradient(0, gold);
    dust.addColorGradient(0.5, new Color4(gold.r, gold.g, gold.b, 0.8));
    dust.addColorGradient(1, gold);
    [dust.direction1, dust.direction2] = [new Vector3(0.2, -0.05, -0.2), new Vector3(0.9, 0.12, 0.1)];
    [dust.minEmitPower, dust.maxEmitPower] = [0.2, 0.6];
    dust.preWarmCycles = 60;
    dust.preWarmStepOffset = 6;
    dust.start();
    scene.onBeforeRenderObservable.add(() => eye.copyFrom(scene.activeCamera?.globalPosition ?? eye));
    return dust;
}

/** A glow: a billboard that flickers like a fire, or blinks like the lamp of a mast. */
export interface IGlow {
    readonly at: Vector3;
    readonly color: Color3;
    /** Diameter in metres. */
    readonly size: number;
    readonly manner: "flicker" | "blink";
}

/** Creates glows for lamps and fires. They are cheap, because they do not light other meshes. */
export function createGlows(scene: Scene, glows: readonly IGlow[]): void {
    const spot = createSpot(scene);
    const lights = glows.map(({ at, color, size, manner }) => {
        const mesh = CreatePlane("glow", { size }, scene);
        mesh.position.copyFrom(at);
        mesh.billboardMode = Mesh.BILLBOARDMODE_ALL;
        mesh.isPickable = false;
        const material = new StandardMaterial("glow", scene);
        material.opacityTexture = spot;
        material.diffuseColor = Color3.Black();
        material.emissiveColor = color;
        material.disableLighting = true;
        material.alphaMode = Constants.ALPHA_ADD;
        material.fogEnabled = false;
        mesh.material = material;
        return { mesh, manner };
    });
    scene.onBeforeRenderObservable.add(() => {
        const now = performance.now() / 1000;
        for (const [index, { mesh, manner }] of lights.entries()) {
            const flicker = 0.8 + 0.12 * Math.sin(now * 11 + index) + 0.08 * Math.sin(now * 23.7);
            mesh.visibility = manner === "flicker" ? flicker : Math.max(0.05, Math.sin(now * 2.2)) ** 3;
        }
    });
}

/** Texture of a soft white spot. */
function createSpot(scene: Scene): DynamicTexture {
    const size = 64;
    const texture = new DynamicTexture("spot", size, scene, true);
    const context = texture.getContext();
    const light = context.createRadialGradient(size / 2, size / 2, 0, size / 2, size / 2, size / 2);
    light.addColorStop(0, "rgba(255, 255, 255, 1)");
    light.addColorStop(0.25, "rgba(255, 255, 255, 0.55)");
    light.addColorStop(1, "rgba(255, 255, 255, 0)");
    context.fillStyle = light;
    context.fillRect(0, 0, size, size);
    texture.hasAlpha = true;
    texture.update();
    return texture;
}
