/** Calls of one peer: so many at once, and one more in so many milliseconds. Somewhat above what the server passes on, so that it takes part only where that lets us down. */
const offersAtOnce = 10;
const offerEveryMs = 2_000;

/** Candidates of one call, and calls of one peer whose candidates came before they did. */
const maxCandidates = 400;
const maxEarlyCalls = 8;

/** Peers that are remembered: as many as a room can hold. */
const maxPeers = 1_000;

/** Signalling history of one peer. */
interface IHistory {
    offers: number;
    at: number;
    earlyCalls: number;
    /** Our call that waits for an answer. */
    asked: string | null;
    /** Candidates by the name of their call: ours, theirs, and one that has yet to come. */
    readonly candidates: Map<string, number>;
}

/** As much of a message as is looked at; any of it can be anything. */
interface IRawSignal {
    readonly type?: unknown;
    readonly src?: unknown;
    readonly payload?: {
        readonly type?: unknown;
        readonly connectionId?: unknown;
        readonly sdp?: unknown;
        readonly candidate?: unknown;
    } | null;
}

/**
 * Looks at signalling before PeerJS does. PeerJS builds a connection for data that anybody offers, of which a page can make only some 500, and keeps
 * whatever belongs to no call. Passed on are audio calls, one answer to each of ours, and their candidates, all of them counted.
 */
export class SignalGuard {
    private readonly _peers = new Map<string, IHistory>();
    private readonly _now: () => number;

    /** @param now - the clock, in milliseconds */
    public constructor(now: () => number) {
        this._now = now;
    }

    /**
     * Takes down a call of ours.
     * @param peerId - whom we call
     * @param connectionId - PeerJS' name of the call
     */
    public called(peerId: string, connectionId: string): void {
        const history = this._historyOf(peerId);
        history.asked = connectionId;
        begin(history, connectionId);
    }

    /**
     * @param message - what came: any value at all
     * @returns whether PeerJS may see it
     */
    public passes(message: unknown): boolean {
        const { type, src, payload } = (message ?? {}) as IRawSignal;
        if (type === "OPEN" || type === "ERROR" || type === "ID-TAKEN" || type === "INVALID-KEY") {
            // The server's own, which passes on none of a member's.
            return true;
        }
        const id = payload?.connectionId;
        if (typeof src !== "string" || typeof id !== "string" || payload?.type !== "media") {
            return false;
        }
        const history = this._historyOf(src);
        switch (type) {
            case "OFFER":
                return isObject(payload.sdp) && this._takesOffer(history, id);
            case "ANSWER":
                return isObject(payload.sdp) && takesAnswer(history, id);
            case "CANDIDATE":
                return isObject(payload.candidate) && takesCandidate(history, id);
            default:
                return false;
        }
    }

    private _historyOf(peerId: string): IHistory {
        const found = this._peers.get(peerId);
        if (found) {
            return found;
        }
        const [oldest] = this._peers.keys();
        if (oldest !== undefined && this._peers.size >= maxPeers) {
            this._peers.delete(oldest);
        }
        const made = { offers: offersAtOnce, at: this._now(), earlyCalls: maxEarlyCalls, asked: null, candidates: new Map() };
        this._peers.set(peerId, made);
        return made;
    }

    private _takesOffer(history: IHistory, id: string): boolean {
        const now = this._now();
        history.offers = Math.min(history.offers + (now - history.at) / offerEveryMs, offersAtOnce);
        history.at = now;
        if (history.offers < 1) {
            return false;
        }
        history.offers -= 1;
        begin(history, id);
        return true;
    }
}

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;

/** A pair has one call at a time. */
function begin({ candidates }: IHistory, id: string): void {
    const early = candidates.get(id) ?? 0;
    candidates.clear();
    candidates.set(id, early);
}

function takesAnswer(history: IHistory, id: string): boolean {
    const asked = history.asked === id;
    if (asked) {
        history.asked = null;
    }
    return asked;
}

function takesCandidate(history: IHistory, id: string): boolean {
    const { candidates } = history;
    const count = candidates.get(id) ?? 0;
    if (count === 0 && !candidates.has(id) && --history.earlyCalls < 0) {
        return false;
    }
    candidates.set(id, count + 1);
    return count < maxCandidates;
}
