import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import { VertexData } from "@babylonjs/core/Meshes/mesh.vertexData.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { createRandom } from "../modelling/seededRandom.js";
import { isFree } from "./obstacles.js";
import type { IObstacle } from "./obstacles.js";
import { palette } from "./palette.js";
import { colorAt, heightAt } from "./terrain.js";

const bladesPerTuft = 5;

/** Creates up to `tufts` tufts of grass on green ground, as one mesh. */
export function createGrass(scene: Scene, tufts: number, obstacles: readonly IObstacle[]): Mesh {
    const random = createRandom(5);
    const [positions, normals, colors, indices]: [number[], number[], number[], number[]] = [[], [], [], []];
    for (let planted = 0, tried = 0; planted < tufts && tried < tufts * 8; tried++) {
        const [angle, distance] = [random(0, 2 * Math.PI), 46 * Math.sqrt(random())];
        const [x, z] = [Math.sin(angle) * distance, Math.cos(angle) * distance];
        const ground = colorAt(x, z);
        if (ground.r > ground.g * 1.12 || !isFree({ x, z }, 0.1, obstacles)) {
            continue;
        }
        planted++;
        for (let blade = 0; blade < bladesPerTuft; blade++) {
            addBlade(x + random(-0.25, 0.25), z + random(-0.25, 0.25), Color3.Lerp(ground, palette.dryGrass, random(0, 0.7)));
        }
    }
    function addBlade(x: number, z: number, color: Color3): void {
        const [yaw, tall, lean] = [random(0, 2 * Math.PI), random(0.16, 0.42), random(-0.14, 0.14)];
        const [dx, dz, y] = [Math.cos(yaw) * 0.035, Math.sin(yaw) * 0.035, heightAt(x, z) - 0.02];
        const first = positions.length / 3;
        positions.push(x - dx, y, z - dz, x + dx, y, z + dz, x + lean, y + tall, z + lean);
        // Upward normals, so that the grass is lit like the ground. The vertex colours are darker at the base.
        normals.push(0, 1, 0, 0, 1, 0, 0, 1, 0);
        for (const light of [0.55, 0.55, 1.25]) {
            colors.push(color.r * light, color.g * light, color.b * light, 1);
        }
        indices.push(first, first + 1, first + 2);
    }

    const data = new VertexData();
    Object.assign(data, { positions, normals, colors, indices });
    const mesh = new Mesh("grass", scene);
    data.applyToMesh(mesh);
    const material = new StandardMaterial("grass", scene);
    material.specularColor = Color3.Black();
    material.backFaceCulling = false;
    mesh.material = material;
    mesh.receiveShadows = true;
    mesh.isPickable = false;
    mesh.freezeWorldMatrix();
    return mesh;
}
