/**
 * Waits no longer than the signal allows, even for a promise that knows nothing of signals.
 * @param promise - what to wait for; it goes on by itself if the signal fires first
 * @param signal - ends the wait
 * @returns what the promise gives; rejects with the signal's reason if that fires first
 */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
        const abort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
        if (signal.aborted) {
            abort();
        }
        signal.addEventListener("abort", abort, { once: true });
        void promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    });
}
