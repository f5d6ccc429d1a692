import type { IMemberInfo, IRoomServerMessages } from "../../protocol/wire.js";
import type { MessageOf } from "../interop/serverRoom.js";
import type { IRoomMember } from "./room.js";

/** The members of a room by id, in join order. */
export type MemberList = ReadonlyMap<string, IRoomMember>;

/** Member list outside of a room. */
export const noMembers: MemberList = new Map();

function memberOf(info: IMemberInfo): IRoomMember {
    const { id, name, attributes, reconnecting } = info;
    return Object.freeze({ id, name, attributes: Object.freeze({ ...attributes }), ...(reconnecting && { reconnecting }) });
}

/**
 * Applies a server message to the list. Pure.
 * @param list - the list so far; it is not changed
 * @param message - message of the server
 * @returns the new list, or the same object if the message does not concern it
 */
export function membersAfter(list: MemberList, message: MessageOf<IRoomServerMessages>): MemberList {
    switch (message.type) {
        case "welcome":
            return new Map(message.payload.members.map((info) => [info.id, memberOf(info)]));
        case "memberJoined":
        case "memberChanged":
            return new Map(list).set(message.payload.id, memberOf(message.payload));
        case "memberLeft": {
            const next = new Map(list);
            return next.delete(message.payload.id) ? next : list;
        }
        default:
            return list;
    }
}
