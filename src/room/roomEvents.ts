import type { IRoomInfo as IServerRoomInfo, IRoomServerMessages } from "../../protocol/wire.js";
import { errorFromServer } from "../interop/serverError.js";
import type { MessageOf } from "../interop/serverRoom.js";
import type { RtcError } from "../errors/rtcError.js";
import { memberLeft, stayEnd } from "../errors/leaveReasons.js";
import { membersAfter } from "./memberList.js";
import type { MemberList } from "./memberList.js";
import type { RoomEvent, RoomLeaveReason } from "./roomEvent.js";
import type { IRoomInfo } from "./roomInfo.js";

/** State of the current room. */
export interface IRoomState {
    readonly room: IRoomInfo | null;
    readonly members: MemberList;
}

/**
 * @param error - error that ended the connection to the room
 * @returns the matching reason of a `left` event
 */
export function leaveReasonOf(error: RtcError): RoomLeaveReason {
    return stayEnd(error.code).room;
}

/**
 * Applies a server message to the room state, and derives the events for the app. Pure.
 * @param before - state so far; it is not changed
 * @param message - message of the server
 * @returns the new state, and the events in order
 */
export function afterMessage(before: IRoomState, message: MessageOf<IRoomServerMessages>): { state: IRoomState; events: RoomEvent[] } {
    const members = membersAfter(before.members, message);
    switch (message.type) {
        case "welcome":
            return afterWelcome(before, { room: roomInfoOf(message.payload.room), members });
        case "roomChanged": {
            const room = roomInfoOf(message.payload);
            return { state: { room, members }, events: before.room ? roomChanges(before.room, room) : [] };
        }
        case "refused":
            return {
                state: before,
                events: [{ type: "error", action: "send", error: errorFromServer(message.payload.code, message.payload) }],
            };
        default:
            return { state: { room: before.room, members }, events: memberEvents(before.members, members, message) };
    }
}

/** Derives the events for what changed while the connection was lost; none at the first welcome. */
function afterWelcome({ room: roomBefore, members: before }: IRoomState, state: IRoomState): { state: IRoomState; events: RoomEvent[] } {
    const events: RoomEvent[] = roomBefore && state.room ? roomChanges(roomBefore, state.room) : [];
    if (roomBefore) {
        before.forEach((member, id) => !state.members.has(id) && events.push({ type: "memberLeft", member, reason: "dropped" }));
        state.members.forEach((member, id) => {
            const old = before.get(id);
            if (!old) {
                events.push({ type: "memberJoined", member });
            } else if (JSON.stringify(old) !== JSON.stringify(member)) {
                events.push({ type: "memberChanged", member, before: old });
            }
        });
    }
    return { state, events };
}

function memberEvents(before: MemberList, after: MemberList, message: MessageOf<IRoomServerMessages>): RoomEvent[] {
    switch (message.type) {
        case "memberJoined": {
            const member = after.get(message.payload.id);
            return member ? [{ type: "memberJoined", member }] : [];
        }
        case "memberChanged": {
            const [old, member] = [before.get(message.payload.id), after.get(message.payload.id)];
            return old && member ? [{ type: "memberChanged", member, before: old }] : [];
        }
        case "memberLeft": {
            const member = before.get(message.payload.id);
            return member ? [{ type: "memberLeft", member, reason: memberLeft(message.payload.reason).room }] : [];
        }
        default:
            return [];
    }
}

/**
 * Compares two states of the same room. Pure.
 * @param before - earlier state
 * @param after - later state
 * @returns one event per difference
 */
export function roomChanges(before: IRoomInfo, after: IRoomInfo): RoomEvent[] {
    const events: RoomEvent[] = [];
    if (before.owner !== after.owner) {
        events.push({ type: "ownerChanged", owner: after.owner, before: before.owner });
    }
    if (before.locked !== after.locked) {
        events.push({ type: after.locked ? "locked" : "unlocked" });
    }
    if (before.passwordRevision !== after.passwordRevision) {
        events.push({ type: "passwordChanged", hasPassword: after.hasPassword });
    }
    if (before.description !== after.description) {
        events.push({ type: "descriptionChanged", description: after.description });
    }
    const changed = changedKeys(before.properties, after.properties);
    if (changed.length > 0) {
        events.push({ type: "propertiesChanged", properties: after.properties, changed });
    }
    return events;
}

function changedKeys(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): string[] {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    // Both values were received as JSON with their keys in the written order, so equal text means equal values.
    return [...keys].filter(
        (key) => Object.hasOwn(before, key) !== Object.hasOwn(after, key) || JSON.stringify(before[key]) !== JSON.stringify(after[key]),
    );
}

function roomInfoOf(info: IServerRoomInfo): IRoomInfo {
    return Object.freeze({ ...info, properties: Object.freeze({ ...info.properties }) });
}
