import type { SendMode } from "../linkFacts.js";

/** What one report of the receiving end says of what we send to it. */
export interface ISendReport {
    /** Packets that did not arrive, in percent. */
    readonly lossPercent: number;
    /** From here to the other end and back, in milliseconds; null = not known. */
    readonly roundTripMs: number | null;
}

/** What may be done about loss on a link. */
export interface ISendAbilities {
    /** Both ends know RED, and it is wanted. */
    readonly redundancy: boolean;
    /** There is a lower rate, and it is wanted. */
    readonly narrowing: boolean;
}

/** How a link sends, and what that was decided from. */
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

/** From here on lost packets are worth sending twice, in percent. Error correction of Opus mends less for speech, and nothing for music and tones. */
const redundantLoss = 5;
/** Reports of loss in a row until it is sent twice: at the first one, a queue that has just grown may not be known yet. */
const lossyReports = 2;
/** Below this, what is sent twice is not needed any more, in percent. */
const goodLoss = 2;
/** Loss that, together with a queue, means that the line takes no more, in percent. */
const overloadLoss = 3;
/** Wait in a queue that means that the line is full, in milliseconds. On lines of 50 and 30 kbit/s 160 to 330 were measured, on free ones under 5. */
const queueLimitMs = 80;
/** So much longer the shortest round trip is taken to be with each report, in milliseconds: a way that is 80 ms longer is believed after a minute and a half. */
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
 * Decides how a link sends from now on. Lost packets without a queue get company; a queue is emptied by a lower rate. Each way back takes some
 * good reports, and more of them the oftener it was in vain. Pure.
 * @param state - what held until now
 * @param report - of the receiving end
 * @param abilities - what may be done
 * @returns what holds from now on
 */
export function nextSendState(state: ISendState, report: ISendReport, abilities: ISendAbilities): ISendState {
    const { lossPercent: loss, roundTripMs } = report;
    const { mode, lossBefore, patience } = state;
    // A way that has become longer for good looks like a queue until the shortest one is forgotten.
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
        // It is not the rate, or not the rate alone. What looked like a queue, and is still there, is a longer way.
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
