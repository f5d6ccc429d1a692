/**
 * Codes of `RtcServerError`.
 *
 * - `invalidOption`: an option is invalid; the message names it.
 * - `secretMissing` / `secretTooShort`: the secret that signs tokens, or that of the TURN server, is missing or too short. `issueGrantAsync`
 *   requires the former; a server, only if it has neither guests nor `authorize`.
 * - `alreadyRunning`: this process already has such a server, or a Colyseus server that was not passed as `gameServer`; or `gameServer` already has
 *   room types with the names of ours (`room`, `rtc`).
 * - `notFound`: there is no such room or RTC room, or no member with that id in it.
 * - `listenFailed`: the port could not be opened; see `cause`.
 */
export type RtcServerErrorCode = "invalidOption" | "secretMissing" | "secretTooShort" | "alreadyRunning" | "notFound" | "listenFailed";

/** Error that this package's functions throw, or reject with. */
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
