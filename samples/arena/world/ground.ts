import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import { CreateGround } from "@babylonjs/core/Meshes/Builders/groundBuilder.js";
import { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import { VertexData } from "@babylonjs/core/Meshes/mesh.vertexData.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { fractalNoise } from "../modelling/noise.js";
import { createSurface } from "../modelling/surfaces.js";
import type { IQuality } from "./quality.js";
import { colorAt, fieldRadius, heightAt, landRadius } from "./terrain.js";

/** Creates the ground: the field and the hills around it. */
export function createGround(scene: Scene, quality: IQuality): Mesh {
    const land = createLand(scene);
    const soil = createSurface("soil", scene, {
        size: 256,
        field: (u, v) => fractalNoise(u * 10, v * 10, 5, 10),
        tone: (height) => 0.6 + 0.65 * height,
        strength: 0.035,
        sharp: quality.details,
    });
    const material = new StandardMaterial("ground", scene);
    material.diffuseTexture = soil.tone;
    material.specularColor = Color3.Black();
    if (quality.details) {
        material.bumpTexture = soil.bump;
    }
    land.material = material;
    land.receiveShadows = true;
    return land;
}

/** Creates an invisible floor for teleportation. Picking is much cheaper on it than on the land. */
export function createFloor(scene: Scene): Mesh {
    const floor = CreateGround("floor", { width: fieldRadius * 2, height: fieldRadius * 2 }, scene);
    floor.visibility = 0;
    floor.freezeWorldMatrix();
    return floor;
}

/** Creates the mesh of the land: a grid that is fine in the centre and coarse at the edge. */
function createLand(scene: Scene): Mesh {
    const cells = 120;
    const spread = (index: number): number => {
        const t = (index / cells) * 2 - 1;
        return landRadius * (0.38 * t + 0.62 * t ** 3);
    };
    const [positions, uvs, colors, indices]: [number[], number[], number[], number[]] = [[], [], [], []];
    for (let row = 0; row <= cells; row++) {
        for (let column = 0; column <= cells; column++) {
            const [x, z] = [spread(column), spread(row)];
            const color = colorAt(x, z);
            positions.push(x, heightAt(x, z), z);
            uvs.push(x / 5, z / 5);
            colors.push(color.r, color.g, color.b, 1);
            if (row < cells && column < cells) {
                const corner = row * (cells + 1) + column;
                const above = corner + cells + 1;
                indices.push(corner, corner + 1, above + 1, corner, above + 1, above);
            }
        }
    }
    const data = new VertexData();
    const normals: number[] = [];
    VertexData.ComputeNormals(positions, indices, normals);
    Object.assign(data, { positions, normals, uvs, colors, indices });
    const land = new Mesh("land", scene);
    data.applyToMesh(land);
    land.isPickable = false;
    land.freezeWorldMatrix();
    return land;
}
