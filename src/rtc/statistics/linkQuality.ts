import type { SendMode } from "../../transport/linkFacts.js";

/**
 * Quality grade of a link for conversation, by the classes of ITU-T G.109: `excellent` = users satisfied or better, `good` = some users dissatisfied,
 * `poor` = many dissatisfied, `bad` = nearly all dissatisfied. `unknown` = not measured yet, or nothing received.
 */
export type LinkQuality = "excellent" | "good" | "poor" | "bad" | "unknown";

/** Inputs of the grade. */
export interface IQualityFacts {
    /** Round-trip time to the other end, in milliseconds; null = unknown. */
    readonly roundTripMs: number | null;
    /** Delay in the jitter buffer, in milliseconds; null = unknown. */
    readonly bufferMs: number | null;
    /** Packet loss, in percent; null = nothing received. */
    readonly lossPercent: number | null;
    /** Share of sound that was concealed, in percent; null = unknown: the packet loss is used instead. */
    readonly missingPercent: number | null;
    /** Mode in which our voice is sent; null = unknown. */
    readonly sendMode: SendMode | null;
}

/** Rating of an undisturbed connection, by G.107 with its default values. */
const undisturbed = 93.2;
/** Delay of the codec, in milliseconds: a frame of 20 ms, and the Opus look-ahead of 6.5 ms (RFC 6716, sections 2.1.7 and 4.2.9). */
const codingMs = 26.5;
/** Delay above which taking turns in speech is disturbed, in milliseconds (Cole and Rosenbluth, Voice over IP performance monitoring, 2001). */
const turnMs = 177.3;
/**
 * Robustness of the codec against random loss (Bpl), for Opus with error correction. G.113 has no value for Opus; ggarber/rtcscore uses 20 (G.711
 * with concealment has 25.1).
 */
const lossRobustness = 20;
/**
 * Packet loss from which a link is never `excellent`, in percent, even if error correction repairs the loss: repaired sound is rougher than the
 * original, and the next loss of several packets in a row is audible.
 */
const mendedLoss = 10;

/**
 * Computes the rating R of ITU-T G.107 (the E-model) from delay and loss, with the default values of G.107 for everything else. Pure.
 * @param delayMs - delay from mouth to ear, in milliseconds
 * @param missingPercent - share of missing sound, in percent
 * @returns 0 to 93.2; above 80, users are satisfied; below 60, nearly all are dissatisfied
 */
export function transmissionRating(delayMs: number, missingPercent: number): number {
    // Linear approximation by Cole and Rosenbluth of G.107's delay impairment. The error is below 1 up to 400 ms.
    const delay = 0.024 * delayMs + 0.11 * Math.max(0, delayMs - turnMs);
    // G.107, formula 7-29, without an impairment by the codec itself, and with random loss.
    const loss = (95 * missingPercent) / (missingPercent + lossRobustness);
    return Math.max(0, undisturbed - delay - loss);
}

/**
 * Grades a link. Pure.
 * @param facts - measurements of the last seconds
 * @returns the grade; `unknown` while there is no round-trip time, and while nothing is received, since an idle link cannot be graded
 */
export function linkQuality({ roundTripMs, bufferMs, lossPercent, missingPercent, sendMode }: IQualityFacts): LinkQuality {
    if (roundTripMs === null || lossPercent === null) {
        return "unknown";
    }
    const rating = transmissionRating(codingMs + roundTripMs / 2 + (bufferMs ?? 0), missingPercent ?? lossPercent);
    // A link on which our voice cannot be sent in `full` mode is not excellent for its receiver.
    const isUndisturbed = lossPercent < mendedLoss && (sendMode ?? "full") === "full";
    // Limits of G.109, table 1.
    return rating >= 80 && isUndisturbed ? "excellent" : rating >= 70 ? "good" : rating >= 60 ? "poor" : "bad";
}
