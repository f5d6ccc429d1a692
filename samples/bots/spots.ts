/** Pose of a bot, as sent to the room with topic `pose`. */
export interface IPose {
    /** Position of the feet: x, y, z in metres, in the arena's left-handed space. */
    readonly p: readonly [number, number, number];
    /** Heading in radians around the y axis: 0 is along +z, π/2 along +x. */
    readonly r: number;
}

/** Approximate place where players enter the arena, facing +z: x and z in metres. */
const entrance: readonly [number, number] = [0, -9];

/** Places clear of the arena's obstacles, 5 to 8 m from the entrance. The first two are to the left and right of the way ahead. */
const spots: readonly (readonly [number, number])[] = [
    [-3, -2.9],
    [2.4, -4.6],
    [-6.6, -6.4],
    [6.2, -6.6],
    [0.2, -2.2],
    [-7.4, -8],
    [7.6, -8.6],
    [4.4, -5.6],
];

/** Swaying of a bot: angle to either side in radians, and period in milliseconds. */
const sway = { angle: 0.3, periodMs: 14_000 };

/**
 * Computes the pose of a bot: at its spot, facing the entrance, swaying slightly.
 * @param index - index of the bot, from 0; if there are more bots than spots, bots share a spot at distances of 0.5 m
 * @param timeMs - time from any steady clock, in milliseconds
 * @returns the pose, rounded to millimetres and milliradians
 */
export function poseOf(index: number, timeMs: number): IPose {
    const spot = spots[index % spots.length] ?? [0, -3];
    const shift = 0.5 * Math.floor(index / spots.length);
    const [x, z] = [spot[0] + shift, spot[1]];
    const turn = sway.angle * Math.sin((2 * Math.PI * timeMs) / sway.periodMs + index);
    return { p: [x, 0, z], r: Math.round((Math.atan2(entrance[0] - x, entrance[1] - z) + turn) * 1_000) / 1_000 };
}
