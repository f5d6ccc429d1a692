import type { RtcError } from "../errors/rtcError.js";
import type { IRoomMember } from "./room.js";
import type { IRoomInfo } from "./roomInfo.js";

/** Why another member is gone: by their own will, without a word (a lost network), put out, or replaced by a newer connection of theirs. */
export type MemberLeaveReason = "quit" | "dropped" | "kicked" | "elsewhere";

/**
 * Why one is no longer in the room: by one's own will, put out, replaced by a newer connection of the same user, ended by its owner, or
 * cut off from the server.
 */
export type RoomLeaveReason = "left" | "kicked" | "elsewhere" | "roomClosed" | "lost";

/**
 * Request that failed. `create`: a join that asked for a new room by `create: true` or `private: true`; `join`: any other;
 * `send`: the server refused a message or attributes.
 */
export type RoomAction =
    | "create"
    | "join"
    | "list"
    | "send"
    | "setSelf"
    | "lock"
    | "kick"
    | "setOwner"
    | "describe"
    | "setProperties"
    | "setPassword"
    | "invite"
    | "revokeInvitations"
    | "destroy";

/** Anything that happens in or to the room that one is in. */
export type RoomEvent =
    /** We are inside. */
    | { readonly type: "joined"; readonly room: IRoomInfo }
    /** We are outside; `error` says more where it was not our own will. */
    | { readonly type: "left"; readonly room: IRoomInfo; readonly reason: RoomLeaveReason; readonly error?: RtcError }
    | { readonly type: "memberJoined"; readonly member: IRoomMember }
    | { readonly type: "memberLeft"; readonly member: IRoomMember; readonly reason: MemberLeaveReason }
    /** Somebody's name or attributes, one's own included. */
    | { readonly type: "memberChanged"; readonly member: IRoomMember; readonly before: IRoomMember }
    /** Ids of the members. */
    | { readonly type: "ownerChanged"; readonly owner: string; readonly before: string }
    | { readonly type: "locked" }
    | { readonly type: "unlocked" }
    | { readonly type: "descriptionChanged"; readonly description: string }
    /** `changed`: the keys that were added, changed or removed. */
    | { readonly type: "propertiesChanged"; readonly properties: Readonly<Record<string, unknown>>; readonly changed: readonly string[] }
    | { readonly type: "passwordChanged"; readonly hasPassword: boolean }
    /** Something failed. The promise of the call, where there is one, rejects with the same error. */
    | { readonly type: "error"; readonly action: RoomAction; readonly error: RtcError };
