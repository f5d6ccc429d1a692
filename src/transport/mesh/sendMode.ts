import type { SendMode } from "../linkFacts.js";

/** One report of the receiving end on our packets. */
export interface ISendReport {
    /** Packets that did not arrive, in percent. */
    readonly lossPercent: number;
    /** Round trip to the other end, in milliseconds; null = not known. */
    readonly roundTripMs: number | null;
}

/** Means against loss that a link has. */
export interface ISendAbilities {
    /** Both ends know RED, and it is wanted. */
    readonly redundancy: boolean;
    /** There is a lower rate, and it is wanted. */
    readonly narrowing: boolean;
}

/** Mode of a link, and the history that the next one is decided from. */
export interface ISendState {
    readonly mode: SendMode;
    /** The next report is about the time before the last change, too, and says nothing. */
    readonly settling: boolean;
    /** Loss that led to the mode, in percent. */
    readonly lossBefore: number;
    /** Shortest round trip, in milliseconds: what is above it has waited in a queue. */
    readonly lowestMs: number | null;
    /** Good reports in a row. */
    readonly clean: number;
    /** Reports of loss in a row. */
    readonly lossy: number;
    /** Good reports in a row after which full sending is tried again. */
    readonly patience: number;
    /** Reports for which redundancy is not tried again, because the line could not carry it. */
    readonly barred: number;
}

/** Loss from which packets are worth sending twice, in percent. Error correction of Opus mends less for speech, and nothing for music and tones. */
const redundantLoss = 5;
/** Reports of loss in a row until it is sent twice: at the first one, a queue that has just grown may not be known yet. */
const lossyReports = 2;
/** Loss below which redundancy is not needed any more, in percent. */
const goodLoss = 2;
/** Loss that, together with a queue, means that the line takes no more, in percent. */
const overloadLoss = 3;
/** Wait in a queue that means that the line is full, in milliseconds. On lines of 50 and 30 kbit/s 160 to 330 were measured, on free ones under 5. */
const queueLimitMs = 80;
/** Growth of the shortest round trip with each report, in milliseconds: a path that has become 80 ms longer for good is believed after a minute and a half. */
const forgottenMs = 5;
/** Additional loss that tells that the line cannot carry the redundancy, in percent. Random loss of 30 % differs by less in a report of 250 packets. */
const redundancyOverload = 10;
/** Reports come every five seconds: half a minute first, four minutes at most. */
const firstPatience = 6;
const mostPatience = 48;

/** A link that was just made. */
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
 * Decides how a link sends from now on: twice where packets get lost without a queue, at a low rate where there is one. Each way back takes some
 * good reports, and more of them the oftener it was in vain. Pure.
 * @param state - what held until now
 * @param report - of the receiving end
 * @param abilities - what may be done
 * @returns what holds from now on
 */
export function nextSendState(state: ISendState, report: ISendReport, abilities: ISendAbilities): ISendState {
    const { lossPercent: loss, roundTripMs } = report;
    const { mode, lossBefore, patience } = state;
    // A path that has become longer for good looks like a queue until the shortest round trip is forgotten.
    const lowestMs = roundTripMs === null ? state.lowestMs : Math.min((state.lowestMs ?? roundTripMs) + forgottenMs, roundTripMs);
    const lossy = loss >= redundantLoss && !state.settling ? state.lossy + 1 : 0;
    const seen: ISendState = { ...state, settling: false, lowestMs, lossy, barred: Math.max(0, state.barred - 1) };
    const isQueueing = roundTripMs !== null && lowestMs !== null && roundTripMs - lowestMs >= queueLimitMs;
    const isHeavier = loss >= lossBefore + redundancyOverload;
    // A line that gets worse at once need not settle.
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
        // Not the rate, or not the rate alone, is the cause. A delay that a low rate does not shorten is no queue.
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
