import type { SendMode } from "../linkFacts.js";

/** One report of the receiving end about our packets. */
export interface ISendReport {
    /** Packets that did not arrive, in percent. */
    readonly lossPercent: number;
    /** Round-trip time to the other end, in milliseconds; null = not known. */
    readonly roundTripMs: number | null;
    /** Shortest round-trip time of the path since the previous report, in milliseconds; Infinity = not known. Default: Infinity. */
    readonly shortestMs?: number;
}

/** Send modes that a link can use besides `full`. */
export interface ISendAbilities {
    /** True if both ends support RED, and the settings allow it. */
    readonly redundancy: boolean;
    /** True if the mode `narrow` would lower the rate, and the settings allow it. */
    readonly narrowing: boolean;
}

/** Send mode of a link, and the history for deciding the next mode. */
export interface ISendState {
    readonly mode: SendMode;
    /** True if the next report also covers the time before the last change. It is then ignored, unless the line has become much worse. */
    readonly settling: boolean;
    /** Loss that led to the current mode, in percent. */
    readonly lossBefore: number;
    /** Shortest round-trip time, in milliseconds; grows slowly, see `forgottenMs`. Time above it was spent in a queue. */
    readonly lowestMs: number | null;
    /** Good reports in a row. */
    readonly clean: number;
    /** Reports of loss in a row. */
    readonly lossy: number;
    /** Good reports in a row after which `full` is tried again. */
    readonly patience: number;
    /** Remaining reports for which `redundant` is not tried again, because the line could not carry it. */
    readonly barred: number;
}

/** Minimum loss for sending packets twice, in percent. The error correction of Opus repairs less for speech, and nothing for music and tones. */
const redundantLoss = 5;
/** Reports of loss in a row before packets are sent twice. At the first report, a queue that has just started to grow may not be detectable yet. */
const lossyReports = 2;
/** Loss below which redundancy is no longer needed, in percent. */
const goodLoss = 2;
/** Loss that, together with a queue, means that the line is overloaded, in percent. */
const overloadLoss = 3;
/** Minimum queueing delay of a full line, in milliseconds. Measured: 160 to 330 on lines of 50 and 30 kbit/s, under 5 on free lines. */
const queueLimitMs = 80;
/** Increase of the shortest round-trip time per report (every 5 s), in milliseconds. A path that is now 170 ms longer looks like a queue for 90 s. */
const forgottenMs = 5;
/** Additional loss, in percentage points, on a line that cannot carry the redundancy. Random loss of 30 % varies by less in 250 packets. */
const redundancyOverload = 10;
/** Initial and maximum number of good reports before `full` is tried again. With a report every five seconds: half a minute, and four minutes. */
const firstPatience = 6;
const mostPatience = 48;

/** Send state of a new link. */
export const firstSendState: ISendState = Object.freeze({
    mode: "full",
    settling: false,
    lossBefore: 0,
    lowestMs: null,
    clean: 0,
    lossy: 0,
    patience: firstPatience,
    barred: 0,
});

/**
 * Decides the next send mode of a link: `redundant` on packet loss without a queue, `narrow` on packet loss with a queue. The return to `full` needs several
 * good reports. Their number doubles with each return, and halves again while `full` works. Pure.
 * @param state - state so far
 * @param report - report of the receiving end
 * @param abilities - modes that the link can use
 * @returns the next state
 */
export function nextSendState(state: ISendState, report: ISendReport, abilities: ISendAbilities): ISendState {
    const { lossPercent: loss, roundTripMs, shortestMs = Infinity } = report;
    const { mode, lossBefore, patience } = state;
    // A path that is now permanently longer looks like a queue until the shortest round-trip time has increased.
    const lowestMs =
        roundTripMs === null ? state.lowestMs : Math.min((state.lowestMs ?? roundTripMs) + forgottenMs, roundTripMs, shortestMs);
    const lossy = loss >= redundantLoss && !state.settling ? state.lossy + 1 : 0;
    const seen: ISendState = { ...state, settling: false, lowestMs, lossy, barred: Math.max(0, state.barred - 1) };
    const isQueueing = roundTripMs !== null && lowestMs !== null && roundTripMs - lowestMs >= queueLimitMs;
    const isHeavier = loss >= lossBefore + redundancyOverload;
    // If the line gets worse at once, the report counts even while settling.
    if (state.settling && !(mode === "redundant" && isQueueing && isHeavier)) {
        return seen;
    }
    const isOverloaded = isQueueing && loss >= overloadLoss;
    const mayRepeat = abilities.redundancy && seen.barred === 0;
    const go = (to: SendMode, more: Partial<ISendState> = {}): ISendState => ({
        ...seen,
        mode: to,
        settling: true,
        lossBefore: loss,
        clean: 0,
        lossy: 0,
        ...more,
    });
    const doubled = Math.min(mostPatience, 2 * patience);
    const counted: ISendState = {
        ...seen,
        clean: loss < (mode === "narrow" ? redundantLoss : goodLoss) && !isQueueing ? state.clean + 1 : 0,
    };

    if (mode === "full") {
        if (isOverloaded) {
            return abilities.narrowing ? go("narrow") : seen;
        }
        if (lossy >= lossyReports && mayRepeat) {
            return go("redundant");
        }
        return counted.clean < 2 * patience ? counted : { ...counted, clean: 0, patience: Math.max(firstPatience, patience / 2) };
    }
    if (mode === "redundant" && (isOverloaded || isHeavier)) {
        return go(abilities.narrowing ? "narrow" : "full", { barred: 2 * patience, patience: doubled });
    }
    if (mode === "narrow" && loss >= redundantLoss) {
        // The rate is not the cause of the loss, or not the only one. A delay that a low rate does not shorten is not a queue.
        const isVain = loss > lossBefore / 2;
        const more = { lowestMs: isVain ? (roundTripMs ?? lowestMs) : lowestMs };
        if (mayRepeat && (isVain || !isQueueing)) {
            return go("redundant", more);
        }
        if (!abilities.redundancy && isVain) {
            return go("full", more);
        }
    }
    return counted.clean < patience ? counted : go("full", { patience: doubled });
}
