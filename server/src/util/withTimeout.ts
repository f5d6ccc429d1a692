/**
 * Limits the wait for a promise.
 * @param promise - the promise; it is not cancelled by the timeout
 * @param milliseconds - timeout
 * @returns the promise's value; rejects with a `TimeoutError` after the timeout
 */
export async function withTimeoutAsync<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new DOMException(`No result within ${milliseconds} ms.`, "TimeoutError")), milliseconds);
    });
    try {
        return await Promise.race([promise, late]);
    } finally {
        clearTimeout(timer);
    }
}
