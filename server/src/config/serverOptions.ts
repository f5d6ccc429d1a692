import type { IncomingMessage, Server as HttpServer } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { IIceServer, Privilege } from "../../../protocol/wire.js";
import type { RtcServerLog } from "../log.js";
import type { IMetricsOptions } from "../metrics/metricsServer.js";
import type { OnServerEvent } from "../serverEvents.js";
import type { IRate } from "../util/tokenBucket.js";
import type { IUnsentLimits } from "../util/unsentBudget.js";

/** A user, as returned by the app's `authorize`. */
export interface IRtcUser {
    /** Permanent id of the user, the same in every session, 1 to 128 characters. */
    readonly id: string;
    /** The name that others see, 1 to 64 characters. */
    readonly name: string;
    /** Attributes that others see, at most 2 KiB as JSON; the member's own attributes cannot override them. Default: none. */
    readonly attributes?: Readonly<Record<string, unknown>>;
    /** Privileges in the grants that this server signs for the user, not in those of `issueGrantAsync`. Default: publish and subscribe. */
    readonly privileges?: readonly Privilege[];
}

/** Request to the app's `authorize`. */
export interface IAuthorizeRequest {
    /** Credential of the app's own sign-in, which the client sent as `identity` or as `Bearer` token. At most 8192 characters. */
    readonly credential: string;
    /**
     * Target of the client. One of our rooms: its `name`, and also its `id` if the client joins by id or invitation. An RTC room: only the
     * `id` of its room. Absent if the client requests the list of rooms.
     */
    readonly room?: { readonly name?: string; readonly id?: string };
    /** The headers of the request. */
    readonly headers: Headers;
}

/** The app's own sign-in: returns the user, or null to refuse. A rejection or a timeout (10 s) refuses, too. */
export type Authorize = (request: IAuthorizeRequest) => Promise<IRtcUser | null> | IRtcUser | null;

/** A member of a room, or a user who wants to join. */
export interface IPersonOfRoom {
    readonly id: string;
    readonly name: string;
}

/** Returns whether a user is a friend of a room's owner. A rejection or a timeout (10 s) counts as false. */
export type IsFriend = (request: { readonly owner: IPersonOfRoom; readonly user: IPersonOfRoom }) => Promise<boolean> | boolean;

/**
 * An app's Colyseus server, a `Server` of @colyseus/core. This is a structural type: with Colyseus' own type, every program that imports this package
 * would need the types of the DOM and of `debug`.
 */
export interface IGameServer {
    readonly transport: object;
    removeRoomType(name: string): void;
}

/** A room without an owner, or a pattern for such rooms. */
export interface IListedRoom {
    /** Name, or pattern such as `table-*`. A `*` matches any characters. A pattern has at most eight `*`, and is not `*` alone. */
    readonly name: string;
    /** Most members of each room, 1 to 1000. Default: the server's `maxMembers`. */
    readonly maxMembers?: number;
    /** Description, shown in lists of rooms, at most 280 characters. Default: none. */
    readonly description?: string;
    /** Properties of the room, visible to every member, at most 8 KiB as JSON. Default: none. */
    readonly properties?: Readonly<Record<string, unknown>>;
}

/** Request for ICE servers: the user and the room of a grant. */
export interface IIceServersRequest {
    readonly user: { readonly id: string; readonly name: string };
    /** The room's id. */
    readonly room: string;
}

/** Returns the STUN and TURN servers of a grant. After a rejection, an invalid list or a timeout (5 s), which is logged, the grant lacks them. */
export type IceServersOf = (request: IIceServersRequest) => Promise<readonly IIceServer[]> | readonly IIceServer[];

/** A TURN server with time-limited credentials (coturn's `use-auth-secret`). */
export interface ITurnOptions {
    /** URLs, one to eight. At least one has the scheme `turn:` or `turns:`; the others can have `stun:`. */
    readonly urls: string | readonly string[];
    /**
     * The TURN server's `static-auth-secret`, at least 16 bytes. It is never sent to members, who get credentials derived from it. Default: the
     * environment variable `BABYLON_RTC_TURN_SECRET`.
     */
    readonly secret?: string;
    /**
     * Validity of a credential, in seconds, at most 86400. At least `grantTtlSeconds`, because credentials are renewed together with grants. Default:
     * 300 more than `grantTtlSeconds`, at most 86400.
     */
    readonly ttlSeconds?: number;
}

/** Rate limits and other limits for clients. */
export interface IRtcServerLimits {
    /**
     * HTTP requests of one network (an IPv4 address, or the first 64 bits of an IPv6 address). Requests with a token (grants, lists of rooms) are
     * counted separately, with four times this limit. A refusal has a `Retry-After`, which our client follows. Default: 50 per second, 500 at once.
     */
    readonly requests?: IRate;
    /** HTTP requests of one user with a token (grants, lists of rooms). Default: 10 per second, 60 at once. */
    readonly userRequests?: IRate;
    /** WebSocket upgrades of one network; a member opens three, for room, RTC room and signalling. Default: 100 per second, 1500 at once. */
    readonly upgrades?: IRate;
    /** Messages and attribute changes of one member in a room. Default: 60 per second, 60 at once. */
    readonly messages?: IRate;
    /** Signalling messages of one member. Default: 200 per second, 1000 at once (a new member calls up to fifteen others at once). */
    readonly signalling?: IRate;
    /**
     * Wrong passwords for one room by all guests of one network together, because a client can create any number of guests. Default: 0.2 per second,
     * 300 at once. In addition, each user, guest or not, has a fixed limit of 0.1 per second, 5 at once, for each room.
     */
    readonly passwords?: IRate;
    /** Most open rooms created by one user, not counting listed ones (`rooms`). A whole number, at least 1. Default: 10. */
    readonly roomsPerUser?: number;
    /**
     * Data that waits in the server's memory because clients read slowly or not at all, in bytes. Above a limit, the connection with the most of this
     * data is closed. Default of each field: 64 MiB for `total`, 32 MiB for `perAddress`, 2 MiB for `perUser`.
     */
    readonly unsent?: Partial<IUnsentLimits>;
}

/** Options of `createRtcServer`. All are optional. */
export interface IRtcServerOptions {
    /**
     * The app's own HTTP server (with Express, for example). We answer its requests below `path`; the app starts and closes it. Default: the server
     * of `gameServer`, otherwise a new one.
     */
    readonly server?: HttpServer | HttpsServer;
    /**
     * The app's own Colyseus server: our room types are defined on it and use its transport. Its driver must be Colyseus' in-memory one: a shared
     * driver, such as Redis, is refused (`invalidOption`). Default: a new one.
     */
    readonly gameServer?: IGameServer;
    /** TCP port of the new server; 0 = any free one. Ignored with `server` or `gameServer`. Default: 9000. */
    readonly port?: number;
    /** Address that the new server listens on. Default: all. */
    readonly host?: string;
    /** Path prefix of all our endpoints, such as `/voice`. Default: none. */
    readonly path?: string;
    /**
     * The app's own sign-in; `authorizeBy` makes one from a URL of the backend. Default: none; then only guests (in development) can enter the rooms of
     * this server, and holders of grants the RTC rooms of the app's own rooms.
     */
    readonly authorize?: Authorize;
    /** Returns whether a user is a friend of a room's owner. Default: none; then no room can have the policy `friends`. */
    readonly isFriend?: IsFriend;
    /**
     * Origins whose pages may use this server, such as `https://game.example`, `https://*.game.example` (exactly one label, so not `game.example`
     * itself) or an app's `capacitor://localhost`. Pages of the server's own host are always allowed. In development, pages of localhost are allowed
     * too, and the `Host` of a request must be an IP address, a name of this machine, a name without a dot, or a host of this list. A text that no
     * page can have as its origin is refused (`invalidOption`). Default: none.
     */
    readonly origins?: readonly string[];
    /** True = anybody may join as a guest. Default: true only without `authorize` and if `NODE_ENV` is exactly `development`. */
    readonly development?: boolean;
    /**
     * Secret that signs tokens, at least 32 bytes. Default: the environment variable `BABYLON_RTC_SECRET`, otherwise a random secret. Without guests
     * and without `authorize`, a secret is required (`secretMissing`).
     */
    readonly secret?: string;
    /** Most members of a room, 1 to 1000. Default: 16. */
    readonly maxMembers?: number;
    /**
     * Rooms without an owner, by name or pattern. The first client that joins creates such a room, with the settings given here, but does not own
     * it, and so cannot lock or close it or remove members. All other rooms belong to their creator. Default: none.
     */
    readonly rooms?: readonly (string | IListedRoom)[];
    /** STUN and TURN servers for members, or a function that returns those of each grant. Default: none. */
    readonly iceServers?: readonly IIceServer[] | IceServersOf;
    /** A TURN server, for which each grant gets its own credential. Used in addition to `iceServers`. Default: none. */
    readonly turn?: ITurnOptions;
    /** Validity of a grant, in seconds, 1 to 86400; the client renews it in time. Default: 1800. */
    readonly grantTtlSeconds?: number;
    /**
     * Grace period after a member's connection drops, in seconds, 0 to 300. Meanwhile the member keeps their place in the room and its RTC room
     * (identity, seat, ownership, mutes and calls), and others see them as `reconnecting`. 0 = the member leaves at once. Default: 20.
     */
    readonly graceSeconds?: number;
    /**
     * Grace period after a member's page closes, in seconds, 0 to 300; limited to `graceSeconds`. A reload also closes the page: a member who joins
     * again within this time keeps their place. Meanwhile others see the member as `reconnecting`. 0 = the member leaves at once. Default: 5.
     */
    readonly reloadSeconds?: number;
    /** Folder with static files to serve. Default: none. */
    readonly staticDir?: string;
    /** HTTPS for the new server: key and certificate as PEM text, or true = a new self-signed certificate, for which browsers warn. Default: false. */
    readonly https?: boolean | { readonly key: string; readonly cert: string };
    /** Rate limits and other limits for clients. */
    readonly limits?: IRtcServerLimits;
    /**
     * Returns the client's network address, for the limits per network and address. Behind a proxy, read it from the proxy's header. Default: the
     * address of the socket.
     */
    readonly addressOf?: (request: IncomingMessage) => string;
    /** Receives events of rooms and voices, and refusals, for the app's backend (a list of present members, an audit log). Default: none. */
    readonly onEvent?: OnServerEvent;
    /** Separate HTTP listener for Prometheus. Default: none. */
    readonly metrics?: IMetricsOptions;
    /** Log function, see `createLog`. Default: warnings and errors go to stderr. */
    readonly log?: RtcServerLog;
}
