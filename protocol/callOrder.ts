/**
 * Decides the calling side of a pair: the peer that joined later calls the other. Pure. Both browsers and the server get the same result, so two
 * peers never call each other at the same time, and a call in the wrong direction is detected.
 * @param caller - peer that would call; `order`: position in the join order, greater = later
 * @param callee - peer that would answer
 * @returns true if `caller` is the calling side
 */
export function isCallerOf(caller: { readonly order: number }, callee: { readonly order: number }): boolean {
    return caller.order > callee.order;
}
