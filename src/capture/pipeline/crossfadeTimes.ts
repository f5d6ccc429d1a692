/**
 * Lead time for scheduling a gain change, in seconds. The audio thread may be one buffer ahead of `currentTime`, and a
 * ramp that begins in the past begins with a jump.
 */
export const leadSeconds = 0.02;

/** Time after which a crossfade is complete, in milliseconds. Includes a margin, since the audio thread runs some blocks behind. */
export const crossfadeDoneMs = 120;

/** Time after the start of a fade-out until the sound is inaudible, in milliseconds. */
export const crossfadeHeardMs = 80;

/** Time constant of a gain change, in seconds: slow enough to avoid a click, fast enough to go unnoticed. */
export const smoothSeconds = 0.01;
