/**
 * Kinds of errors while setting the server up, for comparison in code.
 *
 * - `invalidOption`: an option is unusable; the message names it.
 * - `secretMissing` / `secretTooShort`: grants cannot be signed; or nobody could come in, since there are neither guests nor `authorize`.
 * - `alreadyRunning`: this process has such a server, or a Colyseus server that was not passed as `gameServer`.
 * - `notFound`: there is no such RTC room, or nobody of that id is in it.
 * - `listenFailed`: the port could not be opened; see `cause`.
 */
export type RtcServerErrorCode = "invalidOption" | "secretMissing" | "secretTooShort" | "alreadyRunning" | "notFound" | "listenFailed";

/** The one error class that this package's functions reject with. */
export class RtcServerError extends Error {
    /** Kind of the error, for comparison in code. */
    public readonly code: RtcServerErrorCode;

    /**
     * @param code - what happened
     * @param message - a sentence that tells a person what to do about it
     * @param options - `cause`: the error underneath, if there is one
     */
    public constructor(code: RtcServerErrorCode, message: string, options?: { readonly cause?: unknown }) {
        super(message, options);
        this.name = "RtcServerError";
        this.code = code;
    }
}
