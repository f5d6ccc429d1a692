const { setImmediate: nextTurn } = globalThis;

/** Lets everything run that is ready to run: promises and what follows from them. No clock moves, and faked timers stay where they are. */
export async function settleAsync(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) {
        await new Promise<void>((resolve) => nextTurn(resolve));
    }
}
