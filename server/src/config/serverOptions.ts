import type { IncomingMessage, Server as HttpServer } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { IIceServer, Privilege } from "../../../protocol/wire.js";
import type { RtcServerLog } from "../log.js";
import type { IMetricsOptions } from "../metrics/metricsServer.js";
import type { OnServerEvent } from "../serverEvents.js";
import type { IRate } from "../util/tokenBucket.js";
import type { IUnsentLimits } from "../util/unsentBudget.js";

/** Somebody whom the app vouches for. */
export interface IRtcUser {
    /** The same for this person everywhere and always, 1 to 128 characters. */
    readonly id: string;
    /** The name that others see, 1 to 64 characters. */
    readonly name: string;
    /** Values that others see attached to them, at most 2 KiB as JSON; a member's own attributes cannot replace these when joining. */
    readonly attributes?: Readonly<Record<string, unknown>>;
    /** Privileges in the grants that this server signs for the user; not in the grants of `issueGrantAsync`. Default: publish and subscribe. */
    readonly privileges?: readonly Privilege[];
}

/** Request to the app's `authorize`. */
export interface IAuthorizeRequest {
    /** Credential that the client sent as `identity`, or after `Bearer`: whatever the app's sign-in gave it. At most 8192 characters. */
    readonly credential: string;
    /**
     * Target of the entry: one of our rooms by `name` (and by `id` too, if it came by id or by invitation), or the RTC room of the
     * room with this `id`. Absent: it only asks for the list of rooms.
     */
    readonly room?: { readonly name?: string; readonly id?: string };
    /** The headers of the request. */
    readonly headers: Headers;
}

/** The app's own sign-in: says who the client is, or null to refuse. A rejection, and no answer within 10 s, refuse as well. */
export type Authorize = (request: IAuthorizeRequest) => Promise<IRtcUser | null> | IRtcUser | null;

/** A member of a room, or somebody who wants to become one. */
export interface IPersonOfRoom {
    readonly id: string;
    readonly name: string;
}

/** Says whether somebody is a friend of a room's owner. A rejection, and no answer within 10 s, mean that they are not. */
export type IsFriend = (request: { readonly owner: IPersonOfRoom; readonly user: IPersonOfRoom }) => Promise<boolean> | boolean;

/**
 * An app's Colyseus server, a `Server` of @colyseus/core. Told by its shape: Colyseus' own type needs types of the DOM and of `debug`, in every
 * program that imports this package.
 */
export interface IGameServer {
    readonly transport: object;
    removeRoomType(name: string): void;
}

/** A room, or rooms, that nobody owns. */
export interface IListedRoom {
    /** Its name. A `*` stands for any characters, up to eight times: `table-*`. Not `*` alone. */
    readonly name: string;
    /** The most members of each, 1 to 1000. Default: the server's. */
    readonly maxMembers?: number;
    /** Description shown beside the name in lists, at most 280 characters. Default: none. */
    readonly description?: string;
    /** Properties attached to the room for every member, at most 8 KiB as JSON. Default: none. */
    readonly properties?: Readonly<Record<string, unknown>>;
}

/** Receiver of a grant, and the room that it is for. */
export interface IIceServersRequest {
    readonly user: { readonly id: string; readonly name: string };
    /** The room's id. */
    readonly room: string;
}

/** Gives the STUN and TURN servers of each grant. A rejection, a list that no browser takes, and no answer within 5 s, give none; the log says so. */
export type IceServersOf = (request: IIceServersRequest) => Promise<readonly IIceServer[]> | readonly IIceServer[];

/** A TURN server that takes credentials which end: coturn's `use-auth-secret`. */
export interface ITurnOptions {
    /** Its addresses, one to eight: `turn:` or `turns:`, and `stun:` if members shall ask for their own address, too. */
    readonly urls: string | readonly string[];
    /**
     * The TURN server's `static-auth-secret`, at least 16 bytes. It stays in this process: members get credentials made with it. Default: the
     * environment variable `BABYLON_RTC_TURN_SECRET`.
     */
    readonly secret?: string;
    /** Life of a credential, in seconds: from the life of a grant, with which it is renewed, up to 86400. Default: 300 more than a grant. */
    readonly ttlSeconds?: number;
}

/** Limits of what a client may send. */
export interface IRtcServerLimits {
    /**
     * HTTP requests of one network (an IPv4 address, or the first 64 bits of an IPv6 one); with a token four times as many. Whoever is refused is told
     * when to come again, and our client does so by itself. Default: 50 per second, 500 at once.
     */
    readonly requests?: IRate;
    /** HTTP requests of one user with a token (grants, lists of rooms). Default: 10 per second, 60 at once. */
    readonly userRequests?: IRate;
    /** Requests for WebSockets of one network; who enters a room and its voice opens three. Default: 100 per second, 1500 at once. */
    readonly upgrades?: IRate;
    /** Messages and attribute changes of one member in a room. Default: 60 per second, 60 at once. */
    readonly messages?: IRate;
    /** Signalling messages of one member. Default: 200 per second, 1000 at once (a newcomer calls fifteen others at once). */
    readonly signalling?: IRate;
    /**
     * Wrong passwords of one room by guests of one network, since guests are free. Default: 0.2 per second, 300 at once. One user, guest or not, may send
     * 0.1 per second, 5 at once, to each room.
     */
    readonly passwords?: IRate;
    /** Rooms that one user has made and that are still there, those of `rooms` apart. A whole number from 1 on. Default: 10. */
    readonly roomsPerUser?: number;
    /**
     * Limits of data that waits in the server's memory because clients read slowly or not at all, in bytes. Whoever takes up most is ended. Default:
     * `{ total: 64 MiB, perAddress: 32 MiB, perUser: 2 MiB }`; a field that is left out has its default.
     */
    readonly unsent?: Partial<IUnsentLimits>;
}

/** Options of `createRtcServer`. Everything has a default. */
export interface IRtcServerOptions {
    /** The app's own HTTP server, Express or other: we answer below `path` and never listen on it or close it. Default: a server of ours. */
    readonly server?: HttpServer | HttpsServer;
    /** The app's own Colyseus server: our room types are defined on it, and its transport carries them. It must keep its rooms to this process: with a driver like Redis', `invalidOption`. Default: one of ours. */
    readonly gameServer?: IGameServer;
    /** TCP port of a server of ours; 0 = any free one. Default: 9000. */
    readonly port?: number;
    /** Address that a server of ours listens on. Default: all. */
    readonly host?: string;
    /** Prefix of the path of all our addresses, such as `/voice`. Default: none. */
    readonly path?: string;
    /** The app's own sign-in. Default: none, so there are guests (in development) or nobody. */
    readonly authorize?: Authorize;
    /** Tells who is whose friend. Default: none, so rooms for friends are refused. */
    readonly isFriend?: IsFriend;
    /**
     * Origins whose pages may use this server, such as `https://game.example`, `https://*.game.example` (one label below, not itself) or an app's
     * `capacitor://localhost`. Pages that this very host serves always may; in development those of localhost too, and there the server itself is reached
     * by an address, a name of this machine or a host of these alone. One that no page can have is
     * `invalidOption`.
     */
    readonly origins?: readonly string[];
    /** True = anybody may come in as a guest. Default: only without `authorize` and if `NODE_ENV` is `development`, to the letter. */
    readonly development?: boolean;
    /** Secret that signs tokens, at least 32 bytes. Default: the environment variable `BABYLON_RTC_SECRET`, otherwise a random one. */
    readonly secret?: string;
    /** The most members of a room. Default: 16. */
    readonly maxMembers?: number;
    /**
     * Rooms that nobody owns, by name or pattern: whoever enters first makes one as the server says, without a word in it, and nobody can lock it, close
     * it, or put others out. Others belong to whoever makes them. Default: none.
     */
    readonly rooms?: readonly (string | IListedRoom)[];
    /** STUN and TURN servers that members are told of, or what gives those of each grant. Default: none. */
    readonly iceServers?: readonly IIceServer[] | IceServersOf;
    /** A TURN server for which each grant has a credential of its own. Comes on top of `iceServers`. Default: none. */
    readonly turn?: ITurnOptions;
    /** Validity of a grant, in seconds; the client renews it before. Default: 1800. */
    readonly grantTtlSeconds?: number;
    /**
     * Time for which a member whose connection drops keeps their place in the room and its voice, in seconds, 0 to 300: their identity, seat, ownership,
     * mutes and calls. The others see them as `reconnecting` meanwhile. 0 = whoever drops is out at once. Default: 20.
     */
    readonly graceSeconds?: number;
    /**
     * Time for which a member whose page closes keeps their place, in seconds, 0 to 300, `graceSeconds` at most: a page that is reloaded closes in the same
     * way, and is the same member again. The others see them as `reconnecting` meanwhile. 0 = whoever closes a page is out at once. Default: 5.
     */
    readonly reloadSeconds?: number;
    /** A folder whose files are served. Default: none. */
    readonly staticDir?: string;
    /** HTTPS of a server of ours: true = with a certificate made on the spot, which browsers warn of. Default: false. */
    readonly https?: boolean | { readonly key: string; readonly cert: string };
    /** Limits of what a client may send. */
    readonly limits?: IRtcServerLimits;
    /** Whose request it is, for `limits.requests`. Default: the address of the socket; behind a proxy read the proxy's header instead. */
    readonly addressOf?: (request: IncomingMessage) => string;
    /** Takes what happens in rooms and voices and what is refused, for the app's backend: lists of who is where, an audit log. Default: none, and nothing is made. */
    readonly onEvent?: OnServerEvent;
    /** A listener of its own for Prometheus. Default: none. */
    readonly metrics?: IMetricsOptions;
    /** Takes what the server has to say, see `createLog`. Default: warnings and errors go to stderr. */
    readonly log?: RtcServerLog;
}
