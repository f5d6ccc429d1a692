import type { IRtcPeer } from "../../../protocol/wire.js";
import type { IPlanePeer } from "../mediaPlane.js";
import type { VoiceInterest } from "../voiceTransport.js";
import type { IControlState } from "./controlSession.js";

/**
 * Checks whether the RTC room lets a peer be heard. Sender and receiver both check this, so that a modified client at one end gains nothing. Pure.
 * @param sender - the sending peer
 * @returns false if the peer is undefined, may not publish or is muted by a moderator
 */
export function mayBeHeard(sender: Pick<IRtcPeer, "mayPublish" | "muted"> | undefined): boolean {
    return sender?.mayPublish === true && sender.muted !== "moderator";
}

/**
 * Checks whether the RTC room lets a peer hear the others. Pure.
 * @param receiver - the receiving peer
 * @returns true if the peer may subscribe
 */
export function mayHear(receiver: Pick<IRtcPeer, "maySubscribe"> | undefined): boolean {
    return receiver?.maySubscribe === true;
}

/**
 * Verdicts for a media plane: which peers to link with, and what to send and receive. Blocked members are left out. Pure.
 * @param state - of the RTC room
 * @param selfId - our own member id
 * @param publishing - true = we offer a voice; false = nothing is sent
 * @returns the peers by member id, in join order, without the local member
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
                const { peerId, name, order, ready, dataInRtp } = peer;
                const receive = hearing && mayBeHeard(peer);
                return [id, { peerId, name, order, ready, dataInRtp, send: verdict(id, peer), receive }];
            }),
    );
}
