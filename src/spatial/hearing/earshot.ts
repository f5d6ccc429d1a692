import type { IVector } from "../poseMath.js";

/** Fraction of the limit at which a voice is back in earshot. The hysteresis keeps a voice at the limit from flickering. */
const returnFraction = 0.95;

/**
 * Decides whether a voice is near enough to be heard.
 * @param was - whether it was in earshot before
 * @param listener - where the listener is
 * @param voice - where the voice is
 * @param maxDistance - the limit, in metres
 * @returns whether it is in earshot now: out beyond the limit, back in at 95 % of it
 */
export function isInEarshot(was: boolean, listener: Readonly<IVector>, voice: Readonly<IVector>, maxDistance: number): boolean {
    const x = voice.x - listener.x;
    const y = voice.y - listener.y;
    const z = voice.z - listener.z;
    const limit = was ? maxDistance : maxDistance * returnFraction;
    return x * x + y * y + z * z <= limit * limit;
}
