const { setImmediate: nextTurn } = globalThis;

/** Waits until settled promises and their follow-up work have run. Advances no clock and no fake timers. */
export async function settleAsync(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) {
        await new Promise<void>((resolve) => nextTurn(resolve));
    }
}
