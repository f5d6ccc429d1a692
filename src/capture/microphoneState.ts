import type { RtcError } from "../errors/rtcError.js";

/** State of the microphone. */
export type MicrophoneState =
    | { readonly state: "off" }
    /** The browser asks its user. */
    | { readonly state: "asking" }
    | { readonly state: "live"; readonly track: MediaStreamTrack }
    /** Nobody hears us; `error` says why and what to do. */
    | { readonly state: "failed"; readonly error: RtcError };
