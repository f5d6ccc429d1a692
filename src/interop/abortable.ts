import { Observable } from "rxjs";

/**
 * Waits no longer than the signal allows, even for a promise that knows nothing of signals.
 * @param promise - what to wait for; it goes on by itself if the signal fires first
 * @param signal - ends the wait
 * @returns what the promise gives; rejects with the signal's reason if that fires first
 */
export function orAbortedAsync<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
        const abort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
        if (signal.aborted) {
            abort();
        }
        signal.addEventListener("abort", abort, { once: true });
        void promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    });
}

/**
 * Gives what a promise comes to as a stream: it begins with the subscription, and unsubscribing cancels it.
 * @param startAsync - begins; its signal fires on unsubscription
 * @returns cold; emits once and does not complete, so that unsubscribing is the one end. Errors as the promise rejects.
 */
export function abortable$<T>(startAsync: (signal: AbortSignal) => Promise<T>): Observable<T> {
    return new Observable<T>((subscriber) => {
        const abort = new AbortController();
        startAsync(abort.signal).then(
            (value) => subscriber.next(value),
            (error: unknown) => subscriber.error(error),
        );
        return () => abort.abort();
    });
}

/**
 * Waits for a while.
 * @param milliseconds - how long
 * @param signal - ends the wait
 * @returns a promise that resolves then; rejects with the signal's reason if that fires first
 */
export async function waitAsync(milliseconds: number, signal: AbortSignal): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
        await orAbortedAsync(
            new Promise<void>((resolve) => {
                timer = setTimeout(resolve, milliseconds);
            }),
            signal,
        );
    } finally {
        clearTimeout(timer);
    }
}
