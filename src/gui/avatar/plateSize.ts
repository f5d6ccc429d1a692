/** A plate looks as large as from here up to where it is culled, in metres. */
const unscaledAt = 4.5;
/** Nearer than this it does grow in the eye, in metres. */
const nearest = 2;
/** Over how many metres it fades before it is culled. */
const fade = 2;

/**
 * How much a name plate is scaled. Pure.
 * @param distance - from the eye, in metres
 * @param visibleTo - from where on nothing is seen, in metres
 */
export function plateScale(distance: number, visibleTo: number): number {
    return Math.min(visibleTo, Math.max(nearest, distance)) / unscaledAt;
}

/**
 * How visible a name plate is. Pure.
 * @param distance - from the eye, in metres
 * @param visibleTo - from where on nothing is seen, in metres
 * @returns 1 = wholly, 0 = culled
 */
export function plateVisibility(distance: number, visibleTo: number): number {
    return Math.min(1, Math.max(0, (visibleTo - distance) / fade));
}
