import { ProtocolError } from "../../protocolError.js";
import type { IServerContext } from "../../context.js";
import type { IOwnRoom } from "../roomDirectory.js";
import type { IVisitor } from "./roomAccess.js";

/**
 * Throws a `ProtocolError` if a user may not join a room. Checks bans, the number of members, the invitation, and then the room's access rules.
 * Only bans are checked for a user who is already a member.
 * @param context - shared parts of the server
 * @param room - the room
 * @param visitor - user who wants to join
 * @returns revision of the password that the user knows; null if no password was required
 */
export function admit(context: IServerContext, room: IOwnRoom, visitor: IVisitor): number | null {
    const { id, invitation } = visitor;
    const { rules } = room;
    context.rooms.requireNoBan(room.roomId, id);
    if (room.hasMember(id)) {
        // The new connection replaces the user's present one.
        return null;
    }
    if (room.size >= rules.maxMembers) {
        throw new ProtocolError("roomFull", "The room is full.");
    }
    if (invitation && invitation.userId !== null && invitation.userId !== id) {
        throw new ProtocolError("notInvited", "This invitation is for another user. Ask for your own.");
    }
    if (invitation && context.rooms.bannedUntil(room.roomId, invitation.by) !== undefined) {
        throw new ProtocolError("notInvited", "The member who invited you was removed from the room. Ask another member.");
    }
    return rules.access.check(visitor, rules.owner);
}
