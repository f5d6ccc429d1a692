import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";

/** A solid as a list of flat faces, in metres. The corners of a face are listed around it, in either direction. */
export type Shape = readonly (readonly Vector3[])[];

/**
 * Surface through rings of points, closed at both ends. All other shapes here use it.
 * Every face must face away from the middle of all corners, as in any convex shape; others point inwards. Build other solids from several shapes.
 * @param rings - rings from bottom to top, each with the same number of points
 */
export function loft(rings: readonly (readonly Vector3[])[]): Shape {
    const faces: Vector3[][] = [];
    rings.slice(1).forEach((upper, index) => {
        const lower = rings[index] ?? [];
        upper.forEach((_, corner) => {
            const next = (corner + 1) % upper.length;
            faces.push([lower[corner], lower[next], upper[next], upper[corner]].filter((point) => point !== undefined));
        });
    });
    return [...faces, [...(rings[0] ?? [])], [...(rings.at(-1) ?? [])]];
}

/** Optional properties of a block. */
export interface IBlockOptions {
    /** Width of the bevel, in metres. Default: 0.04, or a quarter of the shortest edge if that is less. */
    readonly bevel?: number;
    /** Width and depth of the top relative to the bottom. Default: 1. */
    readonly taper?: number;
}

/**
 * A box with bevelled edges. It stands on the ground (y = 0), centred on the y axis.
 * @param width - along x
 * @param height - along y
 * @param depth - along z
 */
export function block(width: number, height: number, depth: number, options: IBlockOptions = {}): Shape {
    const { taper = 1, bevel = Math.min(0.04, width / 4, height / 4, depth / 4) } = options;
    const ring = (y: number, inset: number): Vector3[] => {
        const scale = 1 + (taper - 1) * (y / height);
        const [x, z] = [(width / 2) * scale - inset, (depth / 2) * scale - inset];
        const cut = inset > 0 ? bevel * 0.5 : bevel;
        return [
            [x, z - cut],
            [x - cut, z],
            [cut - x, z],
            [-x, z - cut],
            [-x, cut - z],
            [cut - x, -z],
            [x - cut, -z],
            [x, cut - z],
        ].map(([px = 0, pz = 0]) => new Vector3(px, y, pz));
    };
    return loft([ring(0, bevel), ring(bevel, 0), ring(height - bevel, 0), ring(height, bevel)]);
}

/**
 * A profile rotated around the y axis: barrels, wheels, domes, cones.
 * @param profile - radius and height of each ring, from bottom to top, in metres
 * @param sides - number of corners per ring
 */
export function lathe(profile: readonly (readonly [radius: number, y: number])[], sides: number): Shape {
    return loft(
        profile.map(([radius, y]) =>
            Array.from({ length: sides }, (_, side) => {
                const angle = ((side + 0.5) / sides) * 2 * Math.PI;
                return new Vector3(Math.cos(angle) * radius, y, Math.sin(angle) * radius);
            }),
        ),
    );
}

/**
 * A cylinder, or a cone. It stands on the ground (y = 0), centred on the y axis.
 * @param radius - radius of the bottom, in metres
 * @param height - height in metres
 * @param options - `sides` (default 12), `top`: radius of the top (default: `radius`)
 */
export function cylinder(radius: number, height: number, options: { readonly sides?: number; readonly top?: number } = {}): Shape {
    const { sides = 12, top = radius } = options;
    return lathe(
        [
            [radius, 0],
            [top, height],
        ],
        sides,
    );
}

/**
 * An outline extruded along x, centred on x = 0: hulls, wedges, gables.
 * @param outline - corners (z, y) of the convex outline, in metres
 * @param width - along x
 */
export function extrude(outline: readonly (readonly [z: number, y: number])[], width: number): Shape {
    return loft([-width / 2, width / 2].map((x) => outline.map(([z, y]) => new Vector3(x, y, z))));
}
