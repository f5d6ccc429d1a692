import { checkOptions, merged } from "../../errors/checkOptions.js";
import { RtcError } from "../../errors/rtcError.js";

/** Timing and threshold of the talk modes. */
export interface ITalkOptions {
    /**
     * Sound from before the gate opens that is sent as well, in milliseconds, 0 to 500, so that first syllables are not cut. Everything
     * arrives that much later, except in the way `open`. Default: 40.
     */
    readonly preRollMs: number;
    /** Voice activity: so long must it be loud, in milliseconds, 0 to 200. Keep it below `preRollMs`. Default: 15. */
    readonly attackMs: number;
    /** Voice activity: so long is sent after the last loud moment, in milliseconds, 0 to 5,000. Default: 300. */
    readonly hangoverMs: number;
    /** Voice activity: what is softer is never speech, in dBFS, −90 to 0. Default: −50. */
    readonly thresholdDb: number;
}

/** Defaults of the ways to talk. */
export const defaultTalkOptions: ITalkOptions = { preRollMs: 40, attackMs: 15, hangoverMs: 300, thresholdDb: -50 };

/**
 * @param options - what shall be otherwise
 * @param before - what stays
 * @returns all of them; throws `invalidArgument` for a name that is none and for a value out of its range
 */
export function resolveTalkOptions(options: Partial<ITalkOptions>, before: ITalkOptions): ITalkOptions {
    checkOptions({ talkOptions: options }, "talkOptions!=object");
    const unknown = Object.keys(options).find((name) => !Object.hasOwn(before, name));
    if (unknown !== undefined) {
        throw new RtcError("invalidArgument", `There is no option "${unknown}" of ways to talk.`);
    }
    checkOptions(options, "preRollMs=0..500 attackMs=0..200 hangoverMs=0..5000 thresholdDb=-90..0", "option talkOptions.");
    return merged(before, options);
}
