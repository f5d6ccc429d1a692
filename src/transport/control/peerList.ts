import type { IRtcPeer, IRtcServerMessages } from "../../../protocol/wire.js";
import type { MessageOf } from "../../interop/serverRoom.js";

/** Everybody in the RTC room by member id, in join order, oneself included. */
export type PeerList = ReadonlyMap<string, IRtcPeer>;

/** Before the welcome. */
export const noPeers: PeerList = new Map();

/**
 * What the list becomes when the server says something. Pure.
 * @param list - the list so far; it is not changed
 * @param message - what the server said
 * @returns the new list, or the same object if the message does not concern it
 */
export function withMessage(list: PeerList, message: MessageOf<IRtcServerMessages>): PeerList {
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
