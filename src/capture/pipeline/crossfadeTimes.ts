/**
 * So long before it begins is a change of loudness written down, in seconds: the audio thread may be ahead of the time that it tells by one
 * of its buffers, and a ramp that begins in the past begins with a jump.
 */
export const leadSeconds = 0.02;

/** When a crossfade is over for certain, in milliseconds; the audio thread runs some blocks behind. */
export const crossfadeDoneMs = 120;

/** When nobody hears any longer what has faded out, in milliseconds. */
export const crossfadeHeardMs = 80;

/** How fast loudness follows a change, in seconds: too slow for a click, too fast to notice. */
export const smoothSeconds = 0.01;
