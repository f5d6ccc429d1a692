import type { ProtocolErrorCode } from "../../../protocol/wire.js";
import { codeOfRefusal, errorFromServer, isErrorReply } from "../../../src/interop/serverError.js";
import type { RtcErrorCode } from "../../../src/errors/rtcError.js";

/** The library's code for each code of the protocol. The type makes the compiler reject a missing entry. */
const meanings: Record<ProtocolErrorCode, RtcErrorCode> = {
    invalidRequest: "invalidArgument",
    invalidRoomName: "invalidRoomName",
    unauthorized: "unauthorized",
    forbidden: "unauthorized",
    tokenExpired: "tokenExpired",
    tokenInvalid: "tokenInvalid",
    roomFull: "roomFull",
    roomNotFound: "roomNotFound",
    duplicateIdentity: "duplicateIdentity",
    removed: "removed",
    rateLimited: "serverBusy",
    serverStopping: "serverUnreachable",
    internal: "unknown",
    passwordWrong: "passwordWrong",
    roomLocked: "roomLocked",
    banned: "banned",
    notInvited: "notInvited",
    notAllowed: "notAllowed",
    tooLarge: "messageTooLarge",
    roomClosed: "roomClosed",
    memberNotFound: "memberNotFound",
};
/** Stands for the `ProgressEvent` that a browser's loader may throw. It is not an `Error`. */
class ProgressLike {
    public readonly type = "error";
}

const words = Object.entries(meanings);

describe("errors of the server", () => {
    it.each(words)("map %s to %s, with a message and the cause", (word, code) => {
        const cause = { from: "server" };
        const error = errorFromServer(word, cause);
        expect(error).toMatchObject({ name: "RtcError", code, cause });
        expect(error.message).toMatch(/^[A-Z].{15,}[.?]$/);
    });

    const saysMore: readonly ProtocolErrorCode[] = [
        "forbidden",
        "rateLimited",
        "banned",
        "notAllowed",
        "notInvited",
        "passwordWrong",
        "memberNotFound",
        "tokenInvalid",
    ];
    const why = "This very thing, so do that.";

    it.each(saysMore)("use the server's own message for %s", (word) => {
        for (const cause of [{ code: word, message: why }, { error: { code: word, message: why } }, new Error(`${word}: ${why}`)]) {
            expect(errorFromServer(word, cause).message).toBe(why);
        }
        for (const cause of [undefined, { code: word, message: "" }, { error: { code: word } }]) {
            expect(errorFromServer(word, cause).message).toBe(errorFromServer(word).message);
        }
    });

    it("prefix the server's message for an invalid request", () => {
        expect(errorFromServer("invalidRequest", { message: why }).message).toBe(`The server rejected this: ${why}`);
    });

    it.each([["teapot"], ["toString"], ["constructor"], [""], [4106], [null], [undefined], [{}]])(
        "map the unknown code %p to unknown",
        (word) => {
            expect(errorFromServer(word).code).toBe("unknown");
        },
    );

    it.each(words)("yield the code %s from a rejected join", (word) => {
        expect(codeOfRefusal(new Error(`${word}: a sentence of the server's.`))).toBe(word);
        expect(codeOfRefusal(new Error(word))).toBe(word);
    });

    it.each([
        [new Error("connect ECONNREFUSED")],
        [new Error("")],
        [new Error(" roomFull: not at the beginning")],
        [new Error("toString: no code of the protocol")],
        [new ProgressLike()],
        ["roomFull: no Error"],
        [undefined],
    ])("yield no code from another error: %p", (error) => {
        expect(codeOfRefusal(error)).toBeNull();
    });

    it.each([
        { body: { error: { code: "roomFull", message: "" } }, is: true },
        { body: { error: { code: "teapot" } }, is: true },
        { body: { error: {} }, is: false },
        { body: { error: null }, is: false },
        { body: { error: "roomFull" }, is: false },
        { body: {}, is: false },
        { body: [], is: false },
        { body: null, is: false },
        { body: "roomFull", is: false },
    ])("are recognized by their shape: $body", ({ body, is }) => {
        expect(isErrorReply(body)).toBe(is);
    });
});
