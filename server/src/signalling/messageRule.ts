import { safeParse } from "valibot";
import { isCallerOf } from "../../../protocol/callOrder.js";
import { signal as signalSchema } from "../../../protocol/schemas.js";
import { ProtocolError } from "../protocolError.js";
import type { ILivePeer, PeerDirectory } from "../rooms/voice/peerDirectory.js";
import type { CallBook } from "./callBook.js";

/** PeerJS nests no deeper than four; what is far deeper could not be written as JSON again. */
const maxDepth = 16;

/** Message as PeerServer parses it from a client's text. Any field can be of any type. */
export interface ISignal {
    type?: unknown;
    dst?: unknown;
    payload?: unknown;
}

/** Context of the rule beside the message. */
export interface ISignalScene {
    /** Peers that are there. */
    readonly peers: PeerDirectory;
    /** Calls of the sender's RTC room. */
    readonly calls: CallBook;
    /** True while that peer's signalling socket stands. */
    readonly isReachable: (peerId: string) => boolean;
}

/** `passes`; `dropped`, as a mistake that an honest client can make; or why, for what no client of ours sends. */
export type SignalVerdict = "passes" | "dropped" | ProtocolError;

/**
 * The one rule of signalling: heartbeats; and to somebody who is in the same RTC room now, can be reached now, and has nothing against it: audio
 * calls by the one of the two whose part it is, an answer to each, and their candidates. PeerServer would keep messages to the absent without
 * limit, so there are none.
 * @param sender - who sends
 * @param signal - what
 * @param scene - who is there, and what was sent before; what passes is counted
 * @returns whether it may pass
 */
export function judge(sender: ILivePeer, signal: ISignal, { peers, calls, isReachable }: ISignalScene): SignalVerdict {
    const { success, output } = safeParse(signalSchema, signal, { abortEarly: true });
    if (!success) {
        // A browser builds a connection for data as soon as it is offered one.
        return signal.type === "OFFER" ? new ProtocolError("forbidden", "Only audio calls are passed on in signalling.") : "dropped";
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
                return new ProtocolError("forbidden", "Of two members the one who came later calls the other.");
            }
            return calls.offer(sender, receiver, payload.connectionId)
                ? "passes"
                : new ProtocolError("rateLimited", "Too many calls of one member.");
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
