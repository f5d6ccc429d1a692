import { RtcError } from "../errors/rtcError.js";
import type { RtcErrorCode } from "../errors/rtcError.js";
import type { IErrorReply, ProtocolErrorCode } from "../../protocol/wire.js";

/** Error code and sentence, by the server's code. For the codes in `saysMore`, the server's own sentence replaces this one. */
const meanings: Readonly<Record<ProtocolErrorCode, readonly [RtcErrorCode, string]>> = {
    invalidRequest: ["invalidArgument", "The server rejected the request. Check that client and server have the same version."],
    invalidRoomName: ["invalidRoomName", "A room name has 1 to 64 characters, no line breaks or control characters."],
    unauthorized: ["unauthorized", "The server does not know you. Sign in again."],
    forbidden: ["unauthorized", "The server does not allow this. Ask its operator."],
    tokenExpired: ["tokenExpired", "The voice token has expired. Join again to get a new one."],
    tokenInvalid: ["tokenInvalid", "The voice token is not for this room and user, or was not signed with the server's secret."],
    roomFull: ["roomFull", "The room is full. Try again later, or join another room."],
    roomNotFound: ["roomNotFound", "This room does not exist."],
    duplicateIdentity: ["duplicateIdentity", "You connected from another page, which took over."],
    removed: ["removed", "You were removed from the room."],
    rateLimited: ["serverBusy", "The server is busy. Wait a moment and try again."],
    internal: ["unknown", "The server failed. Its log has the details."],
    passwordWrong: ["passwordWrong", "The password is wrong. Ask a member of the room."],
    roomLocked: ["roomLocked", "The room is locked. Ask its owner to unlock it, or for an invitation."],
    banned: ["banned", "You are banned from this room. Try again later."],
    notInvited: ["notInvited", "Only invited users or friends can enter. Ask for an invitation."],
    notAllowed: ["notAllowed", "Only the room's owner or a moderator may do this."],
    tooLarge: ["messageTooLarge", "A message has at most 65,536 bytes. Send it in parts."],
    roomClosed: ["roomClosed", "The owner has closed the room."],
    memberNotFound: ["memberNotFound", "No member with this id is in the room."],
    serverStopping: ["serverUnreachable", "The server is shutting down. Try again in a moment."],
};

/** Codes with several meanings. For these, the server's own sentence (if it sent one) says what happened and what to do. */
const saysMore: ReadonlySet<ProtocolErrorCode> = new Set<ProtocolErrorCode>([
    "invalidRequest",
    "forbidden",
    "rateLimited",
    "banned",
    "notAllowed",
    "notInvited",
    "passwordWrong",
    "memberNotFound",
    "tokenInvalid",
]);

function isProtocolCode(code: unknown): code is ProtocolErrorCode {
    return typeof code === "string" && Object.hasOwn(meanings, code);
}

/**
 * Converts a refusal of the server to an error of this library.
 * @param code - the server's code; an unknown one becomes `unknown`
 * @param cause - the message, error reply or error that carried the code
 * @returns an error with our code and a sentence that says what to do
 */
export function errorFromServer(code: unknown, cause?: unknown): RtcError {
    if (isProtocolCode(code)) {
        const [rtcCode, sentence] = meanings[code];
        const why = saysMore.has(code) ? sentenceOf(cause) : null;
        const prefix = code === "invalidRequest" ? "The server rejected this: " : "";
        return new RtcError(rtcCode, why === null ? sentence : prefix + why, { cause });
    }
    return new RtcError("unknown", "The server sent an unknown error code. Update babylon-rtc to the server's version.", { cause });
}

/** The server's sentence for a refusal, from a message, from an error reply, or after the code in an error of Colyseus' client. */
function sentenceOf(cause: unknown): string | null {
    const carrier = isErrorReply(cause) ? cause.error : cause;
    const message = isObject(carrier) && "message" in carrier ? carrier.message : null;
    return typeof message === "string" && message !== "" ? message.replace(/^\w+: /, "") : null;
}

/**
 * Reads the server's code from an error of Colyseus' client, whose message is `code` or `code: text`.
 * @param error - the thrown value
 * @returns the code, or null if the error does not come from a check of our server
 */
export function codeOfRefusal(error: unknown): ProtocolErrorCode | null {
    const word = error instanceof Error ? /^\w+/.exec(error.message)?.[0] : undefined;
    return isProtocolCode(word) ? word : null;
}

/**
 * Type guard for an error reply of the server.
 * @param body - the parsed body
 * @returns true if the body is an error reply
 */
export function isErrorReply(body: unknown): body is IErrorReply {
    return isObject(body) && "error" in body && isObject(body.error) && "code" in body.error;
}

function isObject(value: unknown): value is object {
    return typeof value === "object" && value !== null;
}
