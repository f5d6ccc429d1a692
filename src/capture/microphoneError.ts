import { RtcError } from "../errors/rtcError.js";

/**
 * Why there is no microphone, in words that a person can act on.
 * @param error - what `getUserMedia` threw (W3C Media Capture, section 10.1.1, lists the names)
 * @returns the error of this library; the cause is kept
 */
export function microphoneError(error: unknown): RtcError {
    switch (nameOf(error)) {
        case "NotAllowedError":
        case "SecurityError":
            if (isForbidden()) {
                return new RtcError(
                    "microphoneForbidden",
                    'The microphone is not allowed here, so nobody hears you. The frame needs allow="microphone", and no Permissions-Policy against it.',
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

/** True if the page's permissions policy forbids the microphone, which no player can change. Chromium alone tells. */
function isForbidden(): boolean {
    const { document } = globalThis as { readonly document?: { readonly featurePolicy?: { allowsFeature(name: string): boolean } } };
    return document?.featurePolicy?.allowsFeature("microphone") === false;
}

/** Browsers have thrown objects that are no `Error` (`OverconstrainedError`), and a frame has an `Error` of its own. */
function nameOf(error: unknown): string {
    return typeof error === "object" && error !== null && "name" in error ? String(error.name) : "";
}

/** @returns what is told when a device is gone and nothing takes its place */
export function goneError(cause?: unknown): RtcError {
    return new RtcError("microphoneMissing", "The microphone is gone, so nobody hears you. Plug it in, then start it again.", { cause });
}
