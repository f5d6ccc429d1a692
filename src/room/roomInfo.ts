/** Join policy of a room: `everyone`; `friends` = friends of the owner, according to the app's server; `invited` = users with an invitation. */
export type JoinPolicy = "everyone" | "friends" | "invited";

/** A room as its members see it. Frozen: a change creates a new object. */
export interface IRoomInfo {
    /** Room id: needed to enter a private room, and also the name of the RTC room. */
    readonly id: string;
    /** Room name: joins with the same name enter the same room, unless the room is private. */
    readonly name: string;
    /** Maximum number of members. */
    readonly maxMembers: number;
    /**
     * Id of the owner, who may change the room: at first its creator. `setOwnerAsync` makes another member the owner; when the owner leaves, the
     * member who has been in the room longest takes over. Empty for a room that is listed in the server's configuration, which has no owner.
     */
    readonly owner: string;
    /** True if no new member may enter, except with an invitation from the owner. */
    readonly locked: boolean;
    /** True if the room is not listed, and can be entered only by its id or an invitation. */
    readonly private: boolean;
    /** Join policy. */
    readonly policy: JoinPolicy;
    /** True if the room has a password. */
    readonly hasPassword: boolean;
    /** Increases with each change of the password. */
    readonly passwordRevision: number;
    /** Description, at most 280 characters; empty = none. Chosen by the owner. */
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
    /** Description, at most 280 characters; empty = none. Chosen by the owner. */
    readonly description: string;
}

/** One page of the list of rooms. */
export interface IRoomList {
    /** Rooms, ordered by name. */
    readonly rooms: readonly IRoomSummary[];
    /** `cursor` of the next page; absent on the last page. */
    readonly next?: string;
}

/** Invitation to a room, for example for a user who could not enter otherwise. */
export interface IRoomInvitation {
    /** Invitation for `acceptInvitationAsync`; see `invitationLink`. Any user who has the text can use it, unless it is for one user. */
    readonly invitation: string;
    /** Expiry time, in milliseconds since the epoch by the server's clock. */
    readonly expiresAt: number;
    /** Validity at the time of issue, in milliseconds, independent of the local clock. Absent with an older server. */
    readonly expiresInMs?: number;
}
