import { RtcError } from "../rtcError.js";

/** The most characters that a room's name may have. */
const maxLength = 64;

/**
 * Checks a room's name before it goes to the server, which checks it again.
 * @param name - what the user typed
 * @returns the name without surrounding blanks; throws `invalidRoomName`
 */
export function roomName(name: string): string {
    const trimmed = typeof name === "string" ? name.trim() : "";
    if (trimmed.length === 0) {
        throw new RtcError("invalidRoomName", "The room needs a name.");
    }
    if (trimmed.length > maxLength) {
        throw new RtcError("invalidRoomName", `A room's name has at most ${maxLength} characters; this one has ${trimmed.length}.`);
    }
    if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(trimmed)) {
        throw new RtcError("invalidRoomName", "A room's name cannot contain line breaks or control characters.");
    }
    return trimmed;
}
