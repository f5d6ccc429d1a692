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

/**
 * Rate limit of calls between two users. A client that retries makes 8 calls in the first 23 s; one that leaves and joins repeatedly makes about 1 per
 * second.
 */
export const callRate = { perSecond: 1, burst: 40 };

/** Maximum number of calls that a client prepares while it enters an RTC room. */
export const maxCallees = 4;
