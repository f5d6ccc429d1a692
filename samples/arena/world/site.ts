import type { Matrix } from "@babylonjs/core/Maths/math.vector.js";
import { place } from "../modelling/geometry.js";
import type { Geometry } from "../modelling/geometry.js";
import type { createRandom } from "../modelling/seededRandom.js";
import type { IBanner } from "./banners.js";
import type { IObstacle } from "./obstacles.js";

/** The building site: everything that stands still is added to it, and becomes one mesh. */
export interface ISite {
    /** Shared materials. */
    readonly geometry: Geometry;
    /** Obstacles. */
    readonly obstacles: IObstacle[];
    /** Cloths in the wind. */
    readonly banners: IBanner[];
    /** Small irregularities, the same for everybody. */
    readonly random: ReturnType<typeof createRandom>;
}

/** Place of a piece: metres, and radians about the vertical axis. */
export interface ISpot {
    readonly x: number;
    readonly z: number;
    readonly yaw?: number;
}

/** The spot as a matrix to build on. */
export function at({ x, z, yaw = 0 }: ISpot): Matrix {
    return place(x, 0, z, { yaw });
}

/**
 * Closes a rectangle for walkers.
 * @param spot - its middle and its turn
 * @param width - along the spot's x
 * @param depth - along the spot's z
 */
export function obstruct(site: ISite, { x, z, yaw = 0 }: ISpot, width: number, depth: number): void {
    site.obstacles.push({ x, z, yaw, width, depth });
}
