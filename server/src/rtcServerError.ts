/**
 * Codes of `RtcServerError`.
 *
 * - `invalidOption`: an option is invalid; the message names it.
 * - `secretMissing` / `secretTooShort`: grants cannot be signed; or nobody could join, because there are neither guests nor `authorize`.
 * - `alreadyRunning`: this process already has such a server, or a Colyseus server that was not passed as `gameServer`.
 * - `notFound`: there is no such room or RTC room, or no member with that id in it.
 * - `listenFailed`: the port could not be opened; see `cause`.
 */
export type RtcServerErrorCode = "invalidOption" | "secretMissing" | "secretTooShort" | "alreadyRunning" | "notFound" | "listenFailed";

/** Error class of all rejections by this package's functions. */
export class RtcServerError extends Error {
    /** Error code. */
    public readonly code: RtcServerErrorCode;

    /**
     * @param code - error code
     * @param message - sentence that tells a person what to do
     * @param options - `cause`: the underlying error, if there is one
     */
    public constructor(code: RtcServerErrorCode, message: string, options?: { readonly cause?: unknown }) {
        super(message, options);
        this.name = "RtcServerError";
        this.code = code;
    }
}
