/** Pose of a bot as the others in the room get it: topic `pose`. */
export interface IPose {
    /** Position of the feet: x, y, z in metres, in the arena's left-handed space. */
    readonly p: readonly [number, number, number];
    /** Heading in radians around the y axis: 0 looks along +z, a quarter turn along +x. */
    readonly r: number;
}

/** About where people enter the arena, looking along +z: x and z in metres. */
const entrance: readonly [number, number] = [0, -9];

/** Pleasant places, clear of the arena's obstacles, 5 to 8 m from the entrance; the first two to the left and right of the way ahead. */
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

/** Turn of a bot to either side, in radians, and its period, in milliseconds. */
const sway = { angle: 0.3, periodMs: 14_000 };

/**
 * Computes the pose of a bot at a time: at its spot, facing the entrance, turning a little to and fro.
 * @param index - number of the bot, from 0; beyond the spots they are shared, half a metre apart
 * @param timeMs - any steady clock, in milliseconds
 * @returns the pose, rounded to millimetres and milliradians
 */
export function poseOf(index: number, timeMs: number): IPose {
    const spot = spots[index % spots.length] ?? [0, -3];
    const shift = 0.5 * Math.floor(index / spots.length);
    const [x, z] = [spot[0] + shift, spot[1]];
    const turn = sway.angle * Math.sin((2 * Math.PI * timeMs) / sway.periodMs + index);
    return { p: [x, 0, z], r: Math.round((Math.atan2(entrance[0] - x, entrance[1] - z) + turn) * 1_000) / 1_000 };
}
