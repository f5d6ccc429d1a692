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

/** A refusal that a client is told of. Its `message` is `code: sentence`, because the message is all that Colyseus' client hands on. */
export class ProtocolError extends ServerError {
    /** Why, as a word that code can compare. */
    public readonly reason: ProtocolErrorCode;
    /** Why, as a sentence. */
    public readonly sentence: string;
    /** Guest that was minted before the refusal. */
    public guest: IGuestReply | undefined;
    /** In how many seconds the same request is worth while again. Undefined: nobody knows. */
    public retryAfterSeconds: number | undefined;

    /**
     * @param reason - why, as a word that code can compare
     * @param sentence - why, as a sentence that tells a person what to do about it
     */
    public constructor(reason: ProtocolErrorCode, sentence: string) {
        // Nobody reads the stack of a refusal, and for those of a flood it takes longer than all the rest together.
        const { stackTraceLimit } = Error;
        Error.stackTraceLimit = 0;
        super(meanings[reason].status, `${reason}: ${sentence}`);
        Error.stackTraceLimit = stackTraceLimit;
        this.name = "ProtocolError";
        this.reason = reason;
        this.sentence = sentence;
    }

    /**
     * @param guest - minted before the refusal
     * @returns the same refusal, which tells the client of its guest
     */
    public withGuest(guest: IGuestReply): ProtocolError {
        const error = new ProtocolError(this.reason, this.sentence);
        error.guest = guest;
        return error;
    }

    /**
     * @param sentence - of what there was too much, and what to do
     * @param seconds - when it is worth while to ask again
     * @returns the refusal of what is too much for the moment, for clients that wait and go on by themselves
     */
    public static TooMuch(sentence: string, seconds: number): ProtocolError {
        const error = new ProtocolError("rateLimited", sentence);
        error.retryAfterSeconds = seconds;
        return error;
    }

    /**
     * @param seconds - when it is worth while to ask again
     * @returns the refusal of whoever comes to a server that drains or is closing
     */
    public static Stopping(seconds: number): ProtocolError {
        const error = new ProtocolError("serverStopping", "The server is closing. Try again in a moment.");
        error.retryAfterSeconds = seconds;
        return error;
    }

    /**
     * Gives anything that was thrown as a `ProtocolError`. Colyseus throws anew with the same message, so the code is read from there.
     * @param error - anything that was thrown
     * @returns the error itself, what its message says, or `internal`
     */
    public static From(error: unknown): ProtocolError {
        if (error instanceof ProtocolError) {
            return error;
        }
        const refusal = error instanceof Error ? refusalIn(error.message) : undefined;
        return refusal ?? new ProtocolError("internal", "The server could not do that; its log says why.");
    }
}

/**
 * @param reason - a code of the protocol
 * @returns the HTTP status that goes with it
 */
export function statusOf(reason: ProtocolErrorCode): number {
    return meanings[reason].status;
}

/**
 * @param reason - a code of the protocol
 * @returns the close code of a WebSocket that ends for this reason, 4100 to 4120. Colyseus' client reconnects by itself after none of them.
 */
export function closeCodeOf(reason: ProtocolErrorCode): number {
    return meanings[reason].close;
}

/**
 * Looks at what a client sent.
 * @param schema - what it must be
 * @param value - any value at all
 * @returns what the schema gives; throws the `ProtocolError` that the schema says
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
