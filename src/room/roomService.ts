import type { Observable } from "rxjs";
import type { IRoomMember, IRoomSource } from "./room.js";
import type { RoomEvent } from "./roomEvent.js";
import type { IRoomInfo, IRoomInvitation, IRoomList, JoinPolicy } from "./roomInfo.js";

/** Options for entering a room that exists. */
export interface IRoomEntryOptions {
    /** Cancels the join; it then rejects with `aborted`. */
    readonly signal?: AbortSignal;
    /** The room's password, 1 to 128 characters. If the room is created by this join: the password that it gets. Default: none. */
    readonly password?: string;
    /** Values that the other members see attached to this one, at most 2 KiB as JSON. Default: the plugin user's attributes. */
    readonly attributes?: Readonly<Record<string, unknown>>;
    /**
     * True = stay in the present room until the other one has let us in, so that a refusal changes nothing: `status$` stays `inRoom`. Default: false.
     */
    readonly stay?: boolean;
}

/** Options for entering a room by its name. `maxMembers` and all that follow count only if this join creates the room. */
export interface IRoomJoinOptions extends IRoomEntryOptions {
    /** True = create the room if there is none of that name. Default: true. */
    readonly create?: boolean;
    /** If the room is created by this join: the most members it takes, 1 to the server's own limit. Default: the server's (16). */
    readonly maxMembers?: number;
    /** True = create a room that appears in no list and is found by id or invitation alone. Default: false. */
    readonly private?: boolean;
    /** Join policy. `friends` needs a server that knows who is whose friend. Default: everyone. */
    readonly policy?: JoinPolicy;
    /** Description in lists, at most 280 characters. Default: none. */
    readonly description?: string;
    /** Keys (1 to 64 characters) and values that every member sees, at most 8 KiB as JSON together. Default: none. */
    readonly properties?: Readonly<Record<string, unknown>>;
}

/** Something that another member said to the whole room. */
export interface IRoomMessage {
    /** The sender's id, as the server knows it. */
    readonly from: string;
    /** The app's word for what kind of message this is. */
    readonly topic: string;
    /** Sent value: anything that JSON can hold, at most 2 KiB. Chosen by the sender, so check it. */
    readonly data: unknown;
}

/** Changes that a member makes to their own entry. */
export interface ISelfChanges {
    /** The new name, for guests of the server: 1 to 40 characters without control characters, at least one of them visible; the server takes out what is drawn as nothing. Default: as it is. */
    readonly name?: string;
    /** The keys of one's attributes to change, as `setAttributes` does; at most 2 KiB as JSON after the change. Default: none. */
    readonly attributes?: Readonly<Record<string, unknown>>;
}

/**
 * A room service that one can join and leave through: our server's rooms by default. What changes the room is for its owner (`notAllowed`
 * for others); every change is told to all members through `events$`. Outside of a room such a call rejects with `aborted`; a value that
 * cannot be right rejects with `invalidArgument`.
 */
export interface IRoomService extends IRoomSource {
    readonly members$: Observable<ReadonlyMap<string, IRoomMember>>;
    /** The present room; null outside of one. Replays. */
    readonly room$: Observable<IRoomInfo | null>;
    /** Everything that happens in or to the room, told when `status$`, `members$` and `room$` know it; hot. Never errors. */
    readonly events$: Observable<RoomEvent>;
    /** Messages that other members send by `send`. Hot; never completes. */
    readonly messages$: Observable<IRoomMessage>;
    /**
     * Enters a room, leaving the present one first (see `stay`). While it runs, status is `processing`.
     * @param name - 1 to 64 characters without control characters, at least one of them visible; the room is created if there is none (see `create`). The
     * server takes out characters that are drawn as nothing (except in emoji), makes spaces single, and brings the name to Unicode's form NFC; that is
     * what it compares and what `room$` shows. Capital and small letters differ, and so do letters of different scripts that look alike.
     * @param options - how to enter
     * @returns a promise that resolves once inside; it rejects with an `RtcError` (`roomFull`, `roomNotFound`, `invalidRoomName`,
     * `passwordWrong`, `roomLocked`, `notInvited`, `banned`, `unauthorized`, `serverBusy` after too many wrong passwords,
     * `serverUnreachable`, `aborted`), and the status is back at `idle`, or as it was with `stay`
     */
    joinAsync(name: string, options?: IRoomJoinOptions): Promise<void>;
    /**
     * Enters a room that exists by its id (`room$`, `listAsync`): the way into a private one.
     * @param id - the room's id
     * @param options - how to enter
     * @returns as `joinAsync`
     */
    joinByIdAsync(id: string, options?: IRoomEntryOptions): Promise<void>;
    /**
     * Enters the room of an invitation, which stands for password, lock and policy; not for a ban or a full room.
     * @param invitation - of `inviteAsync`, see also `invitationFrom`
     * @param options - how to enter
     * @returns as `joinAsync`; also `tokenExpired`, `tokenInvalid`
     */
    acceptInvitationAsync(invitation: string, options?: IRoomEntryOptions): Promise<void>;
    /** Leaves the present room. Harmless outside of one. */
    leaveAsync(): Promise<void>;
    /**
     * Lists the rooms that are not private, page by page.
     * @param options - `cursor`: `next` of the page before, default: the first page; `limit`: rooms per page, 1 to 100, default 20; `signal` cancels
     * @returns one page; rejects with an `RtcError`
     */
    listAsync(options?: { readonly cursor?: string; readonly limit?: number; readonly signal?: AbortSignal }): Promise<IRoomList>;
    /**
     * Changes what the other members see attached to this one. Keys that are not named stay. Throws `invalidArgument` above 2 KiB.
     * @param attributes - the keys to change
     */
    setAttributes(attributes: Readonly<Record<string, unknown>>): void;
    /**
     * Changes one's own name, attributes or both; all members are told (`memberChanged`), and the RTC room has the new name, too. At most 10 times a
     * second, 30 at once (`serverBusy`).
     * @param changes - what changes; all of it or, if anything is refused, nothing. A guest's later joins keep the new name.
     * @returns a promise that resolves once `members$` knows it; rejects with `notAllowed` for a name of somebody who is no guest: whom the app's own
     * sign-in knows is called as it says
     */
    setSelfAsync(changes: ISelfChanges): Promise<void>;
    /**
     * Sends something small to everybody else in the room, in order, up to 60 times a second (a pose, an emote). Outside of a room it does nothing.
     * @param topic - the app's word for what kind of message this is, 1 to 64 characters
     * @param data - anything that JSON can hold, at most 2 KiB
     */
    send(topic: string, data: unknown): void;
    /**
     * Lets nobody new in, or lets them in again. For the owner.
     * @param locked - whether nobody new comes in, except by an invitation of the owner's
     */
    setLockedAsync(locked: boolean): Promise<void>;
    /**
     * Puts a member out, of the voice too. For the owner.
     * @param memberId - who; `memberNotFound` if they are not there
     * @param options - `seconds`: how long they may not come back, 0 to 86400, default 0 = they may at once; a guest who owns the room keeps others out for 600 at most
     */
    kickAsync(memberId: string, options?: { readonly seconds?: number }): Promise<void>;
    /**
     * Makes another member the owner. For the owner.
     * @param memberId - who; `memberNotFound` if they are not there
     */
    setOwnerAsync(memberId: string): Promise<void>;
    /**
     * Changes what lists show beside the name. For the owner.
     * @param description - at most 280 characters; empty = none
     */
    setDescriptionAsync(description: string): Promise<void>;
    /**
     * Changes what every member sees attached to the room. Keys that are not named stay. For the owner.
     * @param changes - the keys to change (1 to 64 characters), null removes one; at most 8 KiB as JSON together afterwards
     */
    setPropertiesAsync(changes: Readonly<Record<string, unknown>>): Promise<void>;
    /**
     * Changes what newcomers must know. For the owner.
     * @param password - 1 to 128 characters; null = none
     */
    setPasswordAsync(password: string | null): Promise<void>;
    /**
     * Signs an invitation. For any member where the policy is `everyone` and the room not locked; otherwise for the owner.
     * @param options - `seconds`: how long it holds, 1 to 604800, default 86400 (a day); `userId`: the only user whom it is for, default: whoever has it
     * @returns the invitation
     */
    inviteAsync(options?: { readonly seconds?: number; readonly userId?: string }): Promise<IRoomInvitation>;
    /**
     * Takes invitations back. They end by themselves with a change of the password, and when who has made them is put out.
     * @param options - `by`: id of the member who has made them. Default: one's own; as the owner, everybody's. Only the owner may name others.
     */
    revokeInvitationsAsync(options?: { readonly by?: string }): Promise<void>;
    /** Ends the room for everybody, oneself included (`left`, with `roomClosed`). For the owner. */
    destroyAsync(): Promise<void>;
}
