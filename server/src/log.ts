import type { OnServerEvent, ServerEvent } from "./serverEvents.js";

/**
 * Level of a line of the log. `error`: somebody must look at it. `warn`: something is not as it should be, and the server goes on. `info`: it
 * begins, drains and ends; with `eventLog`, rooms, who comes and goes, and moderation. `debug` holds what misbehaving clients cause, and can be a lot.
 */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** All levels, the most talkative first. */
export const logLevels: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Fields of a line, for machines. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** Takes one line of the log. Tokens, secrets and addresses with a query never appear in one. */
export type RtcServerLog = (level: LogLevel, message: string, fields?: LogFields) => void;

/** `text`: for people. `json`: one object a line, with `time` (ISO 8601, UTC), `level`, `message` and what belongs to it. */
export type LogFormat = "text" | "json";

/** All forms of the log. */
export const logFormats: readonly LogFormat[] = ["text", "json"];

/** Settings of a log. */
export interface ILogOptions {
    /** Lowest level that is written. Default: `warn`. */
    readonly level?: LogLevel;
    /** Default: `text`. */
    readonly format?: LogFormat;
    /** Takes each line, with its end. Default: stderr. */
    readonly write?: (line: string) => void;
}

/**
 * Makes a log, for the option `log`.
 * @param options - how it writes
 * @returns the log
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

/** The default log: warnings and errors on stderr, everything else nowhere. */
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

/** What clients wrote cannot make a line that looks like another one: the lines of a stack are indented, and no control character comes through. */
function onOneLine(message: string): string {
    // eslint-disable-next-line no-control-regex -- those are what is looked for
    return message.replace(/\r?\n/g, "\n    ").replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/g, "\ufffd");
}

/**
 * Writes what happens into a log, for the option `onEvent`: rooms, who comes and goes, and moderation as `info`, changes and refusals as `debug`. Ids and
 * network addresses appear, names and other texts that users chose do not.
 * @param log - the log
 * @returns what takes the events
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
 * @param error - anything that was thrown
 * @returns it as text for the log
 */
export function describe(error: unknown): string {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
