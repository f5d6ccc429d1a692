import { RtcError, RtcPlugin } from "babylon-rtc";
import type { IRtcCheckOptions, IRtcCheckRow } from "babylon-rtc";

/** Options of a self-test that fit into a call from outside of the page. */
export interface ISelfCheckOptions extends Omit<IRtcCheckOptions, "microphone" | "token" | "rooms" | "onRow"> {
    /** A stream of the app's own that gives nothing at all. Default: the browser's microphone. */
    readonly microphone?: "silent";
    /** Cancels when the row of this check is told. */
    readonly cancelAt?: string;
}

/** A row as plain data. */
export interface ISeenRow extends Omit<IRtcCheckRow, "error"> {
    readonly code: string | null;
}

/** Runs the self-test. Gives its rows once they are all there and were told one by one; rejects with the code of its error. */
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
