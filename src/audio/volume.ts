import { checkOptions } from "../errors/checkOptions.js";

/**
 * Checks a volume. The loudest is +12 dB, enough for the softest microphone, not enough to hurt.
 * @param value - what somebody asked for
 * @param whose - what it is the volume of, for the error. Default: a voice.
 * @returns the same. Throws `invalidArgument` unless it is a number from 0 to 4.
 */
export function checkVolume(value: number, whose: "voice's " | "microphone's " = "voice's "): number {
    checkOptions({ volume: value }, "volume!=0..4", whose);
    return value;
}
