import { keyOption, authenticateMemberAsync } from "./lobby/memberAuth.js";
import { MemberRoom } from "./lobby/memberRoom.js";
import { RtcRoom, authenticatePeerAsync } from "./voice/rtcRoom.js";
import type { AuthContext, RegisteredHandler, Room } from "@colyseus/core";
import type { IServerContext } from "../context.js";

/** The part of a Colyseus server that room types are defined on. */
export interface IRoomTypeHost {
    define(name: string, roomClass: new () => Room): RegisteredHandler;
}

/**
 * Defines our two room types. Colyseus makes rooms without arguments, so each server has classes of its own, which know its context.
 * @param host - the Colyseus server
 * @param context - what the parts of our server share
 */
export function defineRoomTypes(host: IRoomTypeHost, context: IServerContext): void {
    class BoundMemberRoom extends MemberRoom {
        protected override readonly _context = context;
        protected override readonly _rate = context.settings.messageRate;
        public static override onAuth(_token: string, options: unknown, auth: AuthContext): Promise<unknown> {
            const address = context.entrances.has(auth) ? String(auth.ip) : "";
            return authenticateMemberAsync(context, options, { headers: auth.headers, address });
        }
    }
    class BoundRtcRoom extends RtcRoom {
        protected override readonly _context = context;
        public static override onAuth(_token: string, options: unknown): Promise<unknown> {
            return authenticatePeerAsync(context, options);
        }
    }
    // A room that is over makes way for a new one of its name at once; `onDispose` comes a moment later.
    host.define("room", BoundMemberRoom)
        .filterBy([keyOption as never])
        .on("dispose", (room: Room) => room instanceof MemberRoom && context.rooms.removeRoom(room));
    host.define("rtc", BoundRtcRoom)
        .filterBy(["room" as never])
        .on("dispose", (room: Room) => room instanceof RtcRoom && context.rooms.removeRtcRoom(room));
}
