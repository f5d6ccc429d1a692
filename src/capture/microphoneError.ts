import { RtcError } from "../errors/rtcError.js";

/**
 * Converts an error of `getUserMedia` to an `RtcError` whose message says what the user can do.
 * @param error - the error that `getUserMedia` threw; its algorithm in W3C Media Capture and Streams defines the names
 * @returns the converted error, with the original one as its cause
 */
export function microphoneError(error: unknown): RtcError {
    switch (nameOf(error)) {
        case "NotAllowedError":
        case "SecurityError":
            if (isForbidden()) {
                return new RtcError(
                    "microphoneForbidden",
                    'The microphone is not allowed here, so nobody hears you. Open the page in its own window. Its frame needs allow="microphone" and no Permissions-Policy against it.',
                    { cause: error },
                );
            }
            return new RtcError(
                "microphoneDenied",
                "The microphone is not allowed, so nobody hears you. Allow it in the browser's address bar, then start it again.",
                { cause: error },
            );
        case "NotFoundError":
        case "OverconstrainedError":
            return new RtcError("microphoneMissing", "There is no microphone, so nobody hears you. Plug one in, then start it again.", {
                cause: error,
            });
        case "NotReadableError":
        case "AbortError":
            return new RtcError(
                "microphoneBusy",
                "The microphone cannot be opened, so nobody hears you. Close other programs that use it, then start it again.",
                { cause: error },
            );
        default:
            return RtcError.From(error, "unknown", "The microphone could not be started, so nobody hears you.");
    }
}

/** True if a permissions policy forbids the microphone, so that the user cannot allow it. Only Chromium reports this. */
function isForbidden(): boolean {
    const { document } = globalThis as { readonly document?: { readonly featurePolicy?: { allowsFeature(name: string): boolean } } };
    return document?.featurePolicy?.allowsFeature("microphone") === false;
}

/**
 * Reads the name without `instanceof Error`: in some browsers `OverconstrainedError` is not an `Error`, and each frame of a page has its own
 * `Error` class.
 */
function nameOf(error: unknown): string {
    return typeof error === "object" && error !== null && "name" in error ? String(error.name) : "";
}

/** @returns the error for a microphone that was unplugged and cannot be replaced by another one */
export function goneError(cause?: unknown): RtcError {
    return new RtcError("microphoneMissing", "The microphone was unplugged, so nobody hears you. Plug it in and restart it.", { cause });
}
