import { ErrorCode, matchMaker } from "@colyseus/core";
import { grantRequest, guestRequest, roomListRequest } from "../../../protocol/schemas.js";
import { ProtocolError, parse } from "../protocolError.js";
import { defaultPrivileges } from "../tokens/privileges.js";
import { iceServersForAsync } from "../tokens/grantIceServers.js";
import { guestIdOf } from "../tokens/guests.js";
import { readJsonAsync } from "./reply.js";
import type { IncomingMessage } from "node:http";
import type { AuthContext } from "@colyseus/core";
import type { IGrantReply, IGuestReply, IRoomListReply, ISeat } from "../../../protocol/wire.js";
import type { IServerContext } from "../context.js";
import type { IGrant } from "../tokens/grants.js";
import type { GuestAuthority } from "../tokens/guests.js";
import type { IKnownUser } from "../tokens/identities.js";

const maxBodyBytes = 4096;
/** Largest body of a join, in bytes: it holds an identity of up to 8 KiB, properties of up to 8 KiB and attributes of up to 2 KiB. */
export const maxJoinBytes = 24_576;

/**
 * `POST {path}/guest`: mints a guest.
 * @param context - shared parts of the server
 * @param request - the request
 * @returns the new guest; rejects with a `ProtocolError`
 */
export async function mintGuestAsync(context: IServerContext, request: IncomingMessage): Promise<IGuestReply> {
    const guests = guestsOf(context);
    return await mintRequestedGuestAsync(guests, await readJsonAsync(request, maxBodyBytes));
}

/**
 * @param context - shared parts of the server
 * @returns the authority that mints guests; throws `forbidden` if this server does not allow guests
 */
export function guestsOf({ guests }: IServerContext): GuestAuthority {
    if (!guests) {
        throw new ProtocolError("forbidden", "This server does not allow guests. Sign in, and pass the result as `user.token`.");
    }
    return guests;
}

/**
 * Mints the guest that a request describes.
 * @param guests - authority that mints guests
 * @param body - an `IGuestRequest`, not yet validated
 * @returns the guest of the given key, or a new one; rejects with a `ProtocolError`
 */
export async function mintRequestedGuestAsync(guests: GuestAuthority, body: unknown): Promise<IGuestReply> {
    const { name, key } = parse(guestRequest, body);
    return await guests.mintAsync(name, key === undefined ? undefined : guestIdOf(key));
}

/**
 * `POST {path}/token`: signs a grant. For a room of ours, only its members get one; for another room (the app's own), every user whom `authorize`
 * accepts and, in development, every guest.
 * @param context - shared parts of the server
 * @param request - the request
 * @returns the grant; rejects with a `ProtocolError`
 */
export async function issueTokenAsync(context: IServerContext, request: IncomingMessage): Promise<IGrantReply> {
    const { room } = parse(grantRequest, await readJsonAsync(request, maxBodyBytes));
    context.events?.want(room, context.rooms.room(room)?.rules.title);
    const user = await bearerOfAsync(context, request, { id: room });
    context.rooms.requireNoBan(room, user.id);
    const own = context.rooms.room(room);
    if (own && !own.hasMember(user.id)) {
        throw new ProtocolError("forbidden", "Only members of the room can enter its RTC room. Enter the room first.");
    }
    const iceServers = await iceServersForAsync(context.settings, { user, room });
    const signed = await context.grants.signAsync(grantFor(context, room, user, own ? "membersOnly" : "anybody"));
    return { ...signed, iceServers };
}

/**
 * Content of a grant with the server's settings.
 * @param context - shared parts of the server
 * @param room - the room's id
 * @param user - user of the grant
 * @param whom - `membersOnly`: valid only while the user is a member of our room with that id
 * @returns the grant, not yet signed
 */
export function grantFor({ settings }: IServerContext, room: string, user: IKnownUser, whom: "anybody" | "membersOnly"): IGrant {
    return {
        room,
        user: { id: user.id, name: user.name },
        privileges: user.privileges ?? defaultPrivileges,
        expiresAt: settings.now() + settings.grantTtlSeconds * 1000,
        membersOnly: whom === "membersOnly",
    };
}

/**
 * `POST {path}/rooms`: lists rooms.
 * @param context - shared parts of the server
 * @param request - the request
 * @returns one page of the public rooms; rejects with a `ProtocolError`
 */
export async function listRoomsAsync(context: IServerContext, request: IncomingMessage): Promise<IRoomListReply> {
    const { cursor, limit } = parse(roomListRequest, await readJsonAsync(request, maxBodyBytes));
    await bearerOfAsync(context, request);
    const { rooms, more } = context.rooms.page(cursor && Buffer.from(cursor, "base64url").toString(), limit);
    const last = rooms.at(-1);
    // The cursor is the name of the last room, so that the next page starts after it even if that room has ended.
    const next = more && last && { next: Buffer.from(last.rules.title).toString("base64url") };
    return { rooms: rooms.map((room) => room.rules.summary(room.size)), ...next };
}

async function bearerOfAsync(context: IServerContext, request: IncomingMessage, room?: { readonly id: string }): Promise<IKnownUser> {
    const credential = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    const user = await context.identities.recogniseAsync({ credential, ...(room && { room }), headersOf: () => toHeaders(request) });
    if (!user) {
        throw new ProtocolError("unauthorized", "The server does not know you. Sign in again.");
    }
    context.events?.identify(user);
    const { userRequests } = context;
    if (!userRequests.take(user.id)) {
        context.tally.limited.add("userRequests");
        const seconds = userRequests.waitSeconds(user.id);
        throw ProtocolError.TooMuch(`Too many requests of one user. Wait ${seconds} s.`, seconds);
    }
    return user;
}

/**
 * `POST {path}/matchmake/{method}/{type}`: the first request of Colyseus' client. Only the two methods that lead to one room per name are accepted.
 * @param context - shared parts of the server
 * @param request - the request
 * @param method - Colyseus' method to join
 * @param type - our room type
 * @returns Colyseus' seat reservation; rejects with a `ProtocolError`
 */
export async function matchmakeAsync(context: IServerContext, request: IncomingMessage, method: string, type: string): Promise<unknown> {
    const options = await readJsonAsync(request, maxJoinBytes);
    if (method !== "joinOrCreate" && method !== "join") {
        throw new ProtocolError("forbidden", "Join with `joinOrCreate` or `join`.");
    }
    const auth = { ip: context.settings.addressOf(request), headers: toHeaders(request) };
    context.entrances.set(auth, { address: auth.ip });
    return await seatAsync(method, type, options, auth);
}

/**
 * Lets Colyseus find or create a room and reserve a seat in it.
 * @param method - `join`: only in an existing room
 * @param type - our room type
 * @param options - join options
 * @param auth - argument of `onAuth`
 * @returns Colyseus' seat reservation; rejects with a `ProtocolError`
 */
export async function seatAsync(method: "join" | "joinOrCreate", type: string, options: unknown, auth: AuthContext): Promise<ISeat> {
    try {
        return await matchMaker[method](type, options, auth);
    } catch (error) {
        if (error instanceof Error && "code" in error && error.code === ErrorCode.MATCHMAKE_INVALID_CRITERIA) {
            throw new ProtocolError("roomNotFound", "There is no room with this name.");
        }
        throw ProtocolError.From(error);
    }
}

/**
 * @param request - a request
 * @returns its headers, as a `Headers` object
 */
export function toHeaders(request: IncomingMessage): Headers {
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) {
        if (value !== undefined) {
            headers.set(name, Array.isArray(value) ? value.join(", ") : value);
        }
    }
    return headers;
}
