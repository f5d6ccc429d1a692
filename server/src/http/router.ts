import sirv from "sirv";
import { describe } from "../log.js";
import { ProtocolError, statusOf } from "../protocolError.js";
import { AddressLimiter } from "../util/addressLimiter.js";
import { issueTokenAsync, listRoomsAsync, matchmakeAsync, mintGuestAsync } from "./endpoints.js";
import { enterAsync, resumeAsync } from "./enter.js";
import { OriginPolicy, refusalOf } from "./origins.js";
import { sendError, sendJson } from "./reply.js";
import { refuseUpgrade } from "./upgrade.js";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { RequestHandler } from "sirv";
import type { IServerContext } from "../context.js";
import type { Signalling } from "../signalling/signalling.js";

/** Room types of ours. */
export const roomTypes: readonly string[] = ["room", "rtc"];
const signalPath = "/signal/peerjs";
/** Refused origins that the log tells of. Anybody can make up another one. */
const maxToldOrigins = 20;

/** Takes a WebSocket for a room. */
export type RoomUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
/** Hands a request to whoever else answers on this server. */
export type Pass = () => void;

/** What a router needs beside the context. */
export interface IRouterParts {
    readonly signalling: Signalling;
    /** Takes the sockets of rooms; null = the app's own Colyseus transport does. */
    readonly upgradeRoom: RoomUpgrade | null;
    readonly staticDir: string | undefined;
}

/** Says by its path who answers a request, and whether the page that it comes from may ask. */
export class Router {
    private readonly _origins: OriginPolicy;
    private readonly _told = new Set<string>();
    private readonly _limiter: AddressLimiter;
    private readonly _files: RequestHandler | null;
    private readonly _startedAt: number;
    private readonly _context: IServerContext;
    private readonly _parts: IRouterParts;

    /**
     * @param context - what the parts of the server share
     * @param parts - what answers
     */
    public constructor(context: IServerContext, parts: IRouterParts) {
        this._context = context;
        this._parts = parts;
        const { settings } = context;
        this._origins = new OriginPolicy(settings.origins, settings.development);
        this._limiter = new AddressLimiter(settings.requestRate, settings.ticks);
        this._startedAt = settings.ticks();
        this._files = parts.staticDir === undefined ? null : serveFiles(parts.staticDir, settings.development);
    }

    /**
     * @param request - a request
     * @param response - its answer
     * @param pass - called if it is not for us
     */
    public handle(request: IncomingMessage, response: ServerResponse, pass: Pass): void {
        const path = this._below(request.url);
        const answer = path === undefined ? undefined : this._answerFor(request.method ?? "", path, request);
        if (path === undefined || (answer === undefined && !(this._files && isServable(path)))) {
            this._notOurs(path, response, pass);
        } else if (answer === undefined) {
            this._serveFile(path, request, response, pass);
        } else {
            const answerAsync = (): Promise<void> => this._answerAsync(request, response, answer);
            const { events, settings } = this._context;
            void (events ? events.withinRequest(path.split("/", 2)[1] ?? "", settings.addressOf(request), answerAsync) : answerAsync());
        }
    }

    /**
     * @param request - a request for a WebSocket
     * @param socket - its socket
     * @param head - what came after the request
     * @param pass - called if it is not for us
     */
    public upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, pass: Pass): void {
        const path = this._below(request.url);
        const roomId = path === undefined ? undefined : /^\/[\w-]+\/([\w-]+)$/.exec(path)?.[1];
        const isRoom = roomId !== undefined && this._context.rooms.carries(roomId);
        if (path !== signalPath && !isRoom) {
            if (path !== undefined && this._context.settings.path !== "") {
                this._refuseUpgrade(request, socket, new ProtocolError("roomNotFound", "There is no such WebSocket (any more)."));
            } else {
                pass();
            }
            return;
        }
        const refused = this._refusedOrigin(request);
        if (refused !== null) {
            this._refuseUpgrade(request, socket, new ProtocolError("forbidden", refused), roomId);
        } else if (this._context.stopping) {
            this._refuseUpgrade(request, socket, new ProtocolError("serverStopping", "The server is closing."), roomId);
        } else if (path === signalPath) {
            this._parts.signalling
                .upgradeAsync(request, socket, head)
                .then((taken) => {
                    if (!taken) {
                        this._tellRefused(
                            request,
                            "signalling",
                            new ProtocolError("unauthorized", "Signalling is for those in an RTC room."),
                        );
                    }
                })
                .catch((error: unknown) => {
                    this._context.settings.log("error", `signalling: ${describe(error)}`);
                    socket.destroy();
                });
        } else if (this._parts.upgradeRoom) {
            this._parts.upgradeRoom(request, socket, head);
        } else {
            pass();
        }
    }

    private _refuseUpgrade(request: IncomingMessage, socket: Duplex, error: ProtocolError, roomId?: string): void {
        refuseUpgrade(socket, statusOf(error.reason));
        this._tellRefused(request, "socket", error, roomId);
    }

    private _tellRefused(request: IncomingMessage, what: string, error: ProtocolError, roomId = ""): void {
        const { events, settings, rooms } = this._context;
        const room = rooms.room(roomId);
        events?.withinRequest(what, settings.addressOf(request), () =>
            events.refuse(error, room && { id: room.roomId, name: room.rules.title }),
        );
    }

    /** The path below ours without its query, or undefined if it is not below ours. */
    private _below(url: string | undefined): string | undefined {
        const path = (url ?? "").split("?", 1)[0] ?? "";
        const prefix = this._context.settings.path;
        return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : undefined;
    }

    /** What answers, or undefined if no route of ours does. `OPTIONS` is answered where the method that it asks for is. */
    private _answerFor(method: string, path: string, request: IncomingMessage): (() => Promise<unknown>) | undefined {
        const context = this._context;
        const asked = method === "OPTIONS" ? "POST" : method;
        if (path === "/health" && (method === "GET" || method === "HEAD" || method === "OPTIONS")) {
            return () => Promise.resolve(this._health());
        }
        if (asked !== "POST") {
            return undefined;
        }
        if (path === "/guest" && context.guests) {
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

    /** Why the page may not use the server; null = it may. The log tells it once of each origin. */
    private _refusedOrigin({ headers: { origin, host } }: IncomingMessage): string | null {
        if (origin === undefined || this._origins.allows(origin, host)) {
            return null;
        }
        const why = refusalOf(origin, host);
        if (this._told.size < maxToldOrigins && !this._told.has(origin)) {
            this._told.add(origin);
            this._context.settings.log("warn", why);
        }
        return why;
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
            if (request.method === "POST" && !this._limiter.take(this._context.settings.addressOf(request))) {
                response.setHeader("Retry-After", "1");
                throw new ProtocolError("rateLimited", "Too many requests; wait a second.");
            }
            if (request.method === "POST" && this._context.stopping) {
                throw new ProtocolError("serverStopping", "The server is closing.");
            }
            sendJson(response, 200, await answer());
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
            // What is left of the body is not worth reading.
            response.setHeader("Connection", "close");
            request.resume();
        }
        sendError(response, refusal);
        this._context.events?.refuse(refusal);
    }

    private _health(): unknown {
        const { settings, rooms, peers } = this._context;
        return {
            status: this._context.stopping ? "stopping" : "ok",
            development: settings.development,
            uptimeSeconds: Math.round((settings.ticks() - this._startedAt) / 1000),
            rooms: rooms.roomCount,
            members: rooms.memberCount,
            rtcRooms: rooms.rtcRoomCount,
            peers: peers.size,
        };
    }

    private _serveFile(path: string, request: IncomingMessage, response: ServerResponse, pass: Pass): void {
        // sirv reads `url`; the app's own handlers, if it comes to them, read the original.
        const { url } = request;
        request.url = path + (url?.includes("?") ? url.slice(url.indexOf("?")) : "");
        this._files?.(request, response, () => {
            if (url !== undefined) {
                request.url = url;
            }
            this._notOurs(path, response, pass);
        });
    }

    /** Below a path of our own nobody else answers. */
    private _notOurs(path: string | undefined, response: ServerResponse, pass: Pass): void {
        if (path === undefined || this._context.settings.path === "") {
            pass();
        } else {
            sendNotFound(response);
        }
    }
}

/**
 * @param response - what is answered: there is nothing here
 */
export function sendNotFound(response: ServerResponse): void {
    sendJson(response, 404, { error: { code: "invalidRequest", message: "There is nothing here." } });
}

/**
 * @param folder - a folder whose files anybody may have
 * @param development - whether files may change while the server runs; otherwise they are listed once
 * @returns what serves them; browsers ask again for pages each time
 */
function serveFiles(folder: string, development: boolean): RequestHandler {
    return sirv(folder, {
        dev: development,
        etag: true,
        setHeaders: (response, path) => {
            response.setHeader("X-Content-Type-Options", "nosniff");
            response.setHeader("Cache-Control", path.endsWith("/") || path.endsWith(".html") ? "no-cache" : "public, max-age=3600");
        },
    });
}

/**
 * sirv 3 in its `dev` mode hands out hidden files, and those of a folder beside ours whose name begins like ours.
 * @param path - the path of a request
 * @returns whether it leads to a file that may be served: nothing hidden, nothing above
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
