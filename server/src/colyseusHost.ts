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

/** Ping interval, in milliseconds. A client that leaves two pings unanswered is disconnected: 6 to 9 s after its network went down. */
const pingIntervalMs = 3000;
const maxMissedPings = 2;
/** Time for clients to close their sockets before they are terminated, in milliseconds. */
const goodbyeMs = 300;
/** Timeout for the app's Colyseus server to get its driver, in milliseconds. */
const readyTimeoutMs = 10_000;

/** The Colyseus server that hosts our rooms. */
export interface IColyseusHost {
    /** Accepts the sockets of rooms; null = the app's own transport accepts them. */
    readonly upgradeRoom: RoomUpgrade | null;
    /** True if rooms can be created: the app's own Colyseus server creates none before it listens. */
    isReady(): boolean;
    /** Closes our rooms. Every client is told the reason (`serverStopping`) first. */
    closeAsync(): Promise<void>;
}

function isReady(): boolean {
    return (matchMaker.state as number | undefined) === matchMaker.MatchMakerState.READY;
}

/** Empty auth context for the sockets of rooms: their clients were authenticated when the seats were reserved. */
const noContext: AuthContext = { headers: new Headers(), ip: "" };

/** Colyseus' transport without an HTTP server: our router passes the sockets to it. */
class RoutedTransport extends WebSocketTransport {
    /** Accepts the sockets of member rooms, which have a smaller payload limit. */
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

    /** Does not listen, because our router passes the sockets. */
    public override listen(_port: number, _hostname?: string, _backlog?: number, listeningListener?: () => void): this {
        listeningListener?.();
        return this;
    }

    /** No-op, because our router answers the requests. */
    public override bindRouter(): void {
        // Colyseus calls this for a transport without an HTTP server.
    }

    public upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, isSmall: boolean): void {
        // Colyseus would parse the headers for each socket. Our rooms need the headers only when a seat is reserved, not when its socket connects.
        const read = { url: new URL(`ws://server${request.url ?? "/"}`), context: noContext };
        const { wss } = this;
        const { clients } = wss;
        (isSmall ? this._small : wss).handleUpgrade(request, socket, head, (webSocket) => {
            if (isSmall) {
                // Added to the other clients, so that it is pinged and closed like them.
                clients.add(webSocket);
                webSocket.on("close", () => clients.delete(webSocket));
            }
            wss.emit("connection", webSocket, request, read);
        });
    }

    /** Called by Colyseus once all rooms are closed. The clients have been told by then. */
    public override shutdown(): void {
        clearInterval(this.pingInterval);
        this.wss.close();
        const { clients } = this.wss;
        setTimeout(() => clients.forEach((client) => client.terminate()), goodbyeMs).unref();
    }

    /** Resolves when every socket is closed, by its client or by the timeout of `shutdown`. */
    public async drainAsync(): Promise<void> {
        const closed = [...this.wss.clients].map((client) => new Promise<void>((resolve) => client.once("close", () => resolve())));
        await Promise.all(closed);
    }
}

/**
 * Starts our own Colyseus server, without banner and without handlers of process signals.
 * @param context - shared parts of the server
 * @returns the host; rejects with an `RtcServerError` if a Colyseus server already runs in this process
 */
export async function startOwnHostAsync(context: IServerContext): Promise<IColyseusHost> {
    const state = matchMaker.state as number | undefined;
    if (state === matchMaker.MatchMakerState.READY || state === matchMaker.MatchMakerState.INITIALIZING) {
        throw new RtcServerError(
            "alreadyRunning",
            "A Colyseus server already runs in this process, which can hold only one. If it is your app's, pass it as `gameServer`. If it is another babylon-rtc-server, close it first.",
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
 * Adds our room types to the app's Colyseus server.
 * @param gameServer - the app's server; it is neither started nor stopped here
 * @param context - shared parts of the server
 * @returns the host; rejects with an `RtcServerError` if the app's server has room types with these names, gets no driver within 10 s, or shares its
 * rooms with other processes
 */
export async function joinHostAsync(gameServer: IGameServer, context: IServerContext): Promise<IColyseusHost> {
    await checkDriverAsync();
    const handlers = matchMaker.getAllHandlers();
    const taken = roomTypes.filter((type) => type in handlers);
    if (taken.length > 0) {
        throw new RtcServerError(
            "alreadyRunning",
            `This Colyseus server already has the room type ${taken.map((type) => JSON.stringify(type)).join(" and ")}. If another babylon-rtc-server defined it, close that server first. If your app did, rename it.`,
        );
    }
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- a structural type, so that our types do not need those of Colyseus
    defineRoomTypes(gameServer as Server, context);
    return {
        upgradeRoom: null,
        isReady,
        async closeAsync() {
            const rooms = context.rooms.carriedIds.map((id) => matchMaker.getLocalRoomById(id));
            await Promise.all(rooms.filter((room) => room instanceof GuardedRoom).map((room) => room.endAsync()));
            // Colyseus notifies the room type of the last client's leave only after the room is disposed.
            await new Promise((resolve) => setImmediate(resolve));
            roomTypes.forEach((type) => gameServer.removeRoomType(type));
        },
    };
}

/**
 * Refuses every driver but Colyseus' in-memory one. With a shared driver, such as Redis, Colyseus could direct a client to an RTC room in another
 * process. That process does not know the members and bans of the rooms in this one, and so could not check access.
 */
async function checkDriverAsync(): Promise<void> {
    await withTimeoutAsync(Promise.resolve(matchMaker.onReady), readyTimeoutMs).catch((cause: unknown) => {
        throw new RtcServerError(
            "invalidOption",
            "`gameServer` has no driver after 10 s. Check that it uses the same copy of @colyseus/core as this package (npm ls @colyseus/core), and that its driver can reach its database.",
            { cause },
        );
    });
    const { driver } = matchMaker;
    if (!(driver instanceof LocalDriver)) {
        throw new RtcServerError(
            "invalidOption",
            `\`gameServer\` shares its rooms with other processes (${driver.constructor.name}), and several processes are not supported yet: one could admit a user whom another has refused. Remove the option \`driver\` of your Colyseus server, or run babylon-rtc-server in its own process.`,
        );
    }
}

/**
 * Clears timers that Colyseus 0.18 leaves behind (statistics, locks of `joinOrCreate`). They end by themselves, but would keep the process alive
 * until then.
 */
function forgetTimers(): void {
    matchMaker.stats.reset();
    for (const type of roomTypes) {
        matchMaker.presence.del(`ch:${type}`);
    }
}

/** Colyseus logger that writes everything as `debug`: our rooms handle their own errors, so Colyseus reports only misbehaving clients. */
function quietLogger(log: RtcServerLog): Record<"debug" | "info" | "trace" | "warn" | "error", (...parts: unknown[]) => void> {
    const debug = (...parts: unknown[]): void => log("debug", `colyseus: ${parts.map(String).join(" ")}`);
    return { debug, info: debug, trace: debug, warn: debug, error: debug };
}

/** Authenticates a join. Reports a refusal if the join came through the endpoint of the app's own Colyseus server: our router reports its own. */
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

/** Part of a Colyseus server that defines room types. */
interface IRoomTypeHost {
    define(name: string, roomClass: new () => Room): RegisteredHandler;
}

/**
 * Defines our two room types. Colyseus constructs rooms without arguments, so each server defines its own classes, which hold its context.
 * @param host - the Colyseus server
 * @param context - shared parts of the server
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
    // A room leaves the directory on `dispose`, so that a new room can have its name at once; `onDispose` runs a moment later.
    host.define("room", BoundMemberRoom)
        .filterBy([keyOption as never])
        .on("dispose", (room: Room) => room instanceof MemberRoom && context.rooms.removeRoom(room));
    host.define("rtc", BoundRtcRoom)
        .filterBy(["room" as never])
        .on("dispose", (room: Room) => room instanceof RtcRoom && context.rooms.removeRtcRoom(room));
}
