import type { IVector } from "../poseMath.js";
import { hasCone } from "../spatialVoiceOptions.js";
import type { ISpatialVoiceOptions } from "../spatialVoiceOptions.js";

/** Position and direction of a voice. */
export interface IPlacement {
    /** In metres. */
    readonly position: Readonly<IVector>;
    /** Unit vector. Used only if the voice has a cone. */
    readonly facing: Readonly<IVector>;
}

/** Audibility of a move: `none`; `step` (audible); `leap` (audible, and the level changes by 0.1 dB or more, which would click if sudden). */
export type AudibleMove = "none" | "step" | "leap";

/** Smallest audible change of direction, 1.5°, as a squared cosine. Chromium's HRTF has steps of 1.875°. */
const leastTurn = Math.cos((1.5 * Math.PI) / 180) ** 2;

/** Smallest audible change of distance, as a fraction of the distance. */
const leastPart = 0.01;

/** Square of the fraction of the distance below which a move changes neither distance nor direction audibly. */
const shortest = (0.98 * leastPart) ** 2;

/** Smallest audible change of level, 0.25 dB, as a fraction of the greater level. */
const leastLevel = 1 - 10 ** (-0.25 / 20);

/** Smallest sudden change of level that clicks, 0.1 dB, as a fraction of the greater level. */
const clickLevel = 1 - 10 ** (-0.1 / 20);

/** Level below which nothing is heard: -100 dB. */
const silence = 1e-5;

/**
 * Classifies a move of a voice by its audibility. A move is audible if, for the listener, the direction changes by 1.5°, the distance by 1 % or the
 * level by 0.25 dB, or by more. Allocates nothing.
 * @param listener - position of the listener, in metres
 * @param from - previous placement of the voice
 * @param to - current placement of the voice
 * @param options - spatial options of the voice
 * @returns the audibility
 */
export function audibleMove(listener: Readonly<IVector>, from: IPlacement, to: IPlacement, options: ISpatialVoiceOptions): AudibleMove {
    const ax = from.position.x - listener.x;
    const ay = from.position.y - listener.y;
    const az = from.position.z - listener.z;
    const before2 = ax * ax + ay * ay + az * az;
    const mx = to.position.x - from.position.x;
    const my = to.position.y - from.position.y;
    const mz = to.position.z - from.position.z;
    const isFalling = options.distanceModel !== "linear" && options.rolloffFactor <= 1 && !hasCone(options);
    // Most frames return here: on such a curve the level never changes by a larger fraction than the distance, and 0.98 % sideways is 0.56°.
    if (isFalling && mx * mx + my * my + mz * mz < shortest * before2) {
        return "none";
    }
    const bx = to.position.x - listener.x;
    const by = to.position.y - listener.y;
    const bz = to.position.z - listener.z;
    const before = Math.sqrt(before2);
    const after = Math.sqrt(bx * bx + by * by + bz * bz);
    const dot = ax * bx + ay * by + az * bz;
    const levelBefore = levelAt(before, -(ax * from.facing.x + ay * from.facing.y + az * from.facing.z), options);
    const levelAfter = levelAt(after, -(bx * to.facing.x + by * to.facing.y + bz * to.facing.z), options);
    const change = Math.abs(levelAfter - levelBefore) / Math.max(levelBefore, levelAfter, silence);
    const isTurned = dot < 0 || dot * dot < leastTurn * before2 * after * after;
    if (!isTurned && change < leastLevel && Math.abs(after - before) <= leastPart * before) {
        return "none";
    }
    return change < clickLevel ? "step" : "leap";
}

/** Level of a panner by WebAudio's formulas. `toward` is the distance times the cosine of the angle between `facing` and the listener. */
function levelAt(distance: number, toward: number, options: ISpatialVoiceOptions): number {
    const level = distanceLevel(distance, options);
    return hasCone(options) && distance > 0 ? level * coneLevel(Math.acos(Math.min(1, Math.max(-1, toward / distance))), options) : level;
}

/** https://www.w3.org/TR/webaudio/#Spatialization-distance-effects */
function distanceLevel(distance: number, options: ISpatialVoiceOptions): number {
    const { distanceModel, minDistance, maxDistance, rolloffFactor } = options;
    const reach = Math.max(distance, minDistance);
    switch (distanceModel) {
        case "linear":
            return 1 - (Math.min(1, rolloffFactor) * (Math.min(reach, maxDistance) - minDistance)) / (maxDistance - minDistance);
        case "exponential":
            return (reach / minDistance) ** -rolloffFactor;
        default:
            return minDistance / (minDistance + rolloffFactor * (reach - minDistance));
    }
}

/** https://www.w3.org/TR/webaudio/#Spatialization-sound-cones */
function coneLevel(angle: number, { coneInnerAngle, coneOuterAngle, coneOuterVolume }: ISpatialVoiceOptions): number {
    const inner = coneInnerAngle / 2;
    const outer = coneOuterAngle / 2;
    if (angle <= inner) {
        return 1;
    }
    return angle >= outer ? coneOuterVolume : 1 + ((coneOuterVolume - 1) * (angle - inner)) / (outer - inner);
}
