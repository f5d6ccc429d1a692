/** An obstacle for walkers: the footprint of an upright box, in metres and radians. */
export interface IObstacle {
    readonly x: number;
    readonly z: number;
    readonly width: number;
    readonly depth: number;
    readonly yaw: number;
}

/** A place on the ground, in metres. */
export interface IPlace {
    readonly x: number;
    readonly z: number;
}

/**
 * Pushes a walker out of each obstacle in turn. A walker that hits a wall at an angle slides along it.
 * @param place - desired place
 * @param radius - radius of the walker, in metres
 * @param obstacles - obstacles to avoid
 * @returns the corrected place
 */
export function slide(place: IPlace, radius: number, obstacles: readonly IObstacle[]): IPlace {
    return obstacles.reduce((at, obstacle) => pushOut(at, radius, obstacle), place);
}

/** True if a walker of this radius touches no obstacle. */
export function isFree(place: IPlace, radius: number, obstacles: readonly IObstacle[]): boolean {
    return obstacles.every((obstacle) => pushOut(place, radius, obstacle) === place);
}

function pushOut(place: IPlace, radius: number, { x, z, width, depth, yaw }: IObstacle): IPlace {
    const [sin, cos] = [Math.sin(yaw), Math.cos(yaw)];
    const [dx, dz] = [place.x - x, place.z - z];
    const [localX, localZ] = [dx * cos - dz * sin, dx * sin + dz * cos];
    const [reachX, reachZ] = [width / 2 + radius, depth / 2 + radius];
    const [inX, inZ] = [reachX - Math.abs(localX), reachZ - Math.abs(localZ)];
    if (inX <= 0 || inZ <= 0) {
        return place;
    }
    const outX = inX < inZ ? Math.sign(localX || 1) * reachX : localX;
    const outZ = inX < inZ ? localZ : Math.sign(localZ || 1) * reachZ;
    return { x: x + outX * cos + outZ * sin, z: z - outX * sin + outZ * cos };
}
