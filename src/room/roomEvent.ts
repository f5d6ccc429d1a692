import type { RtcError } from "../errors/rtcError.js";
import type { IRoomMember } from "./room.js";
import type { IRoomInfo } from "./roomInfo.js";

/**
 * Why another member left: `quit` = by choice, `dropped` = connection lost, `kicked` = removed, `elsewhere` = replaced by a newer connection of
 * the same user.
 */
export type MemberLeaveReason = "quit" | "dropped" | "kicked" | "elsewhere";

/**
 * Why the local member is no longer in the room: `left` = by choice, `kicked` = removed, `elsewhere` = replaced by a newer connection of the same
 * user, `roomClosed` = the owner closed the room, `lost` = connection to the server lost.
 */
export type RoomLeaveReason = "left" | "kicked" | "elsewhere" | "roomClosed" | "lost";

/**
 * Request that failed. `create`: a join with `create: true` or `private: true`; `join`: any other join; `send`: a message or attributes that the
 * server rejected.
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

/** Event in the current room, or change of the room itself. */
export type RoomEvent =
    /** The local member entered the room. */
    | { readonly type: "joined"; readonly room: IRoomInfo }
    /** The local member left the room. `error`: the cause; absent if they left by choice, or if a lost room is entered again at once. */
    | { readonly type: "left"; readonly room: IRoomInfo; readonly reason: RoomLeaveReason; readonly error?: RtcError }
    | { readonly type: "memberJoined"; readonly member: IRoomMember }
    | { readonly type: "memberLeft"; readonly member: IRoomMember; readonly reason: MemberLeaveReason }
    /** A member's name, attributes or `reconnecting` changed, also the local member's. */
    | { readonly type: "memberChanged"; readonly member: IRoomMember; readonly before: IRoomMember }
    /** `owner` and `before` are member ids. */
    | { readonly type: "ownerChanged"; readonly owner: string; readonly before: string }
    | { readonly type: "locked" }
    | { readonly type: "unlocked" }
    | { readonly type: "descriptionChanged"; readonly description: string }
    /** `changed`: keys that were added, changed or removed. */
    | { readonly type: "propertiesChanged"; readonly properties: Readonly<Record<string, unknown>>; readonly changed: readonly string[] }
    | { readonly type: "passwordChanged"; readonly hasPassword: boolean }
    /** A request failed, except with `aborted`. The promise of the call, if it has one, rejects with the same error. */
    | { readonly type: "error"; readonly action: RoomAction; readonly error: RtcError };
