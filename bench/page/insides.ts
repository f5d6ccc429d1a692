import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";

/** The private parts of a Babylon audio engine that are measured. */
export interface IEngineInsides {
    readonly _audioContext: AudioContext;
    readonly mainOut: { readonly _inNode: AudioNode };
}

export function insidesOf(engine: AudioEngineV2): IEngineInsides {
    return engine as unknown as IEngineInsides;
}
