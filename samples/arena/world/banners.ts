import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { DynamicTexture } from "@babylonjs/core/Materials/Textures/dynamicTexture.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import { VertexBuffer } from "@babylonjs/core/Buffers/buffer.js";
import { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import { VertexData } from "@babylonjs/core/Meshes/mesh.vertexData.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { palette } from "./palette.js";

/** A banner. `x`, `y`, `z`: upper corner at the pole, in metres. `team` selects one half of the cloth texture. */
export interface IBanner {
    readonly x: number;
    readonly y: number;
    readonly z: number;
    readonly team: "red" | "teal";
}

/** Width and height of a cloth in metres, and its number of cells in each direction. */
const [length, drop, columns, rows] = [2.2, 1.3, 10, 3];
/** Direction in which the wind blows, in radians from the z axis. */
const wind = 1.9;

/** Creates waving banners as one mesh. The vertices are updated before each frame. */
export function createBanners(scene: Scene, banners: readonly IBanner[]): Mesh {
    const mesh = new Mesh("banners", scene);
    mesh.material = createCloth(scene);
    mesh.isPickable = false;
    mesh.alwaysSelectAsActiveMesh = true;
    const perBanner = (columns + 1) * (rows + 1);
    const positions = new Float32Array(banners.length * perBanner * 3);
    const normals = new Float32Array(positions.length);
    const data = new VertexData();
    data.positions = positions;
    data.normals = normals;
    data.uvs = banners.flatMap(({ team }) => grid((u, v) => [(u + (team === "red" ? 0 : 1)) / 2, 1 - v]));
    data.indices = banners.flatMap((_, banner) => quads(banner * perBanner));
    data.applyToMesh(mesh, true);

    const start = performance.now();
    scene.onBeforeRenderObservable.add(() => {
        wave(banners, (performance.now() - start) / 1000, positions, normals);
        mesh.updateVerticesData(VertexBuffer.PositionKind, positions);
        mesh.updateVerticesData(VertexBuffer.NormalKind, normals);
    });
    return mesh;
}

function wave(banners: readonly IBanner[], time: number, positions: Float32Array, normals: Float32Array): void {
    const [sin, cos] = [Math.sin(wind), Math.cos(wind)];
    let index = 0;
    for (const [banner, { x, y, z }] of banners.entries()) {
        for (let row = 0; row <= rows; row++) {
            for (let column = 0; column <= columns; column++) {
                const [u, v] = [column / columns, row / rows];
                const phase = time * 4.6 - u * 5.5 + v * 0.9 + banner * 2.1;
                const side = 0.22 * u * Math.sin(phase);
                const slope = (-0.22 * u * 5.5 * Math.cos(phase)) / length;
                const along = u * length * (0.94 + 0.03 * Math.sin(time + banner));
                positions[index] = x + sin * along + cos * side;
                positions[index + 1] = y - v * drop - 0.16 * u * u - 0.04 * u * Math.sin(phase * 0.5);
                positions[index + 2] = z + cos * along - sin * side;
                const size = Math.hypot(1, slope);
                normals[index] = (cos - sin * slope) / size;
                normals[index + 1] = 0;
                normals[index + 2] = (-sin - cos * slope) / size;
                index += 3;
            }
        }
    }
}

function grid<T>(corner: (u: number, v: number) => readonly T[]): T[] {
    return Array.from({ length: (columns + 1) * (rows + 1) }, (_, index) =>
        corner((index % (columns + 1)) / columns, Math.floor(index / (columns + 1)) / rows),
    ).flat();
}

function quads(first: number): number[] {
    return Array.from({ length: columns * rows }, (_, cell) => {
        const corner = first + Math.floor(cell / columns) * (columns + 1) + (cell % columns);
        const below = corner + columns + 1;
        return [corner, corner + 1, below + 1, corner, below + 1, below];
    }).flat();
}

/** Creates a material with two cloths side by side, red and teal, each with a sound-wave sign. */
function createCloth(scene: Scene): StandardMaterial {
    const [width, height] = [512, 152];
    const texture = new DynamicTexture("cloth", { width, height }, scene, true);
    const context = texture.getContext() as CanvasRenderingContext2D;
    for (const [side, color] of [palette.red, palette.teal].entries()) {
        const left = (side * width) / 2;
        context.fillStyle = color.toHexString();
        context.fillRect(left, 0, width / 2, height);
        context.fillStyle = context.strokeStyle = palette.cream.toHexString();
        context.fillRect(left, 12, width / 2, 7);
        context.fillRect(left, height - 19, width / 2, 7);
        context.beginPath();
        context.arc(left + 104, height / 2, 11, 0, 2 * Math.PI);
        context.fill();
        context.lineWidth = 8;
        for (const radius of [24, 40]) {
            context.beginPath();
            context.arc(left + 104, height / 2, radius, -0.9, 0.9);
            context.stroke();
        }
    }
    texture.update();
    const material = new StandardMaterial("cloth", scene);
    material.diffuseTexture = texture;
    material.emissiveColor = new Color3(0.16, 0.12, 0.08);
    material.specularColor = Color3.Black();
    material.backFaceCulling = false;
    material.twoSidedLighting = true;
    return material;
}
