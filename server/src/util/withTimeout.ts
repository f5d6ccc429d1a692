/**
 * @param promise - what is waited for; it goes on by itself if it takes too long
 * @param milliseconds - the longest wait
 * @returns what the promise gives; rejects with a `TimeoutError` after that time
 */
export async function withTimeoutAsync<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new DOMException(`Nothing came within ${milliseconds} ms.`, "TimeoutError")), milliseconds);
    });
    try {
        return await Promise.race([promise, late]);
    } finally {
        clearTimeout(timer);
    }
}
