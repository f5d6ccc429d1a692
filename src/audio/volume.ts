import { RtcError } from "../errors/rtcError.js";

/** The loudest that anything can be set to: +12 dB, enough for the softest microphone, not enough to hurt. */
const maxVolume = 4;

/**
 * Checks a volume.
 * @param value - what somebody asked for
 * @param whose - what it is the volume of, for the error. Default: a voice.
 * @returns the same. Throws `invalidArgument` unless it is a number from 0 to 4.
 */
export function checkVolume(value: number, whose: "A voice" | "A microphone" = "A voice"): number {
    if (typeof value !== "number" || !(value >= 0 && value <= maxVolume)) {
        throw new RtcError("invalidArgument", `${whose}'s volume is a number from 0 to ${maxVolume}; it was ${String(value)}.`);
    }
    return value;
}
