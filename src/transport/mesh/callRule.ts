import { isCallerOf } from "../../../protocol/callOrder.js";
import type { IPlanePeer } from "../mediaPlane.js";

/**
 * Decides whether the local peer calls a remote peer now: the local peer must be the caller of the pair, and the remote peer must be ready. Pure.
 * @param self - the local peer
 * @param other - the remote peer
 * @returns true if the local peer makes the call
 */
export function shouldCall(self: Pick<IPlanePeer, "order">, other: Pick<IPlanePeer, "order" | "ready">): boolean {
    return isCallerOf(self, other) && other.ready;
}
