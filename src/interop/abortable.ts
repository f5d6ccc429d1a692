import { Observable } from "rxjs";

/**
 * Waits until a promise settles or a signal aborts, whichever comes first. For operations that do not accept a signal.
 * @param promise - the promise; its work continues if the signal aborts first
 * @param signal - cancels the wait
 * @returns the value of the promise; rejects with the signal's reason, as an `Error`, if the signal aborts first
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
 * Turns an asynchronous operation into an observable. The operation starts on subscription, and unsubscribing cancels it.
 * @param startAsync - starts the operation; its signal aborts on unsubscription
 * @returns a cold observable; emits the value, and then stays open until it is unsubscribed. Errors if the promise rejects.
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
 * Waits for a given time.
 * @param milliseconds - the time to wait
 * @param signal - cancels the wait
 * @returns a promise that resolves after the time; rejects with the signal's reason, as an `Error`, if the signal aborts first
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
