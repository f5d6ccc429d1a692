/** What a test file waits for beside its tests and hooks. */
type Wait = "browser" | "page" | "server" | "until";

declare global {
    /** Takes note of a wait, for `npm run test:times`; made by timedEnvironment.cjs. */
    var noteWait: ((kind: string, name: string, ms: number) => void) | undefined;
}

/** Does something that takes long in every browser test, and notes how long it took. */
export async function timedAsync<T>(kind: Wait, name: string, work: () => Promise<T>): Promise<T> {
    const begin = performance.now();
    try {
        return await work();
    } finally {
        globalThis.noteWait?.(kind, name, performance.now() - begin);
    }
}
