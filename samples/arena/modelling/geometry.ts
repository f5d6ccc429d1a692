import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import { Matrix, Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import { VertexData } from "@babylonjs/core/Meshes/mesh.vertexData.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { Shape } from "./shapes.js";

/** Rotation and scale of a shape, about its origin. Angles in radians; the rotation order is yaw (y), pitch (x), roll (z). */
export interface ITurn {
    readonly yaw?: number;
    readonly pitch?: number;
    readonly roll?: number;
    /** Scale factor. Default: 1. */
    readonly scale?: number | Vector3;
}

/** Transformation of a shape. Positions in metres, relative to `parent` if given. */
export function place(x: number, y: number, z: number, turn: ITurn = {}, parent?: Matrix): Matrix {
    const { yaw = 0, pitch = 0, roll = 0, scale = 1 } = turn;
    const size = typeof scale === "number" ? new Vector3(scale, scale, scale) : scale;
    const own = Matrix.Compose(size, Quaternion.RotationYawPitchRoll(yaw, pitch, roll), new Vector3(x, y, z));
    return parent ? own.multiply(parent) : own;
}

/** Angle between neighbouring faces below which they are shaded as one round surface, in radians. */
const roundBelow = 0.75;
/** Size of one texture repeat, in metres. */
const textureSize = 2;

interface IFace {
    readonly corners: readonly Vector3[];
    readonly normal: Vector3;
}

/** Coloured shapes that are merged into one mesh, which needs one draw call. */
export class Geometry {
    private readonly _positions: number[] = [];
    private readonly _normals: number[] = [];
    private readonly _uvs: number[] = [];
    private readonly _colors: number[] = [];
    private readonly _indices: number[] = [];
    private readonly _contact: boolean;

    /** @param options - `contact`: darkens vertices below 1.2 m, like ambient occlusion near the ground. Default: false. */
    public constructor(options: { readonly contact?: boolean } = {}) {
        this._contact = options.contact ?? false;
    }

    /**
     * Adds a shape.
     * @param shape - a convex shape
     * @param at - transformation, see `place`
     * @param color - colour of the whole shape
     */
    public add(shape: Shape, at: Matrix, color: Color3): this {
        const faces = orient(shape.map((corners) => corners.map((corner) => Vector3.TransformCoordinates(corner, at))));
        const around = facesByCorner(faces);
        for (const face of faces) {
            const first = this._positions.length / 3;
            for (const corner of face.corners) {
                this._addVertex(corner, shadingNormal(face, around.get(keyOf(corner)) ?? []), face.normal, color);
            }
            for (let corner = 2; corner < face.corners.length; corner++) {
                this._indices.push(first, first + corner, first + corner - 1);
            }
        }
        return this;
    }

    /**
     * Creates the mesh, with vertex colours and texture coordinates. Textures repeat every 2 m. The mesh is not pickable.
     * @param name - name of the mesh
     * @param scene - scene that owns the mesh
     */
    public toMesh(name: string, scene: Scene): Mesh {
        const data = new VertexData();
        data.positions = this._positions;
        data.normals = this._normals;
        data.uvs = this._uvs;
        data.colors = this._colors;
        data.indices = this._indices;
        const mesh = new Mesh(name, scene);
        data.applyToMesh(mesh);
        mesh.isPickable = false;
        return mesh;
    }

    private _addVertex(position: Vector3, normal: Vector3, faceNormal: Vector3, color: Color3): void {
        this._positions.push(position.x, position.y, position.z);
        this._normals.push(normal.x, normal.y, normal.z);
        const [u, v] = flatten(position, faceNormal);
        this._uvs.push(u / textureSize, v / textureSize);
        const light = this._contact ? 0.55 + 0.45 * Math.min(1, Math.max(0, position.y / 1.2)) : 1;
        this._colors.push(color.r * light, color.g * light, color.b * light, 1);
    }
}

/** Orders the corners of each face anticlockwise as seen from inside a convex shape, adds the outward normals, and omits faces without an area. */
function orient(faces: readonly (readonly Vector3[])[]): IFace[] {
    const corners = faces.flat();
    const middle = corners.reduce((sum, corner) => sum.addInPlace(corner), Vector3.Zero()).scaleInPlace(1 / corners.length);
    return faces.flatMap((face) => {
        const normal = newellNormal(face);
        if (normal.lengthSquared() < 1e-12) {
            return [];
        }
        const outwards = Vector3.Dot(normal, (face[0] ?? middle).subtract(middle)) >= 0;
        normal.normalize();
        return [outwards ? { corners: face, normal } : { corners: [...face].reverse(), normal: normal.negate() }];
    });
}

/** Normal of a polygon by Newell's method, which also works if two corners coincide. Its length is twice the area of the polygon. */
function newellNormal(corners: readonly Vector3[]): Vector3 {
    const normal = Vector3.Zero();
    corners.forEach((corner, index) => {
        const next = corners[(index + 1) % corners.length] ?? corner;
        normal.x += (corner.y - next.y) * (corner.z + next.z);
        normal.y += (corner.z - next.z) * (corner.x + next.x);
        normal.z += (corner.x - next.x) * (corner.y + next.y);
    });
    return normal;
}

const keyOf = (corner: Vector3): string => `${corner.x.toFixed(3)} ${corner.y.toFixed(3)} ${corner.z.toFixed(3)}`;

function facesByCorner(faces: readonly IFace[]): Map<string, IFace[]> {
    const around = new Map<string, IFace[]>();
    for (const face of faces) {
        for (const corner of face.corners) {
            const key = keyOf(corner);
            around.set(key, [...(around.get(key) ?? []), face]);
        }
    }
    return around;
}

/** Normal for shading: the average of the face and its neighbours at an angle below `roundBelow`, so that sharp edges stay sharp. */
function shadingNormal(face: IFace, neighbours: readonly IFace[]): Vector3 {
    return neighbours
        .filter((neighbour) => Vector3.Dot(neighbour.normal, face.normal) > Math.cos(roundBelow))
        .reduce((sum, neighbour) => sum.addInPlace(neighbour.normal), Vector3.Zero())
        .normalize();
}

/** Texture coordinates in metres: the position projected along the dominant axis of the normal. */
function flatten(position: Vector3, normal: Vector3): readonly [number, number] {
    const [x, y, z] = [Math.abs(normal.x), Math.abs(normal.y), Math.abs(normal.z)];
    if (y > x && y > z) {
        return [position.x, position.z];
    }
    return x > z ? [position.z, position.y] : [position.x, position.y];
}

/**
 * Makes a colour lighter or darker.
 * @param color - original colour
 * @param amount - factor; 1 leaves the colour unchanged
 */
export function shade(color: Color3, amount: number): Color3 {
    return new Color3(Math.min(1, color.r * amount), Math.min(1, color.g * amount), Math.min(1, color.b * amount));
}
