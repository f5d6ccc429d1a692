import type { RtcError } from "../errors/rtcError.js";

/** State of the microphone. */
export type MicrophoneState =
    | { readonly state: "off" }
    /** The browser is asking the user for permission, or opening the device. */
    | { readonly state: "asking" }
    | { readonly state: "live"; readonly track: MediaStreamTrack }
    /** Nothing is sent; `error` says why and what to do. */
    | { readonly state: "failed"; readonly error: RtcError };
