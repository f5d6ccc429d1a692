/** How a voice sounds from where it stands: Babylon's AudioV2 spatial options without their prefix. */
export interface ISpatialVoiceOptions {
    /** `HRTF` (above, behind and below can be told apart on headphones) or `equalpower` (cheaper, left and right only). Default: `HRTF`. */
    readonly panningModel: "HRTF" | "equalpower";
    /** How a voice fades with distance. Default: `inverse`. */
    readonly distanceModel: "inverse" | "linear" | "exponential";
    /** Nearer than this a voice grows no louder, in metres, > 0. Default: 1. */
    readonly minDistance: number;
    /** Farther than this a voice is not heard at all, in metres, > `minDistance`. Default: 40. */
    readonly maxDistance: number;
    /** How fast a voice fades; 1 halves it with each doubling of the distance. ≥ 0. Default: 1. */
    readonly rolloffFactor: number;
    /** Full angle, in radians, within which a voice is at full volume. 0 to 2π. Default: 2π (no cone). */
    readonly coneInnerAngle: number;
    /** Full angle, in radians, outside of which a voice is at `coneOuterVolume`. 0 to 2π. Default: 2π (no cone). */
    readonly coneOuterAngle: number;
    /** Volume outside of the cone, 0 to 1. Default: 0. */
    readonly coneOuterVolume: number;
    /** What becomes of a voice that never had an avatar: heard without position, or silent until the avatar arrives. Default: `heard`. */
    readonly withoutAvatar: "heard" | "silent";
}
