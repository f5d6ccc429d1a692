import { safeParse } from "valibot";
import { isCallerOf } from "../../../protocol/callOrder.js";
import { signal as signalSchema } from "../../../protocol/schemas.js";
import { ProtocolError } from "../protocolError.js";
import type { ILivePeer, PeerDirectory } from "../rooms/voice/peerDirectory.js";
import type { CallBook } from "./callBook.js";

/** Most levels of nesting in a payload. PeerJS uses at most four; a far deeper payload could not be serialized to JSON again. */
const maxDepth = 16;

/** Signalling message as PeerServer parses it. Each field can have any type. */
export interface ISignal {
    type?: unknown;
    dst?: unknown;
    payload?: unknown;
}

/** Context in which a message is judged. */
export interface ISignalScene {
    /** Peers of all RTC rooms. */
    readonly peers: PeerDirectory;
    /** Calls of the sender's RTC room. */
    readonly calls: CallBook;
    /** True while that peer's signalling socket is open, and the peer reads its messages in time. */
    readonly isReachable: (peerId: string) => boolean;
}

/** `passes`; `dropped`, for a mistake that an honest client can make; an error, for a message that our client never sends. */
export type SignalVerdict = "passes" | "dropped" | ProtocolError;

/**
 * Decides whether a signalling message may pass. Allowed are heartbeats, offers of audio calls from the calling side of a pair, one answer to each
 * offer, and ICE candidates. The receiver must be in the same RTC room, not blocked, and reachable, because PeerServer queues messages to absent
 * peers without limit.
 * @param sender - sender of the message
 * @param signal - the message
 * @param scene - context; messages that pass are counted in it
 * @returns the verdict
 */
export function judge(sender: ILivePeer, signal: ISignal, { peers, calls, isReachable }: ISignalScene): SignalVerdict {
    const { success, output } = safeParse(signalSchema, signal, { abortEarly: true });
    if (!success) {
        // An offer of a data connection is refused: a browser that receives one creates a peer connection at once.
        return signal.type === "OFFER" ? new ProtocolError("forbidden", "Signalling supports only audio calls.") : "dropped";
    }
    if (output.type === "HEARTBEAT") {
        return "passes";
    }
    const { type, dst, payload } = output;
    const receiver = peers.get(dst);
    if (
        receiver?.room !== sender.room ||
        receiver === sender ||
        sender.room.isBlocked(sender.id, receiver.id) ||
        !isReachable(dst) ||
        isDeeper(signal.payload, maxDepth)
    ) {
        return "dropped";
    }
    switch (type) {
        case "OFFER":
            if (!isCallerOf(sender, receiver)) {
                return new ProtocolError("forbidden", "Only the member of the pair who joined later may call.");
            }
            return calls.offer(sender, receiver, payload.connectionId)
                ? "passes"
                : new ProtocolError("rateLimited", "Too many calls from one member.");
        case "ANSWER":
            return calls.answer(sender, receiver, payload.connectionId) ? "passes" : "dropped";
        case "CANDIDATE":
            return calls.candidate(sender, receiver) ? "passes" : "dropped";
    }
}

function isDeeper(value: unknown, depth: number): boolean {
    if (typeof value !== "object" || value === null) {
        return false;
    }
    return depth === 0 || Object.values(value).some((item) => isDeeper(item, depth - 1));
}
