/** Pose of a bot, as sent to the room with topic `pose`. */
export interface IPose {
    /** Position of the feet: x, y, z in metres, in the arena's left-handed space. */
    readonly p: readonly [number, number, number];
    /** Heading in radians around the y axis: 0 is along +z, π/2 along +x. */
    readonly r: number;
}

/** Point that the bots face: x and z in metres, in front of the places where players enter the arena looking along +z. */
const entrance: readonly [number, number] = [0, -9];

/** Places clear of the arena's obstacles, 5 to 8 m from `entrance`: x and z in metres. The first two are ahead of a new player, left and right. */
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

/** Sway of a bot's heading: largest angle to either side in radians, and period in milliseconds. */
const sway = { angle: 0.3, periodMs: 14_000 };

/**
 * Computes the pose of a bot, which stands at its spot and faces the entrance, turning slightly to and fro.
 * @param index - index of the bot, from 0; bots that share a spot, because there are more bots than spots, stand 0.5 m apart along x
 * @param timeMs - time from any steady clock, in milliseconds
 * @returns the pose, with the heading rounded to milliradians
 */
export function poseOf(index: number, timeMs: number): IPose {
    const spot = spots[index % spots.length] ?? [0, -3];
    const shift = 0.5 * Math.floor(index / spots.length);
    const [x, z] = [spot[0] + shift, spot[1]];
    const turn = sway.angle * Math.sin((2 * Math.PI * timeMs) / sway.periodMs + index);
    return { p: [x, 0, z], r: Math.round((Math.atan2(entrance[0] - x, entrance[1] - z) + turn) * 1_000) / 1_000 };
}
