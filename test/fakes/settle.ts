const { setImmediate: nextTurn } = globalThis;

/** Waits until the handlers of settled promises have run, and those of promises that they settle. Advances no clock and no fake timers. */
export async function settleAsync(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) {
        await new Promise<void>((resolve) => nextTurn(resolve));
    }
}
