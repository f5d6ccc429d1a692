import { matchMaker } from "@colyseus/core";
import { resumeRequest } from "../../../protocol/schemas.js";
import { ProtocolError, parse } from "../protocolError.js";
import { GuardedRoom } from "../rooms/guardedRoom.js";
import { seatInAsync } from "./enter.js";
import { readJsonAsync } from "./reply.js";
import type { IncomingMessage } from "node:http";
import type { IResumeReply } from "../../../protocol/wire.js";
import type { IServerContext } from "../context.js";

const maxBodyBytes = 1024;

/**
 * `POST {path}/resume`: a seat for somebody whose connection to a room or RTC room dropped.
 * @param context - what the parts of the server share
 * @param request - the request
 * @returns the seat; rejects with a `ProtocolError`
 */
export async function resumeAsync(context: IServerContext, request: IncomingMessage): Promise<IResumeReply> {
    const { room: roomId, id, secret } = parse(resumeRequest, await readJsonAsync(request, maxBodyBytes, "plain"));
    const room = context.rooms.carries(roomId) ? matchMaker.getLocalRoomById(roomId) : undefined;
    if (!(room instanceof GuardedRoom)) {
        throw new ProtocolError("roomNotFound", "The room is over.");
    }
    const auth = { ...room.resume(id, secret), address: context.settings.addressOf(request) };
    const seat = await seatInAsync(room, room.roomName, {}, auth);
    if (!seat) {
        throw new ProtocolError("roomNotFound", "The room is over.");
    }
    return { seat };
}
