import type { Matrix } from "@babylonjs/core/Maths/math.vector.js";
import { place } from "../modelling/geometry.js";
import type { Geometry } from "../modelling/geometry.js";
import type { createRandom } from "../modelling/seededRandom.js";
import type { IBanner } from "./banners.js";
import type { IObstacle } from "./obstacles.js";

/** Collects static objects that become one mesh, and their obstacles and banners. */
export interface ISite {
    /** Geometry to which all objects are added. */
    readonly geometry: Geometry;
    /** Obstacles for walkers. */
    readonly obstacles: IObstacle[];
    /** Banners, which become a separate mesh. */
    readonly banners: IBanner[];
    /** Seeded random numbers for small irregularities, the same on all clients. */
    readonly random: ReturnType<typeof createRandom>;
}

/** Place of an object: position in metres, and yaw in radians. */
export interface ISpot {
    readonly x: number;
    readonly z: number;
    readonly yaw?: number;
}

/** Transformation from the coordinates of an object at the spot to those of the world. */
export function at({ x, z, yaw = 0 }: ISpot): Matrix {
    return place(x, 0, z, { yaw });
}

/**
 * Adds a rectangular obstacle.
 * @param spot - centre and yaw of the obstacle
 * @param width - size along the spot's x axis, in metres
 * @param depth - size along the spot's z axis, in metres
 */
export function obstruct(site: ISite, { x, z, yaw = 0 }: ISpot, width: number, depth: number): void {
    site.obstacles.push({ x, z, yaw, width, depth });
}
