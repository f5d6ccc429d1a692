/**
 * Which of two peers calls the other: the one who came later. Pure, and the same in both browsers and on the server, so two never call each other at
 * once, and a call the wrong way is known for one.
 * @param caller - the one who would call; `order`: position in the order of joining, greater = later
 * @param callee - the one who would answer
 * @returns whether it is the caller's part to call
 */
export function isCallerOf(caller: { readonly order: number }, callee: { readonly order: number }): boolean {
    return caller.order > callee.order;
}
