/** Something that one cannot walk through: an upright box, seen from above. Metres and radians. */
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
 * Keeps a walker out of every obstacle: whoever walks into a wall at an angle slides along it.
 * @param place - where the walker wants to be
 * @param radius - of the walker, in metres
 * @param obstacles - what is in the way
 * @returns where the walker can be
 */
export function slide(place: IPlace, radius: number, obstacles: readonly IObstacle[]): IPlace {
    return obstacles.reduce((at, obstacle) => pushOut(at, radius, obstacle), place);
}

/** Tells whether a place is free. */
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
