import { ServerError } from "@colyseus/core";
import { safeParse } from "valibot";
import { withoutBigInt } from "../../protocol/schemas.js";
import type { Schema } from "../../protocol/schemas.js";
import type { IGuestReply, ProtocolErrorCode } from "../../protocol/wire.js";

/** HTTP status (`status`) and WebSocket close code (`close`) of each protocol code. */
const meanings: Readonly<Record<ProtocolErrorCode, { readonly status: number; readonly close: number }>> = {
    invalidRequest: { status: 400, close: 4100 },
    invalidRoomName: { status: 400, close: 4101 },
    unauthorized: { status: 401, close: 4102 },
    forbidden: { status: 403, close: 4103 },
    tokenExpired: { status: 401, close: 4104 },
    tokenInvalid: { status: 401, close: 4105 },
    roomFull: { status: 409, close: 4106 },
    roomNotFound: { status: 404, close: 4107 },
    duplicateIdentity: { status: 409, close: 4108 },
    removed: { status: 410, close: 4109 },
    rateLimited: { status: 429, close: 4110 },
    serverStopping: { status: 503, close: 4111 },
    internal: { status: 500, close: 4112 },
    passwordWrong: { status: 403, close: 4113 },
    roomLocked: { status: 403, close: 4114 },
    banned: { status: 403, close: 4115 },
    notInvited: { status: 403, close: 4116 },
    notAllowed: { status: 403, close: 4117 },
    tooLarge: { status: 413, close: 4118 },
    roomClosed: { status: 410, close: 4119 },
    memberNotFound: { status: 404, close: 4120 },
};

/** All codes of the protocol. */
export const protocolErrorCodes = Object.keys(meanings) as readonly ProtocolErrorCode[];

/** A refusal that is sent to a client. Its `message` is `code: sentence`, because Colyseus' client passes on the message only. */
export class ProtocolError extends ServerError {
    /** Reason, as a protocol code. */
    public readonly reason: ProtocolErrorCode;
    /** Reason, as a sentence for people. */
    public readonly sentence: string;
    /** Guest that was minted before the refusal. */
    public guest: IGuestReply | undefined;
    /** Time after which the same request can succeed, in seconds; undefined if unknown. */
    public retryAfterSeconds: number | undefined;

    /**
     * @param reason - reason, as a protocol code
     * @param sentence - reason, as a sentence that tells a person what to do
     */
    public constructor(reason: ProtocolErrorCode, sentence: string) {
        // No stack trace: it is never read, and under a flood of refusals it would cost more time than everything else.
        const { stackTraceLimit } = Error;
        Error.stackTraceLimit = 0;
        super(meanings[reason].status, `${reason}: ${sentence}`);
        Error.stackTraceLimit = stackTraceLimit;
        this.name = "ProtocolError";
        this.reason = reason;
        this.sentence = sentence;
    }

    /**
     * @param guest - guest that was minted before the refusal
     * @returns a new refusal with the same code and sentence and time that includes the guest
     */
    public withGuest(guest: IGuestReply): ProtocolError {
        const error = new ProtocolError(this.reason, this.sentence);
        error.guest = guest;
        error.retryAfterSeconds = this.retryAfterSeconds;
        return error;
    }

    /**
     * @param sentence - the exceeded limit, and what to do
     * @param seconds - time until a retry can succeed
     * @returns a `rateLimited` refusal, after which clients wait and retry by themselves
     */
    public static TooMuch(sentence: string, seconds: number): ProtocolError {
        const error = new ProtocolError("rateLimited", sentence);
        error.retryAfterSeconds = seconds;
        return error;
    }

    /**
     * @param seconds - time until a retry can succeed
     * @returns the `serverStopping` refusal of a server that is draining or closing
     */
    public static Stopping(seconds: number): ProtocolError {
        const error = new ProtocolError("serverStopping", "The server is closing. Try again in a moment.");
        error.retryAfterSeconds = seconds;
        return error;
    }

    /**
     * Converts a thrown value to a `ProtocolError`. Colyseus wraps errors and keeps only the message, so the code is parsed from the message.
     * @param error - thrown value
     * @returns the error itself, the refusal in its message, or `internal`
     */
    public static From(error: unknown): ProtocolError {
        if (error instanceof ProtocolError) {
            return error;
        }
        const refusal = error instanceof Error ? refusalIn(error.message) : undefined;
        return refusal ?? new ProtocolError("internal", "The server failed. Its log has the details.");
    }
}

/**
 * @param reason - protocol code
 * @returns its HTTP status
 */
export function statusOf(reason: ProtocolErrorCode): number {
    return meanings[reason].status;
}

/**
 * @param reason - protocol code
 * @returns its WebSocket close code, 4100 to 4120. Colyseus' client does not reconnect by itself after any of them.
 */
export function closeCodeOf(reason: ProtocolErrorCode): number {
    return meanings[reason].close;
}

/**
 * Validates a value from a client.
 * @param schema - schema of the value
 * @param value - value of any type
 * @returns the output of the schema; throws the `ProtocolError` that the schema defines
 */
export function parse<Output>(schema: Schema<Output>, value: unknown): Output {
    const result = safeParse(schema, withoutBigInt(value), { abortEarly: true });
    if (result.success) {
        return result.output;
    }
    const [{ message }] = result.issues;
    throw refusalIn(message) ?? new ProtocolError("invalidRequest", message);
}

/** Parses a message of the form `code: sentence`. */
function refusalIn(message: string): ProtocolError | undefined {
    const colon = message.indexOf(": ");
    const reason = message.slice(0, Math.max(colon, 0));
    return isProtocolErrorCode(reason) ? new ProtocolError(reason, message.slice(colon + 2)) : undefined;
}

function isProtocolErrorCode(text: string): text is ProtocolErrorCode {
    return Object.hasOwn(meanings, text);
}
