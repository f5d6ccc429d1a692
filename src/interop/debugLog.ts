/** Namespace of the debug log. */
export type DebugLogName = "signalling" | "link" | "microphone" | "audio" | "room";

/** Writes one line of the debug log. */
export type DebugLogWriter = (name: DebugLogName, format: string, ...values: readonly unknown[]) => void;

let write: DebugLogWriter | null = null;

/**
 * Writes a line to the debug log; a no-op while the log is off. Tokens, secrets and session descriptions do not belong in it.
 * @param name - the namespace
 * @param format - the text, with `%s`, `%d` and `%o` for the values
 * @param values - the values
 */
export const debugLog: DebugLogWriter = (name, format, ...values) => write?.(name, format, ...values);

/**
 * Turns the debug log on.
 * @param writer - writes the lines
 */
export function openDebugLog(writer: DebugLogWriter): void {
    write = writer;
}

/** True if `localStorage.debug` enables a namespace of this library (in the syntax of the package `debug`). */
export function isDebugLogWanted(): boolean {
    try {
        return /(^|[\s,])(\*|babylon-rtc)/.test(globalThis.localStorage.getItem("debug") ?? "");
    } catch {
        // No storage here, or the page may not use it.
        return false;
    }
}
