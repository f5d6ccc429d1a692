import type { IRtcPeer, IRtcServerMessages } from "../../../protocol/wire.js";
import type { MessageOf } from "../../interop/serverRoom.js";
import type { IPlanePeer } from "../mediaPlane.js";
import type { VoiceInterest } from "../voiceTransport.js";

/** Everybody in the RTC room by member id, in join order, oneself included. */
export type PeerList = ReadonlyMap<string, IRtcPeer>;

/** State of an RTC room as its server tells it to us. Every change is a new object. */
export interface IControlState {
    /** Everybody, oneself included. */
    readonly peers: PeerList;
    /** Ids of those between whom and us nothing passes. */
    readonly blocked: ReadonlySet<string>;
    /** How much of our voice the others ask for, by member id; who is missing asks for all of it (`on`). */
    readonly wanted: ReadonlyMap<string, VoiceInterest>;
}

/** Before the welcome. */
export const noPeers: PeerList = new Map();

/**
 * What the list becomes when the server says something. Pure.
 * @param list - the list so far; it is not changed
 * @param message - what the server said
 * @returns the new list, or the same object if the message does not concern it
 */
export function peersAfter(list: PeerList, message: MessageOf<IRtcServerMessages>): PeerList {
    switch (message.type) {
        case "welcome":
            return new Map(message.payload.peers.map((peer) => [peer.id, peer]));
        case "peerJoined":
        case "peerChanged":
            return new Map(list).set(message.payload.id, message.payload);
        case "peerLeft": {
            // A member who came again has a new peer id; the news that the old one left is not about the new one.
            if (list.get(message.payload.id)?.peerId !== message.payload.peerId) {
                return list;
            }
            const next = new Map(list);
            next.delete(message.payload.id);
            return next;
        }
        default:
            return list;
    }
}

/**
 * Whether what a peer sends may be heard, whatever it is: both ends look at this, so that neither depends on the other's good will. Pure.
 * @param sender - who sends
 * @returns false for whoever may not publish or was muted by a moderator
 */
export function mayBeHeard(sender: Pick<IRtcPeer, "mayPublish" | "muted"> | undefined): boolean {
    return sender?.mayPublish === true && sender.muted !== "moderator";
}

/**
 * Whether a peer may get anything of anybody. Pure.
 * @param receiver - who would hear
 * @returns whether they may
 */
export function mayHear(receiver: Pick<IRtcPeer, "maySubscribe"> | undefined): boolean {
    return receiver?.maySubscribe === true;
}

/**
 * Verdicts for a media plane: with whom it may link, and what may flow. Blocked members are left out. Pure.
 * @param state - of the RTC room
 * @param selfId - our own member id
 * @param publishing - whether we offer a voice at all
 * @returns the peers by member id, in the order of joining, without oneself
 */
export function planePeers(
    { peers, blocked, wanted }: IControlState,
    selfId: string,
    publishing: boolean,
): ReadonlyMap<string, IPlanePeer> {
    const hearing = mayHear(peers.get(selfId));
    const verdict = (id: string, peer: IRtcPeer): VoiceInterest => {
        const interest = wanted.get(id) ?? "on";
        return interest === "on" && !(publishing && mayHear(peer)) ? "warm" : interest;
    };
    return new Map(
        [...peers]
            .filter(([id]) => id !== selfId && !blocked.has(id))
            .map(([id, peer]) => {
                const { peerId, name, order, ready, ridesData } = peer;
                const receive = hearing && mayBeHeard(peer);
                return [id, { peerId, name, order, ready, ridesData, send: verdict(id, peer), receive }];
            }),
    );
}
