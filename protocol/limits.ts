/**
 * Limits of what goes over the wire: the server checks them, and the browser before it sends. Lengths are in characters as a reader counts them
 * (an emoji is one), sizes in bytes; what is sent as JSON counts as JSON.
 */

/** Seconds in a day. */
export const daySeconds = 86_400;

// ---- who ----

/** Longest id of a user or member, in characters. */
export const maxIdLength = 128;
/** Longest name that an app gives a user, in characters. */
export const maxUserNameLength = 64;
/** Longest name that a guest gives themselves, in characters. */
export const maxGuestNameLength = 40;
/** Length of the key that makes a guest the same person again, in letters and digits. */
export const guestKeyLength = 40;
/** Longest credential that a sign-in may give, in characters. */
export const maxIdentityLength = 8_192;

// ---- rooms ----

/** Longest name of a room, in characters. */
export const maxRoomNameLength = 64;
/** Most members that a server can allow in a room. */
export const maxRoomMembers = 1_000;
/** Most members of a room, unless the server allows another number. */
export const defaultRoomMembers = 16;
/** Longest description of a room, in characters. */
export const maxDescriptionLength = 280;
/** Longest password of a room, in characters. */
export const maxPasswordLength = 128;
/** Longest key of a room's property, in characters. */
export const maxPropertyKeyLength = 64;
/** Largest properties of a room, in bytes. */
export const maxPropertiesBytes = 8_192;
/** Largest attributes of a member, in bytes. */
export const maxAttributesBytes = 2_048;
/** Largest message to a room, in bytes. */
export const maxRoomMessageBytes = 2_048;
/** Longest topic of a message to a room, in characters. */
export const maxTopicLength = 64;
/** Longest time that somebody is kept out of a room, in seconds. */
export const maxBanSeconds = daySeconds;
/** Longest time for which a guest who owns a room keeps somebody out of it, in seconds. */
export const maxGuestBanSeconds = 600;
/** Longest time that an invitation holds, in seconds. */
export const maxInvitationSeconds = 7 * daySeconds;
/** Longest token of an invitation, in characters. */
export const maxInvitationLength = 2_048;
/** Longest time that the place of somebody whose connection dropped is kept, in seconds. */
export const maxGraceSeconds = 300;
/** Most rooms on one page of a list. */
export const maxRoomsPerPage = 100;
/** Rooms on one page of a list, unless another number is asked for. */
export const defaultRoomsPerPage = 20;

// ---- voice ----

/** Longest time that a grant holds, in seconds. */
export const maxGrantSeconds = daySeconds;
/** Longest token of a grant, in characters. */
export const maxGrantLength = 4_096;
/** Largest message by way of the RTC room, in bytes; text counts as UTF-8. */
export const maxMessageBytes = 65_536;
/** Largest message between two peers in signalling, in bytes. */
export const maxSignalBytes = 65_536;
/** Most users whom one member can block. */
export const maxBlocks = 1_000;
