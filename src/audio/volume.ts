import { checkOptions } from "../errors/checkOptions.js";

/**
 * Validates a volume. The maximum of 4 (+12 dB) is enough for the softest microphone, but not painful.
 * @param value - requested volume
 * @param whose - owner of the volume, for the error message. Default: a voice.
 * @returns the volume. Throws `invalidArgument` unless it is a number from 0 to 4.
 */
export function checkVolume(value: number, whose: "voice's " | "microphone's " = "voice's "): number {
    checkOptions({ volume: value }, "volume!=0..4", whose);
    return value;
}
