import type { OnServerEvent, ServerEvent } from "./serverEvents.js";

/**
 * Level of a log line. `error`: a person must act. `warn`: something is wrong, and the server keeps running. `info`: the server starts, drains or
 * stops; with `eventLog` also rooms, joins, leaves and moderation. `debug`: effects of misbehaving clients, which can be many lines.
 */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** All levels, the most verbose first. */
export const logLevels: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Structured fields of a log line. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** Log function; gets one line per call. Lines never contain tokens, secrets or URLs with a query. */
export type RtcServerLog = (level: LogLevel, message: string, fields?: LogFields) => void;

/** `text`: for people. `json`: one object per line, with `time` (ISO 8601, UTC), `level`, `message` and the fields of the line. */
export type LogFormat = "text" | "json";

/** All log formats. */
export const logFormats: readonly LogFormat[] = ["text", "json"];

/** Options of `createLog`. */
export interface ILogOptions {
    /** Lowest level that is written. Default: `warn`. */
    readonly level?: LogLevel;
    /** Format of the lines. Default: `text`. */
    readonly format?: LogFormat;
    /** Writes one line, which includes its line break. Default: writes to stderr. */
    readonly write?: (line: string) => void;
}

/**
 * Creates a log function, for the option `log`.
 * @param options - level, format and output
 * @returns the log function
 */
export function createLog(options: ILogOptions = {}): RtcServerLog {
    const { level: least = "warn", format = "text", write = toStderr } = options;
    const toLine = format === "json" ? jsonLine : textLine;
    return (level, message, fields = {}) => {
        if (logLevels.indexOf(level) >= logLevels.indexOf(least)) {
            write(toLine(level, message, fields));
        }
    };
}

/** Default log: writes warnings and errors to stderr, and ignores lower levels. */
export const logToStderr: RtcServerLog = createLog();

function toStderr(line: string): void {
    process.stderr.write(line);
}

function jsonLine(level: LogLevel, message: string, fields: LogFields): string {
    return `${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`;
}

function textLine(level: LogLevel, message: string, fields: LogFields): string {
    const more = Object.entries(fields).map(([name, value]) => ` ${name}=${typeof value === "string" ? JSON.stringify(value) : value}`);
    return `babylon-rtc-server: ${level === "error" || level === "warn" ? "" : `${level}: `}${onOneLine(message)}${more.join("")}\n`;
}

/** Prevents log injection by text from clients: indents continuation lines, and replaces control characters. */
function onOneLine(message: string): string {
    // eslint-disable-next-line no-control-regex -- it searches for control characters
    return message.replace(/\r?\n/g, "\n    ").replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/g, "\ufffd");
}

/**
 * Creates an event handler that writes to a log, for the option `onEvent`. The events `changed`, `muted` and `refused` are logged as `debug`; all
 * others, such as joins and leaves, as `info`. Lines contain ids and network addresses, but no names or other texts that users chose.
 * @param log - log function
 * @returns the event handler
 */
export function eventLog(log: RtcServerLog): OnServerEvent {
    return (event) => log(levelOf(event), event.type, fieldsOf(event));
}

function levelOf({ type }: ServerEvent): LogLevel {
    return type === "changed" || type === "muted" || type === "refused" ? "debug" : "info";
}

function fieldsOf(event: ServerEvent): LogFields {
    const { actor, address, room } = event;
    return {
        room: room?.id ?? null,
        ...("member" in event && { user: event.member.id }),
        ...("userId" in event && { user: event.userId }),
        ...("action" in event && { action: event.action }),
        ...("seconds" in event && { seconds: event.seconds }),
        ...("request" in event && { request: event.request, omitted: event.omitted }),
        ...("reason" in event && { reason: event.reason }),
        ...(event.type === "muted" && { muted: event.muted }),
        actor: actor.kind === "user" ? actor.id : actor.kind,
        ...(address !== null && { address }),
    };
}

/**
 * @param error - thrown value
 * @returns text for the log, with the stack if there is one
 */
export function describe(error: unknown): string {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
