import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { ShadowGenerator } from "@babylonjs/core/Lights/Shadows/shadowGenerator.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { Geometry, place } from "../modelling/geometry.js";
import { block } from "../modelling/shapes.js";
import { createDust, createGlows } from "./air.js";
import { createBanners } from "./banners.js";
import { createGrass } from "./grass.js";
import { createFloor, createGround } from "./ground.js";
import { createLight, sunDirection } from "./light.js";
import type { IObstacle } from "./obstacles.js";
import type { IQuality } from "./quality.js";
import { createScenery } from "./scenery.js";
import { createSky } from "./sky.js";

/** Parts of the battlefield that the rest of the sample uses. */
export interface IWorld {
    /** Obstacles for walkers. */
    readonly obstacles: readonly IObstacle[];
    /** Floor for teleportation. */
    readonly floor: Mesh;
    /** Invisible boxes in place of the obstacles, which block the teleportation ray. */
    readonly blockers: Mesh;
    /** Shadow generator. Add each mesh that casts a shadow. */
    readonly shadows: ShadowGenerator;
}

/** Creates the battlefield. All meshes and textures are generated, so no files are loaded. */
export function createWorld(scene: Scene, quality: IQuality): IWorld {
    scene.skipPointerMovePicking = true;
    const shadows = createLight(scene, quality);
    createSky(scene, sunDirection);
    createGround(scene, quality);
    const { obstacles, banners } = createScenery(scene, shadows, quality);
    createGrass(scene, quality.tufts, obstacles);
    createBanners(scene, banners);
    createGlows(scene, [
        { at: new Vector3(0, 17.8, 4), color: new Color3(1, 0.25, 0.15), size: 1.6, manner: "blink" },
        { at: new Vector3(-6.3, 1.05, 6.4), color: new Color3(1, 0.55, 0.15), size: 1.5, manner: "flicker" },
        { at: new Vector3(14.6, 1.05, -1.8), color: new Color3(1, 0.55, 0.15), size: 1.5, manner: "flicker" },
    ]);
    if (quality.details) {
        createDust(scene);
    }
    return { obstacles, floor: createFloor(scene), blockers: createBlockers(scene, obstacles), shadows };
}

function createBlockers(scene: Scene, obstacles: readonly IObstacle[]): Mesh {
    const geometry = new Geometry();
    for (const { x, z, yaw, width, depth } of obstacles) {
        geometry.add(block(width, 1.2, depth), place(x, 0, z, { yaw }), Color3.White());
    }
    const mesh = geometry.toMesh("blockers", scene);
    mesh.isPickable = true;
    mesh.visibility = 0;
    mesh.freezeWorldMatrix();
    return mesh;
}
