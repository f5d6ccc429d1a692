import type { ISoundSourceOptions } from "@babylonjs/core/AudioV2/abstractAudio/abstractSoundSource.js";
import type { AbstractSpatialAudio } from "@babylonjs/core/AudioV2/abstractAudio/subProperties/abstractSpatialAudio.js";
import type { ISpatialVoiceOptions } from "./spatialVoiceOptions.js";

/**
 * Gives a voice's options as Babylon's, to make a sound source with.
 * @param options - the voice's options
 * @returns Babylon's options, without automatic updates: each of those would run a loop of its own
 */
export function toSoundOptions(options: ISpatialVoiceOptions): Partial<ISoundSourceOptions> {
    return {
        spatialEnabled: true,
        spatialAutoUpdate: false,
        spatialPanningModel: options.panningModel,
        spatialDistanceModel: options.distanceModel,
        spatialMinDistance: options.minDistance,
        spatialMaxDistance: options.maxDistance,
        spatialRolloffFactor: options.rolloffFactor,
        spatialConeInnerAngle: options.coneInnerAngle,
        spatialConeOuterAngle: options.coneOuterAngle,
        spatialConeOuterVolume: options.coneOuterVolume,
    };
}

/**
 * Brings a sound source up to changed options. What it has cannot be asked of it: Babylon's getters do not know the creation options.
 * @param spatial - the source's spatial side
 * @param options - what shall hold
 * @param before - what it has; what is the same is not written
 */
export function applySoundOptions(spatial: AbstractSpatialAudio, options: ISpatialVoiceOptions, before: ISpatialVoiceOptions): void {
    if (options.panningModel !== before.panningModel) {
        spatial.panningModel = options.panningModel;
    }
    if (options.minDistance !== before.minDistance) {
        spatial.minDistance = options.minDistance;
    }
    if (options.maxDistance !== before.maxDistance) {
        spatial.maxDistance = options.maxDistance;
    }
    if (options.rolloffFactor !== before.rolloffFactor) {
        spatial.rolloffFactor = options.rolloffFactor;
    }
    if (options.distanceModel !== before.distanceModel) {
        spatial.distanceModel = options.distanceModel;
    }
    if (options.coneInnerAngle !== before.coneInnerAngle) {
        spatial.coneInnerAngle = options.coneInnerAngle;
    }
    if (options.coneOuterAngle !== before.coneOuterAngle) {
        spatial.coneOuterAngle = options.coneOuterAngle;
    }
    if (options.coneOuterVolume !== before.coneOuterVolume) {
        spatial.coneOuterVolume = options.coneOuterVolume;
    }
}
