import { filter, firstValueFrom } from "rxjs";
import type { ProbeContext } from "../audio/probeContext.js";
import { RtcError, throwIfAborted } from "../errors/rtcError.js";
import { orAbortedAsync } from "../interop/abortable.js";
import { randomHex } from "../interop/randomHex.js";
import { notOurServer, serverTimeoutMs, unreachable } from "../interop/serverApi.js";
import { ServerEntrance } from "../room/serverEntrance.js";
import { ServerIdentity } from "../room/serverIdentity.js";
import type { IRtcUser } from "../room/serverIdentity.js";
import { ServerRoomService } from "../room/serverRoomService.js";
import type { RoomStatus } from "../room/room.js";
import { grantFromAsync, serverGrants } from "../rtc/connection/grantSource.js";
import type { IGrantRequest } from "../rtc/connection/grantSource.js";
import { PeerJsTransport } from "../transport/serverTransport.js";
import type { Finding, IRtcCheckOptions } from "./checkRow.js";

/** Timeout for entering a room and its RTC room, in milliseconds: four requests or sockets in sequence, with ten seconds each at most. */
const enterTimeoutMs = 40_000;

/**
 * Checks that a babylon-rtc-server answers.
 * @param server - the server's address, as returned by `serverAddress`
 * @param signal - cancels
 * @returns the finding, `skipped` if the server hides its health; rejects with `serverUnreachable` if no such server answers
 */
export async function checkServerAsync(server: string, signal: AbortSignal): Promise<Finding> {
    if (isMixedContent(server)) {
        throw new RtcError("serverUnreachable", `This page uses https, so browsers block requests to ${server}. Serve it over https, too.`);
    }
    let response: Response;
    let reply: unknown;
    try {
        response = await fetch(`${server}/health`, {
            credentials: "omit",
            cache: "no-store",
            signal: AbortSignal.any([signal, AbortSignal.timeout(serverTimeoutMs)]),
        });
        reply = await response.json().catch(() => null);
    } catch (error) {
        throwIfAborted(signal);
        throw unreachable(server, error);
    }
    const { status, rtcRooms } = (reply ?? {}) as Readonly<Record<string, unknown>>;
    if ([401, 403].includes(response.status)) {
        // The server's operator may have restricted this path.
        return { state: "skipped", text: `${server} does not report its health. The next row checks the rooms.` };
    }
    if (!response.ok || typeof rtcRooms !== "number") {
        // A status of 500 or higher comes from a proxy in front of the server.
        throw response.status >= 500 ? unreachable(server, reply) : notOurServer(server, reply);
    }
    if (status !== "ok") {
        throw new RtcError("serverUnreachable", `The server at ${server} is shutting down. Try again in a moment.`);
    }
    return { text: `A babylon-rtc-server answers at ${server}.` };
}

/** True if browsers block requests to the server as mixed content. They allow requests to the local machine. */
function isMixedContent(server: string): boolean {
    const { protocol, hostname } = new URL(server);
    const isHere = /^(localhost|.+\.localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
    return protocol === "http:" && !isHere && typeof location !== "undefined" && location.protocol === "https:";
}

/** Result of entering a room. */
export interface IEntered {
    readonly iceServers: RTCIceServer[];
}

/**
 * Enters a room and its RTC room, and leaves both again. Unless the options name a room, the room is private and has a random name. If the
 * app has its own rooms, only an RTC room is entered.
 * @param server - the server's address
 * @param options - user and room
 * @param audio - makes the silent track that a link would send
 * @param signal - cancels
 * @returns the ICE servers of the grant; rejects with an `RtcError`. In both cases, everything except `audio` has been closed.
 */
export async function enterAsync(server: string, options: IRtcCheckOptions, audio: ProbeContext, signal: AbortSignal): Promise<IEntered> {
    const timeout = AbortSignal.timeout(enterTimeoutMs);
    const either = AbortSignal.any([signal, timeout]);
    try {
        return await enterWithAsync(server, options, audio, either);
    } catch (error) {
        throwIfAborted(signal);
        throw timeout.aborted ? unreachable(server, error) : error;
    }
}

async function enterWithAsync(server: string, options: IRtcCheckOptions, audio: ProbeContext, signal: AbortSignal): Promise<IEntered> {
    const user: IRtcUser = options.user ?? { name: "Check" };
    const identity = new ServerIdentity(server, user);
    const isOurs = options.rooms === undefined;
    const entrance = new ServerEntrance(server, identity, options.token ? "room" : "voice");
    const token = options.token ?? serverGrants(server, identity, entrance, isOurs ? "ours" : "apps");
    const rooms = new ServerRoomService(server, user, identity, entrance);
    try {
        const request = isOurs ? await roomOfOursAsync(rooms, options.room, signal) : roomOfTheApps(options.room, user);
        const grant = await grantFromAsync(token, request, signal);
        const transport = new PeerJsTransport({
            server,
            silentTrack: () => ({ track: audio.createTrack(0), dispose: () => undefined }),
            retryPolicy: { nextRetryDelayInMs: () => null },
            iceServers: [],
        });
        const session = await transport.joinAsync(grant, signal);
        await session.leaveAsync();
        return { iceServers: grant.iceServers ?? [] };
    } finally {
        entrance.drop();
        await rooms.disposeAsync();
    }
}

type InRoom = Extract<RoomStatus, { readonly state: "inRoom" }>;

async function roomOfOursAsync(rooms: ServerRoomService, room: string | undefined, signal: AbortSignal): Promise<IGrantRequest> {
    await (room === undefined
        ? rooms.joinAsync(`check ${randomHex(12)}`, { private: true, maxMembers: 1, signal })
        : rooms.joinAsync(room, { signal }));
    const inside$ = rooms.status$.pipe(filter((status): status is InRoom => status.state === "inRoom"));
    const inside = await orAbortedAsync(firstValueFrom(inside$), signal);
    return { room: inside.room.id, user: inside.self };
}

function roomOfTheApps(room: string | undefined, { name }: IRtcUser): IGrantRequest {
    return { room: room ?? `check-${randomHex(12)}`, user: { id: "", name, attributes: {} } };
}
