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
 * Checks those options of room methods that the server does not check.
 * @param options - options from the app. Throws `invalidArgument`.
 */
export function checkEntry(options: unknown): void {
    requireOptions(options);
    checkOptions(options, "create=boolean private=boolean attributes=object signal.addEventListener");
}

/**
 * Checks a room name before it is sent to the server, which checks it again.
 * @param name - the name as typed
 * @returns the name without leading and trailing spaces; throws `invalidRoomName`
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
    // The last two ranges change the writing direction.
    if (/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(trimmed)) {
        throw new RtcError("invalidRoomName", "A room's name cannot contain line breaks or control characters.");
    }
    return trimmed;
}

/**
 * Checks a guest name before it is sent to the server, which checks it again.
 * @param name - the name as typed
 * @returns the name without leading and trailing spaces; throws `invalidArgument`
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
 * Checks the size of a value as JSON.
 * @param value - any object
 * @param what - name of the value in the error message
 * @param limit - maximum size of the JSON text, in bytes
 * @returns the value; throws `invalidArgument` if it is larger, or cannot be converted to JSON
 */
export function checkedJson<T extends object>(value: T, what: string, limit = maxAttributesBytes): T {
    let size: number;
    try {
        size = new TextEncoder().encode(JSON.stringify(value)).length;
    } catch (cause) {
        throw new RtcError("invalidArgument", `${what} cannot be converted to JSON.`, { cause });
    }
    if (size > limit) {
        throw new RtcError("invalidArgument", `${what} may have at most ${limit} bytes as JSON, not ${size}.`);
    }
    return value;
}

/**
 * Checks keys and size of room properties.
 * @param properties - properties of a room, or changes to them
 * @returns the same; throws `invalidArgument`
 */
export function checkedProperties(properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
    // Untyped code may pass null or an array.
    const given: unknown = properties;
    if (typeof given !== "object" || given === null || Array.isArray(given)) {
        throw new RtcError("invalidArgument", "`properties` must be an object.");
    }
    for (const key of Object.keys(given)) {
        if (key === "" || lengthOf(key) > maxPropertyKeyLength) {
            throw new RtcError(
                "invalidArgument",
                `The property key ${JSON.stringify(key)} must have 1 to ${maxPropertyKeyLength} characters.`,
            );
        }
    }
    return { ...checkedJson(given, "The room's properties", maxPropertiesBytes) };
}

/**
 * Checks the length of a password.
 * @param password - the password as typed
 * @returns the same; throws `invalidArgument`
 */
export function checkedPassword(password: string): string {
    return checkedText(password, 1, maxPasswordLength, "A password");
}

/**
 * Checks the length of a description.
 * @param description - the description as typed
 * @returns the same; throws `invalidArgument`
 */
export function checkedDescription(description: string): string {
    return checkedText(description, 0, maxDescriptionLength, "A description");
}

/**
 * Checks the length of an id.
 * @param id - id of a member, user or room, a cursor, or an invitation; the limit is that of an invitation, which is the longest of them
 * @param what - name of the id in the error message
 * @returns the same; throws `invalidArgument`
 */
export function checkedId(id: string, what: string): string {
    return checkedText(id, 1, maxInvitationLength, what);
}

/**
 * Checks a duration in seconds.
 * @param seconds - the duration
 * @param min - shortest allowed value
 * @param max - longest allowed value
 * @returns the same; throws `invalidArgument` unless it is a whole number from `min` to `max`
 */
export function checkedSeconds(seconds: number, min: number, max: number): number {
    if (!Number.isInteger(seconds) || seconds < min || seconds > max) {
        throw new RtcError("invalidArgument", `\`seconds\` must be an integer from ${min} to ${max}, not ${seconds}.`);
    }
    return seconds;
}

/** @returns the length of a text in Unicode code points, as the server counts it: a simple emoji counts as one, but as two in `length` */
export function lengthOf(text: string): number {
    return Array.from(text).length;
}

/** @returns true if a text has a visible character other than a space */
export function isVisible(text: string): boolean {
    return /[\p{L}\p{N}\p{P}\p{S}]/u.test(text.replace(/[\p{Default_Ignorable_Code_Point}\u2800\u{1d159}]/gu, ""));
}

function checkedText(text: string, min: number, max: number, what: string): string {
    const length = typeof text === "string" ? lengthOf(text) : -1;
    if (length < min || length > max) {
        throw new RtcError("invalidArgument", `${what} must have ${min} to ${max} characters.`);
    }
    return text;
}
