import type { IVector } from "../poseMath.js";
import { hasCone } from "../spatialVoiceOptions.js";
import type { ISpatialVoiceOptions } from "../spatialVoiceOptions.js";

/** Position and direction of a voice. */
export interface IPlacement {
    /** In metres. */
    readonly position: Readonly<IVector>;
    /** Of length 1. Looked at only if the voice has a cone. */
    readonly facing: Readonly<IVector>;
}

/** Audibility of a move: `none`; `step` (direction or distance); `leap` (level changes by 0.1 dB or more, would click). */
export type AudibleMove = "none" | "step" | "leap";

/** The smallest change of direction that is heard: 1.5°; Chromium's HRTF has steps of 1.875°. */
const leastTurn = Math.cos((1.5 * Math.PI) / 180) ** 2;

/** The smallest change of distance that is heard, as a part of the distance. */
const leastPart = 0.01;

/** Moves of a smaller part of the distance change distance and direction by less than what is heard; squared. */
const shortest = (0.98 * leastPart) ** 2;

/** The smallest change of level that is heard, 0.25 dB, as a part of the greater level. */
const leastLevel = 1 - 10 ** (-0.25 / 20);

/** The smallest change of level that clicks if it comes at once, 0.1 dB, as a part of the greater level. */
const clickLevel = 1 - 10 ** (-0.1 / 20);

/** Below this level, -100 dB, nothing is heard. */
const silence = 1e-5;

/**
 * Tells how a move of a voice is heard: from 1.5° as seen from the listener, 1 % of the distance, or 0.25 dB on. Allocates nothing.
 * @param listener - where the listener is, in metres
 * @param from - where the voice was
 * @param to - where it is
 * @param options - how it sounds from there
 * @returns how it is heard
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
    // Most frames end here: on such a curve the level changes by no larger a part than the distance does, and 0.98 % sideways is 0.56°.
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

/** The level of a panner by the formulas of WebAudio. `toward`: the distance times the cosine of the angle from its facing to the listener. */
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
