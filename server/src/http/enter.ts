import { matchMaker } from "@colyseus/core";
import { enterRequest, resumeRequest } from "../../../protocol/schemas.js";
import { describe } from "../log.js";
import { ProtocolError, parse } from "../protocolError.js";
import { authenticateMemberAsync } from "../rooms/lobby/memberAuth.js";
import { GuardedRoom } from "../rooms/guardedRoom.js";
import { SignallingPass } from "../rooms/voice/peerDirectory.js";
import { iceServersForAsync } from "../tokens/grantIceServers.js";
import { withTimeoutAsync } from "../util/withTimeout.js";
import { grantFor, maxJoinBytes, mintRequestedGuestAsync, seatAsync, toHeaders } from "./endpoints.js";
import { readJsonAsync } from "./reply.js";
import type { IncomingMessage } from "node:http";
import type { AuthContext } from "@colyseus/core";
import type { IEnterReply, IGuestReply, IResumeReply, ISeat, IVoiceEntry } from "../../../protocol/wire.js";
import type { IServerContext } from "../context.js";
import type { IMemberAuth } from "../rooms/lobby/memberAuth.js";
import type { IPeerAuth } from "../rooms/voice/rtcRoom.js";
import type { IKnownUser } from "../tokens/identities.js";

/** Time for which a way into an RTC room is held, in milliseconds: as long as Colyseus holds its seats. */
const holdMs = 10_000;
/** Time for the app's functions once the seat in the room is taken, in milliseconds; the rest of the seat's time is for the way to the page and back. */
const maxVoiceMs = 5_000;
const maxResumeBytes = 1024;

/**
 * `POST {path}/enter`: does in one request what `/guest`, `/matchmake/…/room`, `/token` and `/matchmake/…/rtc` do one after the other, by the same
 * rules. Nobody is in the room or in its voice before their sockets are, and both look at everything again.
 * @param context - what the parts of the server share
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

/** The way into the voice; null if the app's functions take so long for it that the seat in the room would be over. Then the page asks for it from inside. */
async function inTimeAsync({ settings }: IServerContext, entering: Promise<IVoiceEntry | null>): Promise<IVoiceEntry | null> {
    try {
        return await withTimeoutAsync(entering, maxVoiceMs);
    } catch (error) {
        if (!isTimeout(error)) {
            throw error;
        }
        settings.log(
            "warn",
            `authorize and iceServers took more than ${maxVoiceMs / 1000} s for a voice, which is entered after its room now.`,
        );
        return null;
    }
}

function isTimeout(error: unknown): boolean {
    return error instanceof DOMException && error.name === "TimeoutError";
}

async function mintAsync(context: IServerContext, wish: unknown): Promise<IGuestReply> {
    if (!context.guests) {
        throw new ProtocolError("invalidRequest", "This server takes no guests. Sign in, and pass what that gives as `user.token`.");
    }
    return await mintRequestedGuestAsync(context.guests, wish);
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

/** User for whom a grant would be, as `POST {path}/token` finds them; null = nobody. The app's sign-in may let somebody into a room and not into its voice. */
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
    // The seat in the RTC room is held for a short time, so what an app takes for its answer comes before it.
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
        return { seat, iceServers, expiresAt, expiresInMs, self: pass.peerId, secret: pass.secret };
    } catch (error) {
        // The room itself can be entered, and whoever asks for its voice alone hears why not.
        settings.log("debug", `no seat in an RTC room: ${describe(error)}`);
        return null;
    }
}

/**
 * Holds a seat in a room of this process without Colyseus' search, which looks at every room that there is.
 * @param room - the room
 * @param name - its type
 * @param options - of the join
 * @param auth - what its `onJoin` gets
 * @returns the seat; undefined if the room takes nobody any more
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
        // Colyseus' own search finds another room, or says what is the matter.
        return undefined;
    }
}

/**
 * `POST {path}/resume`: a seat for somebody whose connection to a room or RTC room dropped.
 * @param context - what the parts of the server share
 * @param request - the request
 * @returns the seat; rejects with a `ProtocolError`
 */
export async function resumeAsync(context: IServerContext, request: IncomingMessage): Promise<IResumeReply> {
    const { room: roomId, id, secret } = parse(resumeRequest, await readJsonAsync(request, maxResumeBytes, "plain"));
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

/** Context that Colyseus passes on to `onAuth`, for somebody who was authenticated already. */
function entranceOf(context: IServerContext, auth: IMemberAuth | IPeerAuth): AuthContext {
    const entrance = { ip: "", headers: new Headers() };
    context.entrances.set(entrance, { address: "", auth });
    return entrance;
}
