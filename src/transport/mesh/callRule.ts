import { isCallerOf } from "../../../protocol/callOrder.js";
import type { IPlanePeer } from "../mediaPlane.js";

/**
 * True if a call can be made now: by the one of two whose part it is, as soon as the other can be called. Pure.
 * @param self - the local peer
 * @param other - the remote one
 * @returns whether the local peer makes the call
 */
export function shouldCall(self: Pick<IPlanePeer, "order">, other: Pick<IPlanePeer, "order" | "ready">): boolean {
    return isCallerOf(self, other) && other.ready;
}
