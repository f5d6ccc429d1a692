import { callRate } from "../../../protocol/callOrder.js";
import { CallBucket } from "./callBucket.js";

/** Maximum number of candidates of one call, and of calls of one peer whose candidates arrive before the call. */
const maxCandidates = 400;
const maxEarlyCalls = 8;

/** Maximum number of peers with a stored history: as many as a room can have members. */
const maxPeers = 1_000;

/** Signalling history of one peer. */
interface IHistory {
    readonly offers: CallBucket;
    earlyCalls: number;
    /** Connection id of our call that waits for an answer. */
    asked: string | null;
    /** Number of candidates by connection id: of our call, of the peer's call, and of calls that have not arrived yet. */
    readonly candidates: Map<string, number>;
}

/** Checked part of a message. Every value is untrusted and can have any type. */
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
 * Filters signalling messages before PeerJS handles them. PeerJS creates a peer connection for every offered data connection, although a page can
 * create only about 500, and stores messages that belong to no call. The guard lets pass audio calls, one answer to each of our calls, and
 * candidates, each up to a limit.
 */
export class SignalGuard {
    private readonly _peers = new Map<string, IHistory>();
    private readonly _now: () => number;

    /** @param now - the clock, in milliseconds */
    public constructor(now: () => number) {
        this._now = now;
    }

    /**
     * Records a call of ours.
     * @param peerId - peer id of the called peer
     * @param connectionId - PeerJS' id of the call
     */
    public called(peerId: string, connectionId: string): void {
        const history = this._historyOf(peerId);
        history.asked = connectionId;
        begin(history, connectionId);
    }

    /**
     * @param message - received message; can be any value
     * @returns true if PeerJS may handle the message
     */
    public passes(message: unknown): boolean {
        const { type, src, payload } = (message ?? {}) as IRawSignal;
        if (type === "OPEN" || type === "ERROR" || type === "ID-TAKEN" || type === "INVALID-KEY") {
            // Messages of the server itself. The server does not forward such messages from members.
            return true;
        }
        const id = payload?.connectionId;
        if (typeof src !== "string" || typeof id !== "string" || payload?.type !== "media") {
            return false;
        }
        const history = this._historyOf(src);
        switch (type) {
            case "OFFER":
                return isObject(payload.sdp) && takesOffer(history, id);
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
        const made = { offers: new CallBucket(callRate, this._now), earlyCalls: maxEarlyCalls, asked: null, candidates: new Map() };
        this._peers.set(peerId, made);
        return made;
    }
}

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;

/** Starts the count of candidates for a new call. A pair has one call at a time, so other counts are dropped. */
function begin({ candidates }: IHistory, id: string): void {
    const early = candidates.get(id) ?? 0;
    candidates.clear();
    candidates.set(id, early);
}

function takesOffer(history: IHistory, id: string): boolean {
    const allowed = history.offers.take() === 0;
    if (allowed) {
        begin(history, id);
    }
    return allowed;
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
