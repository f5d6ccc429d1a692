const { setImmediate: nextTurn } = globalThis;

/** Waits for five turns of the event loop, so that chains of promise handlers run to their end. Advances no clock and no fake timers. */
export async function settleAsync(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) {
        await new Promise<void>((resolve) => nextTurn(resolve));
    }
}
