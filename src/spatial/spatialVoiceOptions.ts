import { checkOptions, merged } from "../errors/checkOptions.js";
import { RtcError } from "../errors/rtcError.js";

/** Spatial options of a voice: those of Babylon's AudioV2, without the prefix `spatial`. */
export interface ISpatialVoiceOptions {
    /** `HRTF` (above, behind and below can be distinguished on headphones) or `equalpower` (cheaper, left and right only). Default: `HRTF`. */
    readonly panningModel: "HRTF" | "equalpower";
    /** Attenuation over distance. Default: `inverse`. */
    readonly distanceModel: "inverse" | "linear" | "exponential";
    /** Distance below which a voice does not get louder, in metres, > 0. Default: 1. */
    readonly minDistance: number;
    /** Distance beyond which a voice is not heard, in metres, > `minDistance`. Default: 40. */
    readonly maxDistance: number;
    /** Rate of attenuation, ≥ 0. With `inverse` and `exponential`, 1 halves the amplitude with each doubling of the distance. Default: 1. */
    readonly rolloffFactor: number;
    /**
     * Full angle, in radians, within which a voice is at full volume. 0 to 2π. Default: 2π (no cone). The cone points in the direction
     * that the avatar faces: along its local +z, like `lookAt` and glTF models.
     */
    readonly coneInnerAngle: number;
    /** Full angle, in radians, outside of which a voice is at `coneOuterVolume`. 0 to 2π. Default: 2π (no cone). */
    readonly coneOuterAngle: number;
    /** Volume outside of the cone, 0 to 1. Default: 0. */
    readonly coneOuterVolume: number;
    /** Voice of a member who has not had an avatar yet: heard without a position, or silent until the avatar arrives. Default: `heard`. */
    readonly withoutAvatar: "heard" | "silent";
}

/** Default spatial options. Babylon's own defaults (linear, 10 000 m, equalpower) are intended for sound effects. */
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
    // A full turn written as 6.28318530718, as in Babylon, is slightly more than 2π.
    "coneInnerAngle=0..6.283186 coneOuterAngle=0..6.283186 coneOuterVolume=0..1 withoutAvatar=heard|silent";

/**
 * Validates options and completes them.
 * @param partial - requested options; undefined values and members that are not spatial options are ignored
 * @param base - values of all other options. Default: the default options.
 * @returns the complete options. Throws `invalidArgument`, which names the first invalid option.
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
 * Checks whether the voice's level depends on its direction.
 * @param options - the voice's options
 * @returns true if the direction must be written
 */
export function hasCone(options: ISpatialVoiceOptions): boolean {
    // As in WebAudio, there is no cone if the inner angle is a full turn. WebAudio compares degrees, hence the margin.
    const fullTurn = 2 * Math.PI - 1e-6;
    return options.coneInnerAngle < fullTurn && options.coneOuterVolume < 1;
}
