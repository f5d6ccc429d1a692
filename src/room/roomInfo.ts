/** Join policy of a room: everybody; friends of its owner, as the app's server says; whoever has an invitation. */
export type JoinPolicy = "everyone" | "friends" | "invited";

/** A room as its members see it. A change makes a new object; it is frozen. */
export interface IRoomInfo {
    /** The way into a private room, and the name of its RTC room. */
    readonly id: string;
    /** The name that two joins meet by, unless the room is private. */
    readonly name: string;
    /** The most members. */
    readonly maxMembers: number;
    /** Id of the member who may change it: the one who created it, and the longest-standing member once they leave. Empty: the server has listed the room, and nobody owns it. */
    readonly owner: string;
    /** True if nobody new may enter, except by an invitation of the owner's. */
    readonly locked: boolean;
    /** True if it appears in no list and is found by id or invitation alone. */
    readonly private: boolean;
    /** Join policy. */
    readonly policy: JoinPolicy;
    /** True if it has a password. */
    readonly hasPassword: boolean;
    /** Grows with each change of the password. */
    readonly passwordRevision: number;
    /** At most 280 characters; empty = none. Chosen by the owner. */
    readonly description: string;
    /** Values that the owner attached to the room. */
    readonly properties: Readonly<Record<string, unknown>>;
}

/** A room as a list shows it. */
export interface IRoomSummary {
    /** Id for `joinByIdAsync`. */
    readonly id: string;
    readonly name: string;
    readonly memberCount: number;
    readonly maxMembers: number;
    readonly locked: boolean;
    readonly hasPassword: boolean;
    readonly policy: JoinPolicy;
    /** At most 280 characters; empty = none. Chosen by the owner. */
    readonly description: string;
}

/** One page of the list of rooms. */
export interface IRoomList {
    /** In the order of their names. */
    readonly rooms: readonly IRoomSummary[];
    /** `cursor` of the next page; absent on the last one. */
    readonly next?: string;
}

/** Lets somebody in who could not come in otherwise. */
export interface IRoomInvitation {
    /** Invitation for `acceptInvitationAsync`; see `invitationLink`. Whoever has it may use it, unless it names a user. */
    readonly invitation: string;
    /** End of its validity, in milliseconds since the epoch by the server's clock. */
    readonly expiresAt: number;
    /** Remaining validity when it is given, in milliseconds, whatever our clock says. Absent from an older server. */
    readonly expiresInMs?: number;
}
