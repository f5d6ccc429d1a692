import { RtcError } from "../errors/rtcError.js";

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
    // An emoji is one character to its reader, and to the server, but two to `length`.
    const { length } = Array.from(trimmed);
    if (length > maxLength) {
        throw new RtcError("invalidRoomName", `A room's name has at most ${maxLength} characters; this one has ${length}.`);
    }
    // The last two ranges turn the direction of writing around.
    if (/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(trimmed)) {
        throw new RtcError("invalidRoomName", "A room's name cannot contain line breaks or control characters.");
    }
    return trimmed;
}
