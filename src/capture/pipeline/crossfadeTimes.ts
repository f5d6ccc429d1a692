/**
 * Lead at which a change of gain is scheduled, in seconds: the audio thread may be ahead of the time that it tells by one
 * of its buffers, and a ramp that begins in the past begins with a jump.
 */
export const leadSeconds = 0.02;

/** Time after which a crossfade is certainly over, in milliseconds; the audio thread runs some blocks behind. */
export const crossfadeDoneMs = 120;

/** Time after which a faded sound is inaudible, in milliseconds. */
export const crossfadeHeardMs = 80;

/** Time constant of a change of gain, in seconds: too slow for a click, too fast to notice. */
export const smoothSeconds = 0.01;
