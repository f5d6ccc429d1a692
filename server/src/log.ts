/** How much a line of the log matters. `debug` holds what misbehaving clients cause, and can be a lot. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Takes one line of the log. Tokens, secrets and addresses with a query never appear in one. */
export type RtcServerLog = (level: LogLevel, message: string) => void;

/**
 * The default log: warnings and errors on stderr, everything else nowhere.
 * @param level - how much it matters
 * @param message - the line
 */
export function logToStderr(level: LogLevel, message: string): void {
    if (level === "warn" || level === "error") {
        process.stderr.write(`babylon-rtc-server: ${message}\n`);
    }
}

/**
 * @param error - anything that was thrown
 * @returns it as text for the log
 */
export function describe(error: unknown): string {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
