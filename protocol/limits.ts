/**
 * Limits of the protocol. The server enforces them, and the browser package checks most of them before it sends. Lengths of texts are in characters
 * (Unicode code points, so that a simple emoji counts as one), and sizes in bytes. The size of a value that is sent as JSON is the size of its JSON
 * text in UTF-8.
 */

/** Seconds in a day. */
export const daySeconds = 86_400;

// ---- users ----

/** Longest id of a user or member, in characters. */
export const maxIdLength = 128;

/**
 * @param id - id of a user or member
 * @returns true if it has 1 to `maxIdLength` characters
 */
export function hasIdLength(id: string): boolean {
    return id !== "" && id.length <= 2 * maxIdLength && Array.from(id).length <= maxIdLength;
}

/** Longest name of a user of an app, in characters. */
export const maxUserNameLength = 64;
/** Longest name of a guest, in characters. */
export const maxGuestNameLength = 40;
/** Length of the key that identifies a returning guest, in letters and digits. */
export const guestKeyLength = 40;
/** Longest credential of an app's sign-in, in characters. */
export const maxIdentityLength = 8_192;

// ---- rooms ----

/** Longest name of a room, in characters. */
export const maxRoomNameLength = 64;
/** Upper limit of the server's option `maxMembers`. */
export const maxRoomMembers = 1_000;
/** Default of the server's option `maxMembers`: most members of a room. */
export const defaultRoomMembers = 16;
/** Longest description of a room, in characters. */
export const maxDescriptionLength = 280;
/** Longest password of a room, in characters. */
export const maxPasswordLength = 128;
/** Longest key of a room's property, in characters. */
export const maxPropertyKeyLength = 64;
/** Largest properties of a room, in bytes. */
export const maxPropertiesBytes = 8_192;
/** Largest attributes of a member, those from the sign-in included, in bytes. */
export const maxAttributesBytes = 2_048;
/** Largest message to a room, `{ topic, data }`, in bytes. */
export const maxRoomMessageBytes = 2_048;
/** Longest topic of a message to a room, in characters. */
export const maxTopicLength = 64;
/** Longest ban from a room, in seconds. */
export const maxBanSeconds = daySeconds;
/** Longest ban by an owner who is a guest, in seconds; longer bans are shortened. */
export const maxGuestBanSeconds = 600;
/** Longest validity of an invitation, in seconds. */
export const maxInvitationSeconds = 7 * daySeconds;
/** Longest token of an invitation, in characters. */
export const maxInvitationLength = 2_048;
/** Longest grace period after a connection drops, in seconds. */
export const maxGraceSeconds = 300;
/** Most rooms on one page of a list. */
export const maxRoomsPerPage = 100;
/** Default number of rooms on one page of a list. */
export const defaultRoomsPerPage = 20;

// ---- voice ----

/** Longest validity of a grant, in seconds. */
export const maxGrantSeconds = daySeconds;
/** Longest token of a grant, in characters. */
export const maxGrantLength = 4_096;
/** Largest message between members of an RTC room, in bytes; text counts as UTF-8. */
export const maxMessageBytes = 65_536;
/** Largest signalling message, in bytes. */
export const maxSignalBytes = 65_536;
/** Most users that one member can block. */
export const maxBlocks = 1_000;
