import { is } from "valibot";
import { signal as signalSchema } from "../../../protocol/schemas.js";
import type { ILivePeer, PeerDirectory } from "../rooms/voice/peerDirectory.js";

/** PeerJS nests no deeper than four; what is far deeper could not be written as JSON again. */
const maxDepth = 16;

/** What PeerServer makes of a client's text. Any of it can be anything. */
export interface ISignal {
    type?: unknown;
    dst?: unknown;
    payload?: unknown;
}

/**
 * The one rule of signalling: heartbeats, and what PeerJS says to somebody who is in the same RTC room now, can be reached now, and has
 * nothing against it. PeerServer would keep messages to the absent without limit, so there are none.
 * @param sender - who sends
 * @param signal - what
 * @param peers - who is there
 * @param isReachable - whether that peer's signalling socket stands
 * @returns whether it may pass
 */
export function mayPass(sender: ILivePeer, signal: ISignal, peers: PeerDirectory, isReachable: (peerId: string) => boolean): boolean {
    const { payload } = signal;
    if (!is(signalSchema, signal)) {
        return false;
    }
    if (signal.type === "HEARTBEAT") {
        return true;
    }
    const receiver = peers.get(signal.dst);
    return (
        receiver?.room === sender.room &&
        !sender.room.isBlocked(sender.id, receiver.id) &&
        isReachable(signal.dst) &&
        !isDeeper(payload, maxDepth)
    );
}

function isDeeper(value: unknown, depth: number): boolean {
    if (typeof value !== "object" || value === null) {
        return false;
    }
    return depth === 0 || Object.values(value).some((item) => isDeeper(item, depth - 1));
}
