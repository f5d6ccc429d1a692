import { hostname } from "node:os";
import sirv from "sirv";
import { describe } from "../log.js";
import { ProtocolError, statusOf } from "../protocolError.js";
import { AddressLimiter } from "../util/addressLimiter.js";
import { networkOf } from "../util/network.js";
import { issueTokenAsync, listRoomsAsync, matchmakeAsync, mintGuestAsync } from "./endpoints.js";
import { enterAsync, resumeAsync } from "./enter.js";
import { HostPolicy, OriginPolicy, hostRefusalOf, refusalOf } from "./origins.js";
import { boundAnswer, sendError, sendJson } from "./reply.js";
import { refuseUpgrade } from "./upgrade.js";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { RequestHandler } from "sirv";
import type { IServerContext } from "../context.js";
import type { Signalling } from "../signalling/signalling.js";
import type { IdleSockets } from "../util/idleSockets.js";
import type { IRate } from "../util/tokenBucket.js";

/** Our Colyseus room types. */
export const roomTypes: readonly string[] = ["room", "rtc"];
const signalPath = "/signal/peerjs";
/** Most refused origins and hosts that are logged. The number is limited because a client can invent any number of them. */
const maxToldOrigins = 20;

/** Paths that require a token. */
const bearerPaths: ReadonlySet<string> = new Set(["/token", "/rooms"]);
/** Paths that stay available to present members while the server drains. */
const insidePaths: ReadonlySet<string> = new Set(["/token", "/rooms", "/resume"]);
/**
 * Factor by which the rate limit of one network is higher for requests with a token: the members in a school, for example, all renew their grants.
 * Each user also has a limit of their own.
 */
const bearerFactor = 4;

function timesAsMuch({ perSecond, burst }: IRate, factor: number): IRate {
    return { perSecond: perSecond * factor, burst: burst * factor };
}

/** Accepts a WebSocket of a room. */
export type RoomUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer, roomId: string) => void;
/** Passes a request on to the other handlers of the HTTP server. */
export type Pass = () => void;

/** Dependencies of a router besides the context. */
export interface IRouterParts {
    readonly signalling: Signalling;
    /** Accepts the sockets of rooms; null = the app's own Colyseus transport accepts them. */
    readonly upgradeRoom: RoomUpgrade | null;
    readonly staticDir: string | undefined;
    /** Idle connections of our own HTTP server; null = the app's server limits them. */
    readonly idle: IdleSockets | null;
    /** True if rooms can be created. */
    readonly isReady: () => boolean;
}

/** Body of `/ready` while the server accepts no new members. */
class Unready {
    public readonly status: "starting" | "draining" | "stopping";

    public constructor(status: Unready["status"]) {
        this.status = status;
    }
}

/** Routes HTTP requests and WebSocket upgrades by path, and checks origin, host and rate limits. */
export class Router {
    private readonly _origins: OriginPolicy;
    /** Null without guests: a page on a foreign host name (DNS rebinding) then has no credentials to use. */
    private readonly _hosts: HostPolicy | null;
    private readonly _told = new Set<string>();
    private readonly _requests: AddressLimiter;
    private readonly _bearers: AddressLimiter;
    private readonly _upgrades: AddressLimiter;
    private readonly _files: RequestHandler | null;
    private readonly _startedAt: number;
    private readonly _context: IServerContext;
    private readonly _parts: IRouterParts;

    /**
     * @param context - shared parts of the server
     * @param parts - further dependencies
     */
    public constructor(context: IServerContext, parts: IRouterParts) {
        this._context = context;
        this._parts = parts;
        const { settings } = context;
        this._origins = new OriginPolicy(settings.origins, settings.development);
        const own = hostname();
        this._hosts = settings.development ? new HostPolicy(settings.origins, [own, `${own}.local`]) : null;
        this._requests = new AddressLimiter(settings.requestRate, settings.ticks);
        this._bearers = new AddressLimiter(timesAsMuch(settings.requestRate, bearerFactor), settings.ticks);
        this._upgrades = new AddressLimiter(settings.upgradeRate, settings.ticks);
        this._startedAt = settings.ticks();
        this._files = parts.staticDir === undefined ? null : serveFiles(parts.staticDir, settings.development);
    }

    /**
     * Handles an HTTP request.
     * @param request - the request
     * @param response - its response
     * @param pass - called if the request is not for us
     */
    public handle(request: IncomingMessage, response: ServerResponse, pass: Pass): void {
        const { idle } = this._parts;
        if (idle) {
            const { socket } = request;
            idle.begin(socket);
            response.once("close", () => idle.end(socket));
        }
        const path = this._below(request.url);
        const answer = path === undefined ? undefined : this._answerFor(request.method ?? "", path, request);
        if (path === undefined || (answer === undefined && !(this._files && isServable(path)))) {
            this._notOurs(path, response, pass);
        } else if (answer === undefined) {
            this._serveFile(path, request, response, pass);
        } else {
            boundAnswer(response);
            const answerAsync = (): Promise<void> => this._answerAsync(request, response, answer);
            const { events, settings } = this._context;
            void (events ? events.withinRequest(path.split("/", 2)[1] ?? "", settings.addressOf(request), answerAsync) : answerAsync());
        }
    }

    /**
     * Handles a WebSocket upgrade.
     * @param request - the upgrade request
     * @param socket - its socket
     * @param head - first packet of the upgraded stream
     * @param pass - called if the request is not for us
     */
    public upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, pass: Pass): void {
        this._parts.idle?.begin(request.socket);
        const path = this._below(request.url);
        const roomId = path === undefined ? undefined : /^\/[\w-]+\/([\w-]+)$/.exec(path)?.[1];
        const isRoom = roomId !== undefined && this._context.rooms.carries(roomId);
        if (path !== signalPath && !isRoom) {
            if (path !== undefined && this._context.settings.path !== "") {
                this._refuseUpgrade(request, socket, new ProtocolError("roomNotFound", "There is no WebSocket at this address."));
            } else {
                pass();
            }
            return;
        }
        const network = networkOf(this._context.settings.addressOf(request));
        const refused = this._refusedOrigin(request);
        if (!this._upgrades.take(network)) {
            this._context.tally.limited.add("upgrades");
            const seconds = this._upgrades.waitSeconds(network);
            this._refuseUpgrade(request, socket, ProtocolError.TooMuch(`Too many connections. Wait ${seconds} s.`, seconds), roomId);
        } else if (refused !== null) {
            this._refuseUpgrade(request, socket, new ProtocolError("forbidden", refused), roomId);
        } else if (this._context.lifecycle.stopping) {
            this._refuseUpgrade(request, socket, ProtocolError.Stopping(this._context.lifecycle.retrySeconds), roomId);
        } else if (path === signalPath && request.url?.includes("?") !== true) {
            // A page checks whether the server is up (src/interop/comeBack.ts). This does not count as a refusal.
            refuseUpgrade(socket, 401);
        } else if (path === signalPath) {
            this._parts.signalling
                .upgradeAsync(request, socket, head)
                .then((taken) => {
                    if (!taken) {
                        this._tellRefused(
                            request,
                            "signalling",
                            new ProtocolError("unauthorized", "Only members of an RTC room can use signalling."),
                        );
                    }
                })
                .catch((error: unknown) => {
                    this._context.settings.log("error", `signalling: ${describe(error)}`);
                    socket.destroy();
                });
        } else if (this._parts.upgradeRoom && roomId !== undefined) {
            this._parts.upgradeRoom(request, socket, head, roomId);
        } else {
            pass();
        }
    }

    private _refuseUpgrade(request: IncomingMessage, socket: Duplex, error: ProtocolError, roomId?: string): void {
        refuseUpgrade(socket, statusOf(error.reason), error.retryAfterSeconds);
        this._tellRefused(request, "socket", error, roomId);
    }

    private _tellRefused(request: IncomingMessage, what: string, error: ProtocolError, roomId = ""): void {
        const { events, settings, rooms, tally } = this._context;
        const room = rooms.room(roomId);
        tally.refusals.add(error.reason);
        events?.withinRequest(what, settings.addressOf(request), () =>
            events.refuse(error, room && { id: room.roomId, name: room.rules.title }),
        );
    }

    /** Path relative to our prefix, without the query; undefined if it is outside the prefix. */
    private _below(url: string | undefined): string | undefined {
        const path = (url ?? "").split("?", 1)[0] ?? "";
        const prefix = this._context.settings.path;
        return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : undefined;
    }

    /** Handler of the request; undefined if no route matches. `OPTIONS` matches every route, whatever method the preflight is for. */
    private _answerFor(method: string, path: string, request: IncomingMessage): (() => Promise<unknown>) | undefined {
        const context = this._context;
        const asked = method === "OPTIONS" ? "POST" : method;
        if ((path === "/health" || path === "/ready") && (method === "GET" || method === "HEAD" || method === "OPTIONS")) {
            return () => Promise.resolve(path === "/health" ? this._health() : this._readiness());
        }
        if (asked !== "POST") {
            return undefined;
        }
        if (path === "/guest") {
            return () => mintGuestAsync(context, request);
        }
        if (path === "/enter") {
            return () => enterAsync(context, request);
        }
        if (path === "/resume") {
            return () => resumeAsync(context, request);
        }
        if (path === "/token") {
            return () => issueTokenAsync(context, request);
        }
        if (path === "/rooms") {
            return () => listRoomsAsync(context, request);
        }
        const [, how, type] = /^\/matchmake\/(\w+)\/(\w+)$/.exec(path) ?? [];
        return how !== undefined && type !== undefined && roomTypes.includes(type)
            ? () => matchmakeAsync(context, request, how, type)
            : undefined;
    }

    /** Reason why the page may not use the server; null = allowed. Each reason is logged once, up to `maxToldOrigins` of them. */
    private _refusedOrigin({ headers: { origin, host } }: IncomingMessage): string | null {
        if (this._hosts?.allows(host) === false) {
            return this._tellOnce(hostRefusalOf(host));
        }
        if (origin === undefined || this._origins.allows(origin, host)) {
            return null;
        }
        return this._tellOnce(refusalOf(origin, host));
    }

    private _tellOnce(why: string): string {
        if (this._told.size < maxToldOrigins && !this._told.has(why)) {
            this._told.add(why);
            this._context.settings.log("warn", why);
        }
        return why;
    }

    /**
     * Applies the rate limit of the request's network; throws `rateLimited`. Paths that require a token have a higher limit, so that present members
     * are not affected when many new ones of the same network join. Such requests also count against a limit of their user, once the user is known.
     */
    private _count(request: IncomingMessage): void {
        const network = networkOf(this._context.settings.addressOf(request));
        const limiter = bearerPaths.has(this._below(request.url) ?? "") ? this._bearers : this._requests;
        if (!limiter.take(network)) {
            this._context.tally.limited.add("requests");
            const seconds = limiter.waitSeconds(network);
            throw ProtocolError.TooMuch(`Too many requests of this network. Wait ${seconds} s.`, seconds);
        }
    }

    private async _answerAsync(request: IncomingMessage, response: ServerResponse, answer: () => Promise<unknown>): Promise<void> {
        response.setHeader("Vary", "Origin");
        try {
            const { origin } = request.headers;
            const refused = this._refusedOrigin(request);
            if (refused !== null) {
                throw new ProtocolError("forbidden", refused);
            }
            if (origin !== undefined) {
                response.setHeader("Access-Control-Allow-Origin", origin);
            }
            if (request.method === "OPTIONS") {
                response.writeHead(204, {
                    "Access-Control-Allow-Methods": "GET, POST",
                    "Access-Control-Allow-Headers": "Authorization, Content-Type",
                    "Access-Control-Max-Age": "600",
                });
                response.end();
                return;
            }
            if (request.method === "POST") {
                this._count(request);
            }
            this._requireOpen(request);
            const answered = await answer();
            sendJson(response, answered instanceof Unready ? 503 : 200, answered);
        } catch (error) {
            this._answerError(request, response, error);
        }
    }

    private _answerError(request: IncomingMessage, response: ServerResponse, error: unknown): void {
        const refusal = ProtocolError.From(error);
        if (refusal.reason === "internal") {
            this._context.settings.log("error", `a request failed: ${describe(error)}`);
        }
        if (!request.complete) {
            // The rest of the body is discarded.
            response.setHeader("Connection", "close");
            request.resume();
        }
        sendError(response, refusal);
        this._context.tally.refusals.add(refusal.reason);
        this._context.events?.refuse(refusal);
    }

    /**
     * Throws `serverStopping` if the request is not served now. While the server drains, present members can still reconnect and renew their grants.
     */
    private _requireOpen(request: IncomingMessage): void {
        const { lifecycle } = this._context;
        const goesOn = insidePaths.has(this._below(request.url) ?? "");
        if (request.method === "POST" && (lifecycle.stopping || !goesOn)) {
            lifecycle.requireOpen();
        }
    }

    private _readiness(): Unready | { readonly status: "ready" } {
        const { phase } = this._context.lifecycle;
        if (phase !== "running") {
            return new Unready(phase);
        }
        return this._parts.isReady() ? { status: "ready" } : new Unready("starting");
    }

    private _health(): unknown {
        const { settings, rooms, peers, lifecycle } = this._context;
        return {
            status: lifecycle.phase === "running" ? "ok" : lifecycle.phase,
            development: settings.development,
            uptimeSeconds: Math.round((settings.ticks() - this._startedAt) / 1000),
            rooms: rooms.roomCount,
            members: rooms.memberCount,
            rtcRooms: rooms.rtcRoomCount,
            peers: peers.size,
        };
    }

    private _serveFile(path: string, request: IncomingMessage, response: ServerResponse, pass: Pass): void {
        // sirv reads `request.url`. The original value is restored before the app's own handlers get the request.
        const { url } = request;
        request.url = path + (url?.includes("?") ? url.slice(url.indexOf("?")) : "");
        const release = boundAnswer(response);
        const miss = (): void => {
            release();
            if (url !== undefined) {
                request.url = url;
            }
            this._notOurs(path, response, pass);
        };
        try {
            this._files?.(request, response, miss);
        } catch (error) {
            // sirv throws if a requested range ends before its start.
            this._context.settings.log("debug", `a file was not served: ${describe(error)}`);
            response.destroy();
        }
    }

    /** Passes on a request that is not for us; below our own prefix, answers 404 instead. */
    private _notOurs(path: string | undefined, response: ServerResponse, pass: Pass): void {
        if (path === undefined || this._context.settings.path === "") {
            pass();
        } else {
            sendNotFound(response);
        }
    }
}

/**
 * Answers 404.
 * @param response - the response
 */
export function sendNotFound(response: ServerResponse): void {
    sendJson(response, 404, { error: { code: "invalidRequest", message: "There is nothing at this address." } });
}

/**
 * @param folder - folder with public files
 * @param development - true = files may change while the server runs; false = they are listed once, at the start
 * @returns a handler for the files. Browsers revalidate pages on each request, and keep other files for an hour; in development, they revalidate all.
 */
function serveFiles(folder: string, development: boolean): RequestHandler {
    return sirv(folder, {
        dev: development,
        etag: true,
        setHeaders: (response, path) => {
            // A path without an extension, such as /about, is a page, too.
            const isCached = !development && /\.(?!html$)[^./]+$/.test(path);
            response.setHeader("X-Content-Type-Options", "nosniff");
            response.setHeader("Cache-Control", isCached ? "public, max-age=3600" : "no-cache");
        },
    });
}

/**
 * Checks a path before sirv gets it, because sirv 3 serves hidden files in its `dev` mode.
 * @param path - path of a request
 * @returns true if the path contains no hidden file or folder and does not leave the folder
 */
function isServable(path: string): boolean {
    try {
        return decodeURIComponent(path)
            .split(/[\\/]/)
            .every((segment) => !segment.startsWith("."));
    } catch {
        return false;
    }
}
