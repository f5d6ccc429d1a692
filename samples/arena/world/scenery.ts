import type { ShadowGenerator } from "@babylonjs/core/Lights/Shadows/shadowGenerator.js";
import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { Geometry } from "../modelling/geometry.js";
import { fractalNoise } from "../modelling/noise.js";
import { createRandom } from "../modelling/seededRandom.js";
import { createSurface } from "../modelling/surfaces.js";
import type { IBanner } from "./banners.js";
import type { IObstacle } from "./obstacles.js";
import { palette } from "./palette.js";
import { barrel, crate, flagpole, hedgehog, pine, rock, sandbags } from "./props.js";
import type { IQuality } from "./quality.js";
import type { ISite } from "./site.js";
import { barrier, bunker, radioMast, ruin, watchTower } from "./structures.js";
import { tank } from "./tank.js";
import { fieldRadius, heightAt } from "./terrain.js";

/** Obstacles and banners of the scenery. */
export interface IScenery {
    readonly obstacles: readonly IObstacle[];
    readonly banners: readonly IBanner[];
}

/** Builds the static objects of the battlefield: one mesh for the field and one for the hills. The caller creates the banners. */
export function createScenery(scene: Scene, shadows: ShadowGenerator, quality: IQuality): IScenery {
    const random = createRandom(11);
    const obstacles: IObstacle[] = [];
    const banners: IBanner[] = [];
    const field: ISite = { geometry: new Geometry({ contact: true }), obstacles, banners, random };
    const hills: ISite = { geometry: new Geometry(), obstacles: [], banners: [], random };
    buildLandmarks(field);
    buildCover(field);
    buildFence(field);
    plantHills(hills);

    const material = createMaterial(scene, quality);
    const fieldMesh = field.geometry.toMesh("field", scene);
    const hillsMesh = hills.geometry.toMesh("hills", scene);
    shadows.addShadowCaster(fieldMesh);
    for (const mesh of [fieldMesh, hillsMesh]) {
        mesh.material = material;
        mesh.receiveShadows = true;
        mesh.freezeWorldMatrix();
        mesh.doNotSyncBoundingInfo = true;
    }
    return { obstacles, banners };
}

function buildLandmarks(site: ISite): void {
    radioMast(site, { x: 0, z: 4 });
    watchTower(site, { x: 17, z: 17, yaw: 0.4 });
    watchTower(site, { x: -21, z: -15, yaw: 1.2 });
    bunker(site, { x: -15, z: 15, yaw: 2.4 });
    ruin(site, { x: 15, z: -9, yaw: 0.3 }, [4.2, 4.6, 3.4, 4.9, 2.1, 0, 1.2]);
    ruin(site, { x: 18.4, z: -6.2, yaw: 1.87 }, [4.6, 4, 2.6, 0.9, 1.6]);
    for (const [x, z, team] of [
        [-3.6, 0.2, "red"],
        [3.8, 0.4, "teal"],
        [-10.6, 13.2, "red"],
        [11.4, -7.2, "teal"],
        [4.5, 17, "teal"],
        [-16, -9, "red"],
    ] as const) {
        flagpole(site, { x, z }, team);
    }
    tank(site, { x: -8.5, z: 2.5, yaw: 2.2 }, { color: palette.olive, turretYaw: 0.5 });
    tank(site, { x: 8, z: 10, yaw: -2.2 }, { color: palette.tan, turretYaw: -0.6, wrecked: true });
    tank(site, { x: 6, z: -20, yaw: 0.7 }, { color: palette.olive, turretYaw: 0.9, wrecked: true });
}

function buildCover(site: ISite): void {
    for (const [x, z, yaw] of [
        [-4.5, 9.5, 0.2],
        [5, -2.5, -0.5],
        [-12.5, -5, 0.9],
        [11, 4, 1.7],
        [-3, -13.5, 3],
        [-9, 22, 0.1],
    ] as const) {
        sandbags(site, { x, z, yaw });
    }
    for (const [x, z, yaw] of [
        [-6.5, -4.2, 0.35],
        [9.5, -5.5, 1.2],
        [2, 14, -0.2],
        [5.2, 14.6, 0.1],
        [-18, 4, 1.5],
        [-18.4, 0.8, 1.7],
        [20, 6, 1.4],
        [-2, 22, 0.5],
    ] as const) {
        barrier(site, { x, z, yaw });
    }
    for (const [x, z, size, yaw] of [
        [-5.2, 5.6, 1.1, 0.3],
        [-4, 6.1, 0.8, 0.9],
        [12.5, -3, 1.2, 0.2],
        [13.8, -3.2, 1, 0.5],
        [-10.5, 11.5, 1.2, 0.7],
        [14.5, 14.2, 1.1, 0.2],
        [-18.6, -13.2, 1.1, 0.4],
        [-6, -10, 1.2, 0.2],
        [20.5, -15, 1.2, 1],
    ] as const) {
        crate(site, { x, z, yaw }, size);
    }
    crate(site, { x: 13.1, z: -3.05, yaw: 0.5 }, 0.9, 1.2);
    crate(site, { x: -5, z: 5.7, yaw: 0.8 }, 0.7, 1.1);
    for (const [x, z] of [
        [-6.3, 6.4],
        [-6.9, 5.9],
        [6.6, -3.6],
        [14.6, -1.8],
        [15.2, -2.1],
        [-11.8, 10.6],
        [15.6, 13.2],
        [-17.4, -12.6],
        [2.3, -11.6],
    ] as const) {
        barrel(site, { x, z, yaw: x }, x > 10 ? palette.teal : palette.red);
    }
    for (const [x, z] of [
        [-5.4, -9],
        [-14, -1.5],
        [3.5, 9],
        [13.5, 8],
        [-11, -14],
        [0.8, -17],
        [22, 0],
        [-23, 8],
        [10, 22],
        [12.5, 20.8],
        [7.6, 23],
    ] as const) {
        hedgehog(site, { x, z, yaw: x + z });
    }
}

/** Builds a ring of barriers, rocks and sandbags around the field. */
function buildFence(site: ISite): void {
    const pieces = 52;
    for (let piece = 0; piece < pieces; piece++) {
        const yaw = (piece / pieces) * 2 * Math.PI;
        const distance = fieldRadius - 0.6 + site.random(-0.4, 0.4);
        const spot = { x: Math.sin(yaw) * distance, z: Math.cos(yaw) * distance, yaw: yaw + site.random(-0.12, 0.12) };
        const kind = site.random();
        if (kind < 0.55) {
            barrier(site, spot, 3.4, site.random() < 0.3 ? 2.2 : 1.1);
        } else if (kind < 0.75) {
            rock(site, spot, site.random(1.6, 3));
        } else {
            sandbags(site, spot, 6, 3);
        }
    }
}

function plantHills(site: ISite): void {
    for (let tree = 0; tree < 260; tree++) {
        const yaw = site.random(0, 2 * Math.PI);
        const distance = 34 + 82 * site.random() ** 1.4;
        const [x, z] = [Math.sin(yaw) * distance, Math.cos(yaw) * distance];
        if (fractalNoise(x / 18 + 5, z / 18 + 9, 2) > 0.47) {
            pine(site, { x, z }, site.random(4, 9), heightAt(x, z));
        } else if (site.random() < 0.25) {
            rock(site, { x, z }, site.random(1, 3.5), heightAt(x, z) + 0.01);
        }
    }
}

function createMaterial(scene: Scene, quality: IQuality): StandardMaterial {
    const grit = createSurface("grit", scene, {
        size: 256,
        field: (u, v) => 0.6 * fractalNoise(u * 6, v * 6, 5, 6) + 0.4 * fractalNoise(u * 40, v * 40, 2, 40),
        tone: (height) => 0.55 + 0.75 * height,
        strength: 0.02,
        sharp: quality.details,
    });
    const material = new StandardMaterial("scenery", scene);
    material.diffuseTexture = grit.tone;
    material.specularColor = new Color3(0.09, 0.08, 0.07);
    material.specularPower = 24;
    if (quality.details) {
        material.bumpTexture = grit.bump;
    }
    return material;
}
