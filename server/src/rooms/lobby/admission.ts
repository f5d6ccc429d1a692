import { ProtocolError } from "../../protocolError.js";
import type { IServerContext } from "../../context.js";
import type { IOwnRoom } from "../roomDirectory.js";
import type { IVisitor } from "./roomAccess.js";

/**
 * Throws a `ProtocolError` if somebody may not come into a room: bans and a full room stand against everybody, then the room's access decides.
 * @param context - what the parts of the server share
 * @param room - the room
 * @param visitor - who
 * @returns the revision of the password that they know; null if they were not asked for one
 */
export function admit(context: IServerContext, room: IOwnRoom, visitor: IVisitor): number | null {
    const { id, invitation } = visitor;
    const { rules } = room;
    context.rooms.requireNoBan(room.roomId, id);
    if (room.hasMember(id)) {
        // The same user from elsewhere takes their own place.
        return null;
    }
    if (room.size >= rules.maxMembers) {
        throw new ProtocolError("roomFull", "The room is full.");
    }
    if (invitation && invitation.userId !== null && invitation.userId !== id) {
        throw new ProtocolError("notInvited", "This invitation is for somebody else. Ask for one of your own.");
    }
    if (invitation && context.rooms.bannedUntil(room.roomId, invitation.by) !== undefined) {
        throw new ProtocolError("notInvited", "Who invited you was put out of the room. Ask somebody else who is in it.");
    }
    return rules.access.check(visitor, rules.owner);
}
