/**
 * Everything that can go wrong, as a word that code can compare.
 *
 * - `invalidArgument`: a value that the caller passed is unusable; the message names it.
 * - `invalidRoomName`: a room name is 1 to 64 characters without control characters, at least one of them visible.
 * - `serverUnreachable`: nothing answers at the server's address, or it stopped answering.
 * - `serverStopping`: the server says that it stops or restarts. Voices go on, and it is tried to come back; nothing has to be done.
 * - `serverBusy`: the server takes no more for the moment.
 * - `unauthorized`: the server does not accept who we say we are.
 * - `tokenExpired` / `tokenInvalid`: the grant is too old / was not signed for this room and user by this server.
 * - `roomFull`, `roomNotFound`: as the server sees the room.
 * - `duplicateIdentity`: the same user connected again from elsewhere, and that connection took over.
 * - `removed`: a moderator or the server put this member out of the room.
 * - `passwordWrong`, `roomLocked`, `notInvited`: why this room does not let us in.
 * - `banned`: put out of this room, and not allowed back yet.
 * - `roomClosed`: its owner has ended the room.
 * - `notAllowed`: only the room's owner (or a moderator) may do this.
 * - `messageTooLarge`: a message has at most 65,536 bytes.
 * - `memberNotFound`: nobody of that id is there.
 * - `microphoneDenied` / `microphoneMissing` / `microphoneBusy`: why nobody hears us; we still hear everybody.
 * - `microphoneForbidden`: the page itself may not have it: its frame lacks `allow="microphone"`, or a header forbids it. Browsers other than
 *   Chromium's call that `microphoneDenied`.
 * - `microphoneSilent`: the microphone is on and gives no sound at all.
 * - `deviceNotFound`: there is no such device. `deviceUnplugged`: the one in use is gone, and the system's choice took over.
 * - `audioBlocked`: the browser wants a click before it plays sound; call `rtc.startAsync()` from one.
 * - `storageFailed`: choices about voices could not be read or kept; they hold until the page is closed.
 * - `linkFailed`: no audio path to one member could be found.
 * - `aborted`: the caller's `AbortSignal` fired, or a later call made this one pointless.
 * - `disposed`: the plugin or behavior is gone.
 * - `unsupported`: this browser lacks what is needed.
 * - `unknown`: none of the above; see `cause`.
 */
export type RtcErrorCode =
    | "invalidArgument"
    | "invalidRoomName"
    | "serverUnreachable"
    | "serverStopping"
    | "unauthorized"
    | "tokenExpired"
    | "tokenInvalid"
    | "serverBusy"
    | "roomFull"
    | "roomNotFound"
    | "duplicateIdentity"
    | "removed"
    | "passwordWrong"
    | "roomLocked"
    | "notInvited"
    | "banned"
    | "roomClosed"
    | "notAllowed"
    | "messageTooLarge"
    | "memberNotFound"
    | "microphoneDenied"
    | "microphoneForbidden"
    | "microphoneMissing"
    | "microphoneBusy"
    | "microphoneSilent"
    | "deviceNotFound"
    | "deviceUnplugged"
    | "audioBlocked"
    | "storageFailed"
    | "linkFailed"
    | "aborted"
    | "disposed"
    | "unsupported"
    | "unknown";

/** The one error class of this library: a code to compare, a sentence that says what to do, and what caused it. */
export class RtcError extends Error {
    /** Kind of the error, for comparison in code. */
    public readonly code: RtcErrorCode;

    /**
     * @param code - what happened
     * @param message - a sentence that tells a person what to do about it
     * @param options - `cause`: the error underneath, if there is one
     */
    public constructor(code: RtcErrorCode, message: string, options?: { readonly cause?: unknown }) {
        super(message, options);
        this.name = "RtcError";
        this.code = code;
    }

    /**
     * Gives `error` as an `RtcError`: itself if it is one already, an `aborted` one for an `AbortError`, otherwise wrapped.
     * @param error - anything that was thrown
     * @param code - the code of the wrapper
     * @param message - the sentence of the wrapper
     * @returns the error itself or its wrapper, which holds it as `cause`
     */
    public static From(error: unknown, code: RtcErrorCode, message: string): RtcError {
        if (error instanceof RtcError) {
            return error;
        }
        if (error instanceof Error && error.name === "AbortError") {
            return new RtcError("aborted", "The operation was cancelled.", { cause: error });
        }
        return new RtcError(code, message, { cause: error });
    }
}

/**
 * Throws an `aborted` error if the signal has fired.
 * @param signal - the signal to look at, if there is one
 */
export function throwIfAborted(signal: AbortSignal | undefined): void {
    if (signal?.aborted) {
        const { reason } = signal as { reason: unknown };
        throw reason instanceof RtcError ? reason : new RtcError("aborted", "The operation was cancelled.", { cause: reason });
    }
}
