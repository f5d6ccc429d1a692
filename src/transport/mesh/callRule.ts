import type { IPlanePeer } from "../mediaPlane.js";

/**
 * Who calls whom: the one who came later calls, as soon as the other can be called. Pure, and the same on both ends, so two never call each other at once.
 * @param self - the local peer
 * @param other - the remote one
 * @returns whether the local peer makes the call
 */
export function shouldCall(self: Pick<IPlanePeer, "order">, other: Pick<IPlanePeer, "order" | "ready">): boolean {
    return isCallerOf(self, other) && other.ready;
}

/**
 * @param caller - the one who would call
 * @param callee - the one who would answer
 * @returns whether it is the caller's part to call
 */
export function isCallerOf(caller: Pick<IPlanePeer, "order">, callee: Pick<IPlanePeer, "order">): boolean {
    return caller.order > callee.order;
}
