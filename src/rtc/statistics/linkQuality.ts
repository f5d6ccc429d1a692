import type { SendMode } from "../../transport/linkFacts.js";

/**
 * Grade of a link for conversation, by the classes of ITU-T G.109: `excellent` = satisfied or better, `good` = some are dissatisfied,
 * `poor` = many are, `bad` = nearly all are. `unknown`: not measured yet, or nothing comes.
 */
export type LinkQuality = "excellent" | "good" | "poor" | "bad" | "unknown";

/** Inputs of the grade. */
export interface IQualityFacts {
    /** Round trip to the other end, in milliseconds; null = not known. */
    readonly roundTripMs: number | null;
    /** Delay in the receive buffer, in milliseconds; null = not known. */
    readonly bufferMs: number | null;
    /** Packets that did not come, in percent; null = nothing came. */
    readonly lossPercent: number | null;
    /** Share of sound that was concealed, in percent; null = not known: then the loss is taken. */
    readonly missingPercent: number | null;
    /** Mode that our voice is sent in; null = not known. */
    readonly sendMode: SendMode | null;
}

/** Rating of an undisturbed connection: G.107's, with its default values. */
const undisturbed = 93.2;
/** A frame of 20 ms, and 6.5 ms that Opus looks ahead (RFC 6716, section 2.1.7 and 4.2.9), in milliseconds. */
const codingMs = 26.5;
/** From here on delay disturbs the taking of turns, in milliseconds (Cole and Rosenbluth, Voice over IP performance monitoring, 2001). */
const turnMs = 177.3;
/** Robustness of the codec against random loss (Bpl): Opus with error correction. G.113 has no figure for Opus; 20 is what ggarber/rtcscore takes (G.711 with concealment has 25.1). */
const lossRobustness = 20;
/**
 * From here on no line is excellent however well its loss is mended, in percent: what error correction mends is rougher than what was lost, and the next
 * loss of several packets in a row is heard.
 */
const mendedLoss = 10;

/**
 * The rating R of ITU-T G.107 (the E-model) from delay and loss, all else as its default values have it. Pure.
 * @param delayMs - from mouth to ear
 * @param missingPercent - of what should have been heard
 * @returns 0 to 93.2; above 80 people are satisfied, below 60 nearly nobody is
 */
export function transmissionRating(delayMs: number, missingPercent: number): number {
    // Cole and Rosenbluth's straight lines for G.107's delay impairment, within 1 of it up to 400 ms.
    const delay = 0.024 * delayMs + 0.11 * Math.max(0, delayMs - turnMs);
    // G.107, formula 7-29 with no impairment by the codec itself and with losses at random.
    const loss = (95 * missingPercent) / (missingPercent + lossRobustness);
    return Math.max(0, undisturbed - delay - loss);
}

/**
 * One grade for a link. Pure.
 * @param facts - of the last seconds
 * @returns the grade; `unknown` while there is no round trip time, and while nothing comes: a line that carries nothing shows nothing
 */
export function linkQuality({ roundTripMs, bufferMs, lossPercent, missingPercent, sendMode }: IQualityFacts): LinkQuality {
    if (roundTripMs === null || lossPercent === null) {
        return "unknown";
    }
    const rating = transmissionRating(codingMs + roundTripMs / 2 + (bufferMs ?? 0), missingPercent ?? lossPercent);
    // A line that makes us send our voice otherwise is not excellent for those who hear it.
    const isUndisturbed = lossPercent < mendedLoss && (sendMode ?? "full") === "full";
    // The limits of G.109, table 1.
    return rating >= 80 && isUndisturbed ? "excellent" : rating >= 70 ? "good" : rating >= 60 ? "poor" : "bad";
}
