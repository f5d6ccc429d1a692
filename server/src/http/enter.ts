import { matchMaker } from "@colyseus/core";
import { enterRequest, resumeRequest } from "../../../protocol/schemas.js";
import { describe } from "../log.js";
import { ProtocolError, parse } from "../protocolError.js";
import { authenticateMemberAsync } from "../rooms/lobby/memberAuth.js";
import { GuardedRoom } from "../rooms/guardedRoom.js";
import { SignallingPass } from "../rooms/voice/peerDirectory.js";
import { iceServersForAsync } from "../tokens/grantIceServers.js";
import { withTimeoutAsync } from "../util/withTimeout.js";
import { grantFor, guestsOf, maxJoinBytes, mintRequestedGuestAsync, seatAsync, toHeaders } from "./endpoints.js";
import { readJsonAsync } from "./reply.js";
import type { IncomingMessage } from "node:http";
import type { AuthContext } from "@colyseus/core";
import type { IEnterReply, IGuestReply, IResumeReply, ISeat, IVoiceEntry } from "../../../protocol/wire.js";
import type { IServerContext } from "../context.js";
import type { IMemberAuth } from "../rooms/lobby/memberAuth.js";
import type { IPeerAuth } from "../rooms/voice/rtcRoom.js";
import type { IKnownUser } from "../tokens/identities.js";

/** Time for which a signalling pass is reserved, in milliseconds: the same as Colyseus' seat reservations. */
const holdMs = 10_000;
/**
 * Timeout for the app's functions after the seat in the room is reserved, in milliseconds. The rest of the reservation is for the network round trip.
 */
const maxVoiceMs = 5_000;
const maxResumeBytes = 1024;

/**
 * `POST {path}/enter`: combines `/guest`, `/matchmake/…/room`, `/token` and `/matchmake/…/rtc` in one request, by the same rules. It only reserves
 * seats: the client joins the room and its RTC room when its sockets connect, and both then check everything again.
 * @param context - shared parts of the server
 * @param request - the request
 * @returns seats in the room and in its RTC room; rejects with a `ProtocolError`
 */
export async function enterAsync(context: IServerContext, request: IncomingMessage): Promise<IEnterReply> {
    const { join, guest: wish, create, voice } = parse(enterRequest, await readJsonAsync(request, maxJoinBytes, "plain"));
    const options = join as Record<string, unknown>;
    const minted = wish === undefined || options.identity !== undefined ? undefined : await mintAsync(context, wish);
    const entrance = { address: context.settings.addressOf(request), headers: () => toHeaders(request) };
    const guest = minted && { ...minted.user, isGuest: true, attributes: {} };
    try {
        const auth = await authenticateMemberAsync(context, options, { ...entrance, ...(guest && { user: guest }) });
        const seat = await memberSeatAsync(context, create ? "joinOrCreate" : "join", options, auth);
        const room = seat.roomId;
        const enterVoiceAsync = async (): Promise<IVoiceEntry | null> => {
            const user = guest ?? (await voiceUserAsync(context, options.identity, room, entrance.headers));
            return user?.id === auth.id ? await voiceEntryAsync(context, seat, user, entrance.address) : null;
        };
        const entry = voice ? await inTimeAsync(context, enterVoiceAsync()) : null;
        return { ...(minted && { guest: minted }), room, seat, ...(entry && { voice: entry }) };
    } catch (error) {
        throw minted ? ProtocolError.From(error).withGuest(minted) : error;
    }
}

/**
 * Entry into the voice, or null if the app's functions take so long that the seat in the room would expire. The page then requests the voice after it
 * has joined the room.
 */
async function inTimeAsync({ settings }: IServerContext, entering: Promise<IVoiceEntry | null>): Promise<IVoiceEntry | null> {
    try {
        return await withTimeoutAsync(entering, maxVoiceMs);
    } catch (error) {
        if (!isTimeout(error)) {
            throw error;
        }
        settings.log(
            "warn",
            `authorize and iceServers took more than ${maxVoiceMs / 1000} s. The page enters the RTC room in a separate request.`,
        );
        return null;
    }
}

function isTimeout(error: unknown): boolean {
    return error instanceof DOMException && error.name === "TimeoutError";
}

async function mintAsync(context: IServerContext, wish: unknown): Promise<IGuestReply> {
    return await mintRequestedGuestAsync(guestsOf(context), wish);
}

async function memberSeatAsync(
    context: IServerContext,
    method: "join" | "joinOrCreate",
    options: Record<string, unknown>,
    auth: IMemberAuth,
): Promise<ISeat> {
    const room = context.rooms.room(auth.roomId ?? "");
    const seat = room ? await seatInAsync(room, "room", options, auth) : undefined;
    return seat ?? (await seatAsync(method, "room", options, entranceOf(context, auth)));
}

/** User of the grant, identified as in `POST {path}/token`; null = refused. The app's sign-in may accept a user for a room but not for its voice. */
async function voiceUserAsync(
    context: IServerContext,
    credential: unknown,
    room: string,
    headersOf: () => Headers,
): Promise<IKnownUser | null> {
    return await context.identities.recogniseAsync({ credential, room: { id: room }, headersOf });
}

async function voiceEntryAsync(
    context: IServerContext,
    { roomId: room, sessionId: memberSeat }: ISeat,
    user: IKnownUser,
    address: string,
): Promise<IVoiceEntry | null> {
    const { settings, peers, rooms } = context;
    // Asked before the seat in the RTC room is reserved, because the app may take long and the reservation is short.
    const iceServers = await iceServersForAsync(settings, { user, room });
    const grant = grantFor(context, room, user, "membersOnly");
    const pass = new SignallingPass(settings, user.id);
    const auth: IPeerAuth = { ...grant, promised: pass.peerId, memberSeat, address };
    const options = { room };
    const rtcRoom = rooms.rtcRoom(room);
    try {
        const held = rtcRoom ? await seatInAsync(rtcRoom, "rtc", options, auth) : undefined;
        const seat = held ?? (await seatAsync("joinOrCreate", "rtc", options, entranceOf(context, auth)));
        peers.promise(pass, holdMs);
        const { expiresAt } = grant;
        const expiresInMs = settings.grantTtlSeconds * 1000;
        const callees = rtcRoom?.calleesOf(user.id) ?? [];
        return { seat, iceServers, expiresAt, expiresInMs, self: pass.peerId, secret: pass.secret, callees };
    } catch (error) {
        // The client can still join the room. If it then requests the voice alone, it gets the reason.
        settings.log("debug", `no seat was reserved in an RTC room: ${describe(error)}`);
        return null;
    }
}

/**
 * Reserves a seat in a room of this process, without Colyseus' search through all rooms.
 * @param room - the room
 * @param name - its room type
 * @param options - join options
 * @param auth - argument of its `onJoin`
 * @returns the seat; undefined if the room accepts no more clients, or if the reservation fails
 */
async function seatInAsync(
    { roomId, isEnding }: { readonly roomId: string; readonly isEnding: boolean },
    name: string,
    options: object,
    auth: object,
): Promise<ISeat | undefined> {
    const room = isEnding ? undefined : matchMaker.getLocalRoomById(roomId);
    if (!room || room.locked) {
        return undefined;
    }
    const { processId, publicAddress } = matchMaker;
    const { maxClients, clients } = room;
    try {
        return await matchMaker.reserveSeatFor(
            { name, roomId, processId, publicAddress, maxClients, clients: clients.length },
            options,
            auth,
        );
    } catch {
        // On a join, the fallback is Colyseus' own search, which finds another room or reports the reason. `/resume` reports a closed room.
        return undefined;
    }
}

/**
 * `POST {path}/resume`: reserves a seat for a member whose connection to a room or RTC room dropped.
 * @param context - shared parts of the server
 * @param request - the request
 * @returns the seat; rejects with a `ProtocolError`
 */
export async function resumeAsync(context: IServerContext, request: IncomingMessage): Promise<IResumeReply> {
    const { room: roomId, id, secret } = parse(resumeRequest, await readJsonAsync(request, maxResumeBytes, "plain"));
    const room = context.rooms.carries(roomId) ? matchMaker.getLocalRoomById(roomId) : undefined;
    if (!(room instanceof GuardedRoom)) {
        throw new ProtocolError("roomNotFound", "The room is closed.");
    }
    const auth = { ...room.resume(id, secret), address: context.settings.addressOf(request) };
    const seat = await seatInAsync(room, room.roomName, {}, auth);
    if (!seat) {
        throw new ProtocolError("roomNotFound", "The room is closed.");
    }
    return { seat };
}

/** Auth context for Colyseus to pass to `onAuth`, for a user who is already authenticated. */
function entranceOf(context: IServerContext, auth: IMemberAuth | IPeerAuth): AuthContext {
    const entrance = { ip: "", headers: new Headers() };
    context.entrances.set(entrance, { address: "", auth });
    return entrance;
}
