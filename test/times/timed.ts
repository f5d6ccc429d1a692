/** Kind of wait that is measured in addition to tests and hooks. */
type Wait = "browser" | "page" | "server" | "until";

declare global {
    /** Records a wait for `npm run test:times`. Set by timedEnvironment.cjs. */
    var noteWait: ((kind: string, name: string, ms: number) => void) | undefined;
}

/** Runs a slow step and records its duration. */
export async function timedAsync<T>(kind: Wait, name: string, work: () => Promise<T>): Promise<T> {
    const begin = performance.now();
    try {
        return await work();
    } finally {
        globalThis.noteWait?.(kind, name, performance.now() - begin);
    }
}
