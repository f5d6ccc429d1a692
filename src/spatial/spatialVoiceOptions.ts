import { checkOptions, merged } from "../errors/checkOptions.js";
import { RtcError } from "../errors/rtcError.js";

/** Spatial options of a voice: those of Babylon's AudioV2 without their prefix. */
export interface ISpatialVoiceOptions {
    /** `HRTF` (above, behind and below can be told apart on headphones) or `equalpower` (cheaper, left and right only). Default: `HRTF`. */
    readonly panningModel: "HRTF" | "equalpower";
    /** Attenuation over distance. Default: `inverse`. */
    readonly distanceModel: "inverse" | "linear" | "exponential";
    /** Nearer than this a voice grows no louder, in metres, > 0. Default: 1. */
    readonly minDistance: number;
    /** Farther than this a voice is not heard at all, in metres, > `minDistance`. Default: 40. */
    readonly maxDistance: number;
    /** Rate of attenuation; 1 halves the amplitude with each doubling of the distance. ≥ 0. Default: 1. */
    readonly rolloffFactor: number;
    /**
     * Full angle, in radians, within which a voice is at full volume. 0 to 2π. Default: 2π (no cone). The cone opens where the avatar
     * looks: along its own +z, as `lookAt` turns it and glTF models face.
     */
    readonly coneInnerAngle: number;
    /** Full angle, in radians, outside of which a voice is at `coneOuterVolume`. 0 to 2π. Default: 2π (no cone). */
    readonly coneOuterAngle: number;
    /** Volume outside of the cone, 0 to 1. Default: 0. */
    readonly coneOuterVolume: number;
    /** Voice of a member who never had an avatar: heard without position, or silent until the avatar arrives. Default: `heard`. */
    readonly withoutAvatar: "heard" | "silent";
}

/** Default spatial options. Babylon's own defaults (linear, 10 000 m, equalpower) are made for sound effects. */
export const defaultSpatialVoiceOptions: ISpatialVoiceOptions = Object.freeze({
    panningModel: "HRTF",
    distanceModel: "inverse",
    minDistance: 1,
    maxDistance: 40,
    rolloffFactor: 1,
    coneInnerAngle: 2 * Math.PI,
    coneOuterAngle: 2 * Math.PI,
    coneOuterVolume: 0,
    withoutAvatar: "heard",
});

const rules =
    "panningModel=HRTF|equalpower distanceModel=inverse|linear|exponential minDistance=1e-9.. maxDistance=1e-9.. rolloffFactor=0.. " +
    // A full turn written as 6.28318530718 (Babylon does) is a hair more than 2π.
    "coneInnerAngle=0..6.283186 coneOuterAngle=0..6.283186 coneOuterVolume=0..1 withoutAvatar=heard|silent";

/**
 * Completes and checks options.
 * @param partial - what somebody asked for; members that are undefined count as not named, and what is no spatial option is left out
 * @param base - what holds where nothing is asked. Default: the defaults.
 * @returns complete options. Throws `invalidArgument` naming the first unusable one.
 */
export function resolveSpatialVoiceOptions(
    partial: Partial<ISpatialVoiceOptions>,
    base: ISpatialVoiceOptions = defaultSpatialVoiceOptions,
): ISpatialVoiceOptions {
    checkOptions(partial, rules, "spatial option ");
    const options = merged(base, partial);
    if (options.maxDistance <= options.minDistance) {
        throw new RtcError(
            "invalidArgument",
            `The spatial option maxDistance (${options.maxDistance}) must be above minDistance (${options.minDistance}).`,
        );
    }
    return Object.freeze(options);
}

/**
 * Tells whether a voice sounds different from its side or back.
 * @param options - the voice's options
 * @returns whether a direction must be written at all
 */
export function hasCone(options: ISpatialVoiceOptions): boolean {
    // As WebAudio sees it: no cone if either angle is a full turn, both being the same; compared in degrees there, hence the margin.
    const fullTurn = 2 * Math.PI - 1e-6;
    return options.coneInnerAngle < fullTurn && options.coneOuterVolume < 1;
}
