import type { IActionHelp, IHelp } from "./help.js";

/** Texts of the room list. */
export interface IRoomTexts {
    /** Title and accessible name of the list. */
    readonly label: string;
    readonly close: string;
    readonly refresh: string;
    readonly more: string;
    readonly loading: string;
    readonly empty: IActionHelp;
    /** Button beside an error message about the list. */
    readonly failedAction: string;
    /** Text for the number of members in a room, and its maximum. */
    readonly count: (members: number, most: number) => string;
    readonly friends: string;
    readonly invited: string;
    readonly locked: string;
    readonly withPassword: string;
    readonly full: string;
    readonly here: string;
    readonly join: (room: string) => string;
    readonly joinButton: string;
    readonly joining: string;
    readonly password: string;
    readonly passwordOf: (room: string) => string;
    readonly enter: (room: string) => string;
    readonly enterButton: string;
    /** Button that opens the form for a new room. The texts of the form follow, up to `taken`. */
    readonly create: string;
    readonly createButton: string;
    readonly creating: string;
    readonly back: string;
    readonly name: string;
    readonly description: string;
    readonly newPassword: string;
    readonly most: string;
    readonly private: string;
    readonly taken: IHelp;
    /** Heading of the owner's settings. */
    readonly own: string;
    readonly lock: string;
    readonly unlock: string;
    readonly changePassword: string;
    readonly setPassword: string;
    readonly removePassword: string;
}

/** English texts of the room list. */
export const roomTexts: IRoomTexts = {
    label: "Rooms",
    close: "Close the rooms",
    refresh: "Refresh",
    more: "More rooms",
    loading: "Loading rooms…",
    empty: { title: "No rooms to join yet", advice: "Open a room, and others will see it here.", action: "Open a room" },
    failedAction: "Try again",
    count: (members, most) => `${members} of ${most}`,
    friends: "for friends",
    invited: "by invitation",
    locked: "locked",
    withPassword: "with a password",
    full: "full",
    here: "You are here",
    join: (room) => `Join ${room}`,
    joinButton: "Join",
    joining: "…",
    password: "Password",
    passwordOf: (room) => `Password of ${room}`,
    enter: (room) => `Enter ${room}`,
    enterButton: "Enter",
    create: "Open a new room",
    createButton: "Open it",
    creating: "Opening…",
    back: "Back to the list",
    name: "Name",
    description: "Description",
    newPassword: "Password (optional)",
    most: "Maximum members (16)",
    private: "Private (not listed)",
    taken: { title: "This room name is taken", advice: "Join it from the list, or choose another name." },
    own: "This room is yours",
    lock: "Lock",
    unlock: "Unlock",
    changePassword: "New password",
    setPassword: "Set",
    removePassword: "Remove the password",
};
