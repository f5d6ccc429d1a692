import type { IVector } from "../poseMath.js";

/** Fraction of the limit at which a voice is back in earshot. The hysteresis keeps a voice at the limit from flickering. */
const returnFraction = 0.95;

/**
 * Decides whether a voice is in earshot.
 * @param was - whether the voice was in earshot before
 * @param listener - position of the listener
 * @param voice - position of the voice
 * @param maxDistance - the limit, in metres
 * @returns true if the voice is in earshot: it leaves beyond the limit, and returns at 95 % of the limit
 */
export function isInEarshot(was: boolean, listener: Readonly<IVector>, voice: Readonly<IVector>, maxDistance: number): boolean {
    const x = voice.x - listener.x;
    const y = voice.y - listener.y;
    const z = voice.z - listener.z;
    const limit = was ? maxDistance : maxDistance * returnFraction;
    return x * x + y * y + z * z <= limit * limit;
}
