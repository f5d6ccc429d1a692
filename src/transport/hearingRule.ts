import type { IRtcPeer } from "../../protocol/wire.js";

/** The part of a peer that decides who hears whom. */
type Hearing = Pick<IRtcPeer, "mayPublish" | "maySubscribe" | "muted">;

/**
 * Whether what a peer sends may be heard, whatever it is: both ends look at this, so that neither depends on the other's good will. Pure.
 * @param sender - who sends
 * @returns false for whoever may not publish or was muted by a moderator
 */
export function mayBeHeard(sender: Pick<Hearing, "mayPublish" | "muted"> | undefined): boolean {
    return sender?.mayPublish === true && sender.muted !== "moderator";
}

/**
 * Whether a peer may get anything of anybody. Pure.
 * @param receiver - who would hear
 * @returns whether they may
 */
export function mayHear(receiver: Pick<Hearing, "maySubscribe"> | undefined): boolean {
    return receiver?.maySubscribe === true;
}
