import { RtcError, RtcPlugin } from "babylon-rtc";
import type { IRtcCheckOptions, IRtcCheckRow } from "babylon-rtc";

/** Options of the self-test as plain data, for calls from outside of the page. */
export interface ISelfCheckOptions extends Omit<IRtcCheckOptions, "microphone" | "token" | "rooms" | "onRow"> {
    /** `silent`: a stream of the app without any sound. Default: the browser's microphone. */
    readonly microphone?: "silent";
    /** Id of the check after whose row the self-test is cancelled. */
    readonly cancelAt?: string;
}

/** A result row as plain data. */
export interface ISeenRow extends Omit<IRtcCheckRow, "error"> {
    readonly code: string | null;
}

/** Runs the self-test. Returns the rows after comparing them with those passed to `onRow`. Rejects with the error code. */
export async function selfCheckAsync({ microphone, cancelAt, ...options }: ISelfCheckOptions): Promise<readonly ISeenRow[]> {
    const told: IRtcCheckRow[] = [];
    const cancel = new AbortController();
    const silence = microphone === "silent" ? new AudioContext() : null;
    try {
        const rows = await RtcPlugin.checkAsync(
            {
                ...options,
                ...(silence && { microphone: silence.createMediaStreamDestination().stream }),
                onRow: (row) => {
                    told.push(row);
                    if (row.id === cancelAt) {
                        cancel.abort();
                    }
                },
            },
            cancel.signal,
        );
        if (rows.length !== told.length || rows.some((row, index) => row !== told[index])) {
            throw new Error("What is told one by one is not what is given in the end.");
        }
        return rows.map(({ error, ...row }) => ({ ...row, code: error?.code ?? null }));
    } catch (error) {
        throw error instanceof RtcError ? new Error(error.code) : error;
    } finally {
        await silence?.close();
    }
}
