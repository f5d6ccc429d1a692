/**
 * Error codes, for comparison in code.
 *
 * - `invalidArgument`: a value that the caller passed is unusable; the message names it.
 * - `invalidRoomName`: the room name breaks its rule: 1 to 64 characters without control characters, at least one of them visible.
 * - `serverUnreachable`: nothing answers at the server's address, the server stopped answering, or a part of this library could not be loaded.
 * - `serverStopping`: the server announced that it stops or restarts. Voices continue, and the client reconnects by itself; no action is needed.
 * - `serverBusy`: the server accepts no more requests for the moment, for example because of a rate limit.
 * - `unauthorized`: the server does not accept the user's identity.
 * - `tokenExpired` / `tokenInvalid`: the grant (or the invitation) has expired / was not signed by this server for this room and user.
 * - `roomFull`, `roomNotFound`: according to the server, the room is full / does not exist.
 * - `duplicateIdentity`: the same user connected from elsewhere, and the new connection replaced this one.
 * - `removed`: a moderator or the server removed this member from the room.
 * - `passwordWrong`, `roomLocked`, `notInvited`: the reason why the room refuses entry.
 * - `banned`: the user was removed from this room and may not return yet.
 * - `roomClosed`: the owner closed the room.
 * - `notAllowed`: only the room's owner or a moderator may do this; or the user has created too many rooms, or may not change their name.
 * - `messageTooLarge`: the message is larger than 65,536 bytes.
 * - `memberNotFound`: no member with this id is present.
 * - `microphoneDenied` / `microphoneMissing` / `microphoneBusy`: the microphone cannot be used, so the others do not hear us; we still hear them.
 * - `microphoneForbidden`: the page may not use the microphone: its frame lacks `allow="microphone"`, or a header forbids it. Browsers that are
 *   not based on Chromium report this as `microphoneDenied`.
 * - `microphoneSilent`: the microphone is on but gives no sound at all.
 * - `deviceNotFound`: there is no such device. `deviceUnplugged`: the device in use was unplugged; the system's default device replaces it.
 * - `audioBlocked`: the autoplay policy requires a click before the browser plays sound; call `rtc.startAsync()` from a click.
 * - `storageFailed`: voice preferences could not be loaded or saved, so they last only until the page is closed.
 * - `linkFailed`: no audio path to one member was found.
 * - `aborted`: the caller's `AbortSignal` fired, a later call replaced this one, or the local member is not (or no longer) in the room.
 * - `disposed`: the plugin, the scene, the player's node or the audio engine is disposed, or the behavior is not attached.
 * - `unsupported`: this browser, or the transport, lacks a required feature.
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

/** The only error class of this library: a code for comparison, a message that says what to do, and the cause. */
export class RtcError extends Error {
    /** Kind of the error, for comparison in code. */
    public readonly code: RtcErrorCode;

    /**
     * @param code - kind of the error
     * @param message - sentence that tells a person what to do
     * @param options - `cause`: the underlying error, if there is one
     */
    public constructor(code: RtcErrorCode, message: string, options?: { readonly cause?: unknown }) {
        super(message, options);
        this.name = "RtcError";
        this.code = code;
    }

    /**
     * Converts a thrown value to an `RtcError`. An `RtcError` is returned as it is; an `AbortError` becomes `aborted`; anything else is wrapped.
     * @param error - the thrown value
     * @param code - code of the wrapper
     * @param message - message of the wrapper
     * @returns the error itself, or its wrapper with `error` as the `cause`
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
 * Throws if the signal has fired: the signal's reason if that is an `RtcError`, otherwise an `aborted` error.
 * @param signal - the signal, if there is one
 */
export function throwIfAborted(signal: AbortSignal | undefined): void {
    if (signal?.aborted) {
        const { reason } = signal as { reason: unknown };
        throw reason instanceof RtcError ? reason : new RtcError("aborted", "The operation was cancelled.", { cause: reason });
    }
}
