import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";

/** Private members of a Babylon audio engine that the bench uses. */
export interface IEngineInsides {
    readonly _audioContext: AudioContext;
    readonly mainOut: { readonly _inNode: AudioNode };
}

export function insidesOf(engine: AudioEngineV2): IEngineInsides {
    return engine as unknown as IEngineInsides;
}
