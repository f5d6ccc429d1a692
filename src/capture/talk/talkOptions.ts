import { checkOptions, merged } from "../../errors/checkOptions.js";
import { RtcError } from "../../errors/rtcError.js";

/** Timing and threshold of the talk modes. */
export interface ITalkOptions {
    /**
     * Duration of the audio before the gate opens that is sent as well, so that first syllables are not cut. In milliseconds, 0 to 500. Adds
     * this latency in all modes except `open`. Default: 40.
     */
    readonly preRollMs: number;
    /** Voice activity: minimum duration of loud audio that opens the gate, in milliseconds, 0 to 200. Keep it below `preRollMs`. Default: 15. */
    readonly attackMs: number;
    /** Voice activity: time that the gate stays open after the last loud audio, in milliseconds, 0 to 5,000. Default: 300. */
    readonly hangoverMs: number;
    /** Voice activity: level below which audio does not count as speech, in dBFS, −90 to 0; 6 dB lower once speech has begun. Default: −50. */
    readonly thresholdDb: number;
}

/** Default options of the talk modes. */
export const defaultTalkOptions: ITalkOptions = { preRollMs: 40, attackMs: 15, hangoverMs: 300, thresholdDb: -50 };

/**
 * Validates changed options and merges them into the previous ones.
 * @param options - options to change
 * @param before - previous options
 * @returns all options; throws `invalidArgument` for an unknown name or a value out of range
 */
export function resolveTalkOptions(options: Partial<ITalkOptions>, before: ITalkOptions): ITalkOptions {
    checkOptions({ talkOptions: options }, "talkOptions!=object");
    const unknown = Object.keys(options).find((name) => !Object.hasOwn(before, name));
    if (unknown !== undefined) {
        throw new RtcError("invalidArgument", `There is no talk option "${unknown}".`);
    }
    checkOptions(options, "preRollMs=0..500 attackMs=0..200 hangoverMs=0..5000 thresholdDb=-90..0", "option talkOptions.");
    return merged(before, options);
}
