import type { Observable } from "rxjs";
import type { IRoomMember, IRoomSource } from "./room.js";
import type { RoomEvent } from "./roomEvent.js";
import type { IRoomInfo, IRoomInvitation, IRoomList, JoinPolicy } from "./roomInfo.js";

/** Options for entering an existing room. */
export interface IRoomEntryOptions {
    /** Cancels the join; it then rejects with `aborted`. */
    readonly signal?: AbortSignal;
    /** Password of the room, 1 to 128 characters. If this join creates the room, the room gets this password. Default: none. */
    readonly password?: string;
    /** Attributes of the local member, visible to the other members, at most 2 KiB as JSON. Default: the attributes of the plugin's user. */
    readonly attributes?: Readonly<Record<string, unknown>>;
    /**
     * True = stay in the current room until the new room accepts the join. `status$` stays `inRoom` until then, and a refusal changes nothing.
     * No effect on a join of the current room. Default: false.
     */
    readonly stay?: boolean;
}

/** Options for entering a room by its name. `maxMembers`, `policy`, `description` and `properties` are used only if this join creates the room. */
export interface IRoomJoinOptions extends IRoomEntryOptions {
    /** True = create the room if no room has this name. Default: true. */
    readonly create?: boolean;
    /** Maximum number of members, from 1 to the limit of the server. Default: the server's default (16). */
    readonly maxMembers?: number;
    /**
     * True = create a new room, even if another room has this name; after a reload, return to the private room with this name that the tab was
     * in. The room is not listed, and can be entered only by its id or an invitation. Default: false.
     */
    readonly private?: boolean;
    /** Join policy. `friends` needs a server that knows the friends of users. Default: everyone. */
    readonly policy?: JoinPolicy;
    /** Description in lists, at most 280 characters. Default: none. */
    readonly description?: string;
    /** Properties of the room, visible to every member: keys of 1 to 64 characters, at most 8 KiB as JSON in total. Default: none. */
    readonly properties?: Readonly<Record<string, unknown>>;
}

/** Message from another member to the whole room. */
export interface IRoomMessage {
    /** The sender's member id, set by the server. */
    readonly from: string;
    /** Kind of the message, defined by the app. */
    readonly topic: string;
    /** Payload: any JSON value, at most 2 KiB. Chosen by the sender, so validate it. */
    readonly data: unknown;
}

/** Changes to the local member's own name and attributes. */
export interface ISelfChanges {
    /**
     * New name, only for guests of the server: 1 to 40 characters without control characters, at least one of them visible. The server removes
     * invisible characters. Default: no change.
     */
    readonly name?: string;
    /** Attributes to change, as in `setAttributes`; at most 2 KiB as JSON in total after the change. Default: none. */
    readonly attributes?: Readonly<Record<string, unknown>>;
}

/**
 * Room source that can also join and leave rooms: by default the rooms of our server. Only the owner can change the room (`notAllowed` for other
 * members), up to 10 times per second with bursts of 30 (`serverBusy`). All members get every change through `events$`. Outside of a room,
 * asynchronous calls that change the room or the local member reject with `aborted`. For an invalid value, asynchronous calls reject with
 * `invalidArgument`; `setAttributes` and `send` throw it.
 */
export interface IRoomService extends IRoomSource {
    readonly members$: Observable<ReadonlyMap<string, IRoomMember>>;
    /** Current room; null outside of a room. Replays. */
    readonly room$: Observable<IRoomInfo | null>;
    /** Events in the room and changes of the room, emitted after `status$`, `members$` and `room$` have the new values. Hot. Never errors. */
    readonly events$: Observable<RoomEvent>;
    /** Messages that other members sent with `send`. Hot. Never errors. Completes when the plugin is disposed. */
    readonly messages$: Observable<IRoomMessage>;
    /**
     * Enters a room. Leaves the current room first (but see `stay`). The status is `processing` meanwhile.
     * @param name - 1 to 64 characters without control characters, at least one of them visible. A room that does not exist is created (see
     * `create`). The server removes invisible characters (except in emoji), collapses spaces, and normalizes the name to Unicode NFC. It compares
     * names in this form, which `room$` also shows. Names are case-sensitive; letters of different scripts that look alike are different.
     * @param options - options of the join
     * @returns a promise that resolves inside the room; it rejects with an `RtcError` (`roomFull`, `roomNotFound`, `invalidRoomName`,
     * `passwordWrong`, `roomLocked`, `notInvited`, `banned`, `unauthorized`, `serverBusy` (also after too many wrong passwords),
     * `notAllowed` if the user has created too many rooms, `invalidArgument`, `serverUnreachable`, `disposed`,
     * `aborted`). The status is then `idle` again, or unchanged with `stay`.
     */
    joinAsync(name: string, options?: IRoomJoinOptions): Promise<void>;
    /**
     * Enters an existing room by its id (from `room$` or `listAsync`). Works for private rooms too.
     * @param id - the room's id
     * @param options - options of the entry
     * @returns as `joinAsync`
     */
    joinByIdAsync(id: string, options?: IRoomEntryOptions): Promise<void>;
    /**
     * Enters the room of an invitation. The invitation overrides password and policy, and also the lock if the owner created it, but not a ban or a
     * full room.
     * @param invitation - result of `inviteAsync`; see also `invitationFrom`
     * @param options - options of the entry
     * @returns as `joinAsync`; also rejects with `tokenExpired`, `tokenInvalid`
     */
    acceptInvitationAsync(invitation: string, options?: IRoomEntryOptions): Promise<void>;
    /** Leaves the current room. A no-op outside of a room. */
    leaveAsync(): Promise<void>;
    /**
     * Lists the rooms that are not private, page by page.
     * @param options - `cursor`: `next` of the previous page, default: the first page; `limit`: rooms per page, 1 to 100, default: 20; `signal`:
     * cancels
     * @returns one page; rejects with an `RtcError`
     */
    listAsync(options?: { readonly cursor?: string; readonly limit?: number; readonly signal?: AbortSignal }): Promise<IRoomList>;
    /**
     * Changes the local member's attributes, which the other members see. Other keys keep their values. While the connection to the room is lost,
     * the change is sent after the reconnect. A no-op outside of a room. If the server rejects the change, `events$` emits an `error` (`send`).
     * @param attributes - keys to change, with their new values; at most 2 KiB as JSON in total after the change. Throws `invalidArgument` if the
     * changes alone are larger.
     */
    setAttributes(attributes: Readonly<Record<string, unknown>>): void;
    /**
     * Changes the local member's name, attributes or both. All members get `memberChanged`, and the RTC room uses the new name too. Rate limit: 10
     * calls per second, with bursts of 30 (`serverBusy`).
     * @param changes - the changes; if the server rejects one of them, none is made. Later joins of a guest keep the new name.
     * @returns a promise that resolves when `members$` has the change; rejects with `notAllowed` for a new name if the user is not a guest, because
     * the name then comes from the app's own sign-in
     */
    setSelfAsync(changes: ISelfChanges): Promise<void>;
    /**
     * Sends a small message (a pose, an emote) to all other members of the room. Messages arrive in order. Rate limit: 60 per second by default. A
     * no-op outside of a room, and while the connection to the room is lost. If the server rejects a message, `events$` emits an `error` (`send`).
     * @param topic - kind of the message, defined by the app, 1 to 64 characters
     * @param data - any JSON value; with the topic at most 2 KiB as JSON. Throws `invalidArgument` if it is larger.
     */
    send(topic: string, data: unknown): void;
    /**
     * Locks the room for new members, or unlocks it. Owner only.
     * @param locked - true = no new member can enter, except with an invitation from the owner
     */
    setLockedAsync(locked: boolean): Promise<void>;
    /**
     * Removes a member from the room and from its voice. Owner only.
     * @param memberId - the member; rejects with `memberNotFound` if they are not in the room, and with `invalidArgument` for the owner
     * @param options - `seconds`: duration of the ban, 0 to 86400; the server shortens it to 600 if the owner is a guest. Default: 0 = the member
     * may return at once.
     */
    kickAsync(memberId: string, options?: { readonly seconds?: number }): Promise<void>;
    /**
     * Makes another member the owner. Owner only.
     * @param memberId - the new owner; rejects with `memberNotFound` if they are not in the room
     */
    setOwnerAsync(memberId: string): Promise<void>;
    /**
     * Changes the description that lists show next to the name. Owner only.
     * @param description - at most 280 characters; empty = none
     */
    setDescriptionAsync(description: string): Promise<void>;
    /**
     * Changes properties of the room, which every member sees. Other keys keep their values. Owner only.
     * @param changes - keys to change (1 to 64 characters), with their new values; null removes a key. The result has at most 8 KiB as JSON.
     */
    setPropertiesAsync(changes: Readonly<Record<string, unknown>>): Promise<void>;
    /**
     * Changes the password that new members need. Owner only.
     * @param password - 1 to 128 characters; null = none
     */
    setPasswordAsync(password: string | null): Promise<void>;
    /**
     * Creates a signed invitation. Any member can do this if the policy is `everyone` and the room is not locked; otherwise owner only.
     * @param options - `seconds`: validity, 1 to 604800, default: 86400 (a day); `userId`: the only user who can use it, default: any user
     * @returns the invitation
     */
    inviteAsync(options?: { readonly seconds?: number; readonly userId?: string }): Promise<IRoomInvitation>;
    /**
     * Revokes invitations. A change of the password also revokes them, and so does the removal of the member who created them.
     * @param options - `by`: id of the member who created the invitations. Default: the local member, or for the owner, all members. Only the owner
     * may pass another member's id.
     */
    revokeInvitationsAsync(options?: { readonly by?: string }): Promise<void>;
    /** Closes the room for all members, including the local one (`left`, with `roomClosed`). Owner only. */
    destroyAsync(): Promise<void>;
}
