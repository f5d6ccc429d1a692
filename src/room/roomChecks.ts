import {
    maxAttributesBytes,
    maxDescriptionLength,
    maxGuestNameLength,
    maxInvitationLength,
    maxPasswordLength,
    maxPropertiesBytes,
    maxPropertyKeyLength,
    maxRoomNameLength,
} from "../../protocol/limits.js";
import { checkOptions, requireOptions } from "../errors/checkOptions.js";
import { RtcError } from "../errors/rtcError.js";

/**
 * Checks what methods of rooms take beside names and ids, as far as the server does not.
 * @param options - what an app passed. Throws `invalidArgument`.
 */
export function checkEntry(options: unknown): void {
    requireOptions(options);
    checkOptions(options, "create=boolean private=boolean attributes=object signal.addEventListener");
}

/**
 * Checks a room's name before it goes to the server, which checks it again.
 * @param name - what the user typed
 * @returns the name without surrounding blanks; throws `invalidRoomName`
 */
export function roomName(name: string): string {
    const trimmed = typeof name === "string" ? name.trim() : "";
    if (!isVisible(trimmed)) {
        throw new RtcError("invalidRoomName", "The room needs a name with at least one visible character.");
    }
    const length = lengthOf(trimmed);
    if (length > maxRoomNameLength) {
        throw new RtcError("invalidRoomName", `A room's name has at most ${maxRoomNameLength} characters; this one has ${length}.`);
    }
    // The last two ranges turn the direction of writing around.
    if (/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(trimmed)) {
        throw new RtcError("invalidRoomName", "A room's name cannot contain line breaks or control characters.");
    }
    return trimmed;
}

/**
 * Checks the name of a guest before it goes to the server, which checks it again.
 * @param name - what the user typed
 * @returns the name without surrounding blanks; throws `invalidArgument`
 */
export function guestName(name: string): string {
    const trimmed = typeof name === "string" ? name.trim() : "";
    const length = lengthOf(trimmed);
    if (!isVisible(trimmed) || length > maxGuestNameLength) {
        throw new RtcError(
            "invalidArgument",
            `A name has 1 to ${maxGuestNameLength} characters, at least one of them visible; this one has ${length}.`,
        );
    }
    return trimmed;
}

/**
 * @param value - anything
 * @param what - what it is called in the sentence
 * @param limit - the most bytes of JSON
 * @returns the value; throws `invalidArgument` if it is larger, or nothing that JSON can hold
 */
export function checkedJson<T extends object>(value: T, what: string, limit = maxAttributesBytes): T {
    let size: number;
    try {
        size = new TextEncoder().encode(JSON.stringify(value)).length;
    } catch (cause) {
        throw new RtcError("invalidArgument", `${what} must be something that JSON can hold.`, { cause });
    }
    if (size > limit) {
        throw new RtcError("invalidArgument", `${what} may take ${limit} bytes as JSON, not ${size}.`);
    }
    return value;
}

/**
 * @param properties - a room's properties, or changes of them
 * @returns the same; throws `invalidArgument`
 */
export function checkedProperties(properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
    // Null and arrays can come from code without types.
    const given: unknown = properties;
    if (typeof given !== "object" || given === null || Array.isArray(given)) {
        throw new RtcError("invalidArgument", "Properties are an object of keys and values.");
    }
    for (const key of Object.keys(given)) {
        if (key === "" || lengthOf(key) > maxPropertyKeyLength) {
            throw new RtcError(
                "invalidArgument",
                `The key of a property has 1 to ${maxPropertyKeyLength} characters, unlike ${JSON.stringify(key)}.`,
            );
        }
    }
    return { ...checkedJson(given, "The room's properties", maxPropertiesBytes) };
}

/**
 * @param password - what the user typed
 * @returns the same; throws `invalidArgument`
 */
export function checkedPassword(password: string): string {
    return checkedText(password, 1, maxPasswordLength, "A password");
}

/**
 * @param description - what the user typed
 * @returns the same; throws `invalidArgument`
 */
export function checkedDescription(description: string): string {
    return checkedText(description, 0, maxDescriptionLength, "A description");
}

/**
 * @param id - a member's, user's or room's id, or an invitation, which is the longest of them
 * @param what - what it is called in the sentence
 * @returns the same; throws `invalidArgument`
 */
export function checkedId(id: string, what: string): string {
    return checkedText(id, 1, maxInvitationLength, what);
}

/**
 * @param seconds - a time
 * @param min - the shortest
 * @param max - the longest
 * @returns the same; throws `invalidArgument` unless it is a whole number between the two
 */
export function checkedSeconds(seconds: number, min: number, max: number): number {
    if (!Number.isInteger(seconds) || seconds < min || seconds > max) {
        throw new RtcError("invalidArgument", `\`seconds\` is a whole number from ${min} to ${max}, not ${seconds}.`);
    }
    return seconds;
}

/** @returns how many characters a text has to its reader, and to the server: an emoji is one, but two to `length` */
export function lengthOf(text: string): number {
    return Array.from(text).length;
}

/** @returns whether a text has a character that is drawn, and not as a space */
export function isVisible(text: string): boolean {
    return /[\p{L}\p{N}\p{P}\p{S}]/u.test(text.replace(/[\p{Default_Ignorable_Code_Point}\u2800\u{1d159}]/gu, ""));
}

function checkedText(text: string, min: number, max: number, what: string): string {
    const length = typeof text === "string" ? lengthOf(text) : -1;
    if (length < min || length > max) {
        throw new RtcError("invalidArgument", `${what} is a text of ${min} to ${max} characters.`);
    }
    return text;
}
