import { LocalDriver, Server, matchMaker } from "@colyseus/core";
import { WebSocketTransport } from "@colyseus/ws-transport";
import { roomTypes } from "./http/router.js";
import { ProtocolError } from "./protocolError.js";
import { GuardedRoom } from "./rooms/guardedRoom.js";
import { authenticateMemberAsync, keyOption } from "./rooms/lobby/memberAuth.js";
import { MemberRoom, roomPayloadBytes } from "./rooms/lobby/memberRoom.js";
import { RtcRoom, authenticatePeerAsync, rtcPayloadBytes } from "./rooms/voice/rtcRoom.js";
import { RtcServerError } from "./rtcServerError.js";
import { WebSocketServer } from "ws";
import { withTimeoutAsync } from "./util/withTimeout.js";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { AuthContext, RegisteredHandler, Room } from "@colyseus/core";
import type { IGameServer } from "./config/serverOptions.js";
import type { IServerContext } from "./context.js";
import type { RoomUpgrade } from "./http/router.js";
import type { RtcServerLog } from "./log.js";

/** A client that answers neither of two pings is gone: 6 to 9 s after its network went. */
const pingIntervalMs = 3000;
const maxMissedPings = 2;
const goodbyeMs = 300;
/** Time for an app's Colyseus to have its driver, in milliseconds. */
const readyTimeoutMs = 10_000;

/** The Colyseus server that our rooms live in. */
export interface IColyseusHost {
    /** Takes the sockets of rooms; null = the app's own transport does. */
    readonly upgradeRoom: RoomUpgrade | null;
    /** True if rooms can be made: an app's own Colyseus server makes none before it listens. */
    isReady(): boolean;
    /** Tells every client of our rooms, and ends them. */
    closeAsync(): Promise<void>;
}

function isReady(): boolean {
    return (matchMaker.state as number | undefined) === matchMaker.MatchMakerState.READY;
}

/** Context of `onAuth` for a room type without one. */
const noContext: AuthContext = { headers: new Headers(), ip: "" };

/** Colyseus' transport without a server of its own: it gets its sockets from our router. */
class RoutedTransport extends WebSocketTransport {
    /** Takes the sockets of members' rooms, which are sent less at a time. */
    private readonly _small = new WebSocketServer({
        noServer: true,
        maxPayload: roomPayloadBytes,
        perMessageDeflate: false,
        clientTracking: false,
    });

    public constructor() {
        super({ noServer: true, maxPayload: rtcPayloadBytes, pingInterval: pingIntervalMs, pingMaxRetries: maxMissedPings });
        this.autoTerminateUnresponsiveClients(pingIntervalMs, maxMissedPings);
        this.pingInterval.unref();
    }

    /** Our router brings the sockets, so there is nothing to listen on. */
    public override listen(_port: number, _hostname?: string, _backlog?: number, listeningListener?: () => void): this {
        listeningListener?.();
        return this;
    }

    /** Our router brings the requests too. */
    public override bindRouter(): void {
        // Called by Colyseus where a transport has no HTTP server.
    }

    public upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, isSmall: boolean): void {
        // Colyseus would read the headers for each socket; our rooms ask for them when a seat is taken, not when it is used.
        const read = { url: new URL(`ws://server${request.url ?? "/"}`), context: noContext };
        const { wss } = this;
        const { clients } = wss;
        (isSmall ? this._small : wss).handleUpgrade(request, socket, head, (webSocket) => {
            if (isSmall) {
                // Pinged, and ended, as the others.
                clients.add(webSocket);
                webSocket.on("close", () => clients.delete(webSocket));
            }
            wss.emit("connection", webSocket, request, read);
        });
    }

    /** Called by Colyseus once the rooms are over; by then the clients have been told. */
    public override shutdown(): void {
        clearInterval(this.pingInterval);
        this.wss.close();
        const { clients } = this.wss;
        setTimeout(() => clients.forEach((client) => client.terminate()), goodbyeMs).unref();
    }

    /** Resolves when every socket has said goodbye, or has had the time to. */
    public async drainAsync(): Promise<void> {
        const closed = [...this.wss.clients].map((client) => new Promise<void>((resolve) => client.once("close", () => resolve())));
        await Promise.all(closed);
    }
}

/**
 * Starts a Colyseus server of our own, quietly: no banner, no handlers of signals.
 * @param context - what the parts of our server share
 * @returns the host; rejects with an `RtcServerError` if this process has another one
 */
export async function startOwnHostAsync(context: IServerContext): Promise<IColyseusHost> {
    const state = matchMaker.state as number | undefined;
    if (state === matchMaker.MatchMakerState.READY || state === matchMaker.MatchMakerState.INITIALIZING) {
        throw new RtcServerError(
            "alreadyRunning",
            "A Colyseus server runs in this process, and it has room for one. If it is your app's, pass it as `gameServer`; if it is another babylon-rtc-server, close that first.",
        );
    }
    const transport = new RoutedTransport();
    const { log } = context.settings;
    const server = new Server({ transport, greet: false, gracefullyShutdown: false, logger: quietLogger(log) });
    defineRoomTypes(server, context);
    await server.listen(0);
    return {
        upgradeRoom: (request, socket, head, roomId) => transport.upgrade(request, socket, head, context.rooms.room(roomId) !== undefined),
        isReady,
        async closeAsync() {
            await server.gracefullyShutdown(false);
            forgetTimers();
            await transport.drainAsync();
            roomTypes.forEach((type) => server.removeRoomType(type));
        },
    };
}

/**
 * Makes our rooms part of the app's Colyseus server.
 * @param gameServer - the app's; we neither start nor stop it
 * @param context - what the parts of our server share
 * @returns the host; rejects with an `RtcServerError` if the app has room types of these names, or a driver that shares rooms with other processes
 */
export async function joinHostAsync(gameServer: IGameServer, context: IServerContext): Promise<IColyseusHost> {
    await checkDriverAsync();
    const handlers = matchMaker.getAllHandlers();
    const taken = roomTypes.filter((type) => type in handlers);
    if (taken.length > 0) {
        throw new RtcServerError(
            "alreadyRunning",
            `This Colyseus server has a room type ${taken.map((type) => JSON.stringify(type)).join(" and ")} already. If it is another babylon-rtc-server, close that first; if it is yours, give it another name.`,
        );
    }
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- told by its shape, so that our types need none of Colyseus
    defineRoomTypes(gameServer as Server, context);
    return {
        upgradeRoom: null,
        isReady,
        async closeAsync() {
            const rooms = context.rooms.carriedIds.map((id) => matchMaker.getLocalRoomById(id));
            await Promise.all(rooms.filter((room) => room instanceof GuardedRoom).map((room) => room.endAsync()));
            // Colyseus tells the type of the last client's leaving a moment after that of the room's end.
            await new Promise((resolve) => setImmediate(resolve));
            roomTypes.forEach((type) => gameServer.removeRoomType(type));
        },
    };
}

/**
 * Refuses a driver other than Colyseus' own in memory (Redis, say): by it a member would find RTC rooms of other processes, whose members this one
 * does not know, so that it could not tell who may enter.
 */
async function checkDriverAsync(): Promise<void> {
    await withTimeoutAsync(Promise.resolve(matchMaker.onReady), readyTimeoutMs).catch((cause: unknown) => {
        throw new RtcServerError(
            "invalidOption",
            "`gameServer` has no driver after 10 s. Is it made with the same copy of @colyseus/core as this package has (npm ls @colyseus/core), and does its driver reach its database?",
            { cause },
        );
    });
    const { driver } = matchMaker;
    if (!(driver instanceof LocalDriver)) {
        throw new RtcServerError(
            "invalidOption",
            `\`gameServer\` shares its rooms with other processes (${driver.constructor.name}), and several processes are not supported yet: one could let in who was refused by another. Leave out the option \`driver\` of your Colyseus server, or run babylon-rtc-server in a process of its own.`,
        );
    }
}

/** Colyseus 0.18 leaves timers of a second behind (its statistics, and the locks of `joinOrCreate`), which would keep the process alive. */
function forgetTimers(): void {
    matchMaker.stats.reset();
    for (const type of roomTypes) {
        matchMaker.presence.del(`ch:${type}`);
    }
}

/** With rooms as guarded as ours, an error that Colyseus prints is a misbehaving client. */
function quietLogger(log: RtcServerLog): Record<"debug" | "info" | "trace" | "warn" | "error", (...parts: unknown[]) => void> {
    const debug = (...parts: unknown[]): void => log("debug", `colyseus: ${parts.map(String).join(" ")}`);
    return { debug, info: debug, trace: debug, warn: debug, error: debug };
}

/** Tells of a refusal that no router of ours answers: that of a join by the endpoint of an app's own Colyseus server. */
async function answeredAsync<T>({ entrances, events, tally }: IServerContext, auth: AuthContext, authAsync: () => Promise<T>): Promise<T> {
    if (entrances.has(auth)) {
        return await authAsync();
    }
    const answerAsync = async (): Promise<T> => {
        try {
            return await authAsync();
        } catch (error) {
            tally.refusals.add(ProtocolError.From(error).reason);
            events?.refuse(error);
            throw error;
        }
    };
    return await (events ? events.withinRequest("matchmake", "", answerAsync) : answerAsync());
}

/** The part of a Colyseus server that room types are defined on. */
interface IRoomTypeHost {
    define(name: string, roomClass: new () => Room): RegisteredHandler;
}

/**
 * Defines our two room types. Colyseus makes rooms without arguments, so each server has classes of its own, which know its context.
 * @param host - the Colyseus server
 * @param context - what the parts of our server share
 */
function defineRoomTypes(host: IRoomTypeHost, context: IServerContext): void {
    class BoundMemberRoom extends MemberRoom {
        protected override readonly _context = context;
        protected override readonly _rate = context.settings.messageRate;
        public static override onAuth(_token: string, options: unknown, auth: AuthContext): Promise<unknown> {
            const entrance = context.entrances.get(auth);
            const known = entrance?.auth && Promise.resolve(entrance.auth);
            const request = { headers: () => auth.headers, address: entrance?.address ?? "" };
            return known ?? answeredAsync(context, auth, () => authenticateMemberAsync(context, options, request));
        }
    }
    class BoundRtcRoom extends RtcRoom {
        protected override readonly _context = context;
        public static override onAuth(_token: string, options: unknown, auth: AuthContext): Promise<unknown> {
            const entrance = context.entrances.get(auth);
            const known = entrance?.auth && Promise.resolve(entrance.auth);
            return known ?? answeredAsync(context, auth, () => authenticatePeerAsync(context, options, entrance?.address ?? ""));
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
