/**
 * The wire between the browser package and the server. Types only: the browser package imports nothing else from the server.
 *
 * Four steps lead to a call: `POST {path}/guest` (or the app's own sign-in) gives an identity; the Colyseus room type `room` is joined with it;
 * `POST {path}/token` gives a grant for the RTC room; the Colyseus room type `rtc` is joined with that, and its `welcome` holds
 * what the signalling socket at `{path}/signal/peerjs` wants. That socket is closed (4109) when the connection to the RTC room ends.
 */

/**
 * Codes of `IErrorReply`, of refused joins, and of `closed` and `refused` messages.
 *
 * A refused join: the error that Colyseus' client throws has the message `code: sentence`, so the code is what stands before the first colon.
 * A connection that the server ends for one of these reasons gets `closed` and then the WebSocket close code: invalidRequest 4100,
 * invalidRoomName 4101, unauthorized 4102, forbidden 4103, tokenExpired 4104, tokenInvalid 4105, roomFull 4106, roomNotFound 4107,
 * duplicateIdentity 4108, removed 4109, rateLimited 4110, serverStopping 4111, internal 4112 (the close reason repeats the code).
 * `internal`: the server failed, and its log says why.
 */
export type ProtocolErrorCode =
    | "invalidRequest"
    | "invalidRoomName"
    | "unauthorized"
    | "forbidden"
    | "tokenExpired"
    | "tokenInvalid"
    | "roomFull"
    | "roomNotFound"
    | "duplicateIdentity"
    | "removed"
    | "rateLimited"
    | "serverStopping"
    | "internal";

/** Body of every answer that is not 2xx. */
export interface IErrorReply {
    error: { code: ProtocolErrorCode; message: string };
    /** `code: sentence`, for Colyseus' client, which looks here. */
    message?: string;
}

/** `POST {path}/guest`: mints a guest. Exists in development mode only (otherwise 404). */
export interface IGuestRequest {
    name: string;
}
export interface IGuestReply {
    /** Identity token, a JWT: who this is, valid for rooms and for the token endpoint. */
    identity: string;
    user: { id: string; name: string };
    /** Milliseconds since the epoch. */
    expiresAt: number;
}

/** `POST {path}/token` with `Authorization: Bearer <identity>`: a grant for the RTC room of a room that the caller is in. */
export interface IGrantRequest {
    /** The room's id (not its name). */
    room: string;
}
/** A STUN or TURN server; the same as the browser's `RTCIceServer`, which a server does not know. */
export interface IIceServer {
    urls: string | string[];
    username?: string;
    credential?: string;
}
export interface IGrantReply {
    token: string;
    iceServers: IIceServer[];
    /** Milliseconds since the epoch. */
    expiresAt: number;
}

/** What a member may do in an RTC room. */
export type Privilege = "publish" | "subscribe";

// ---- room type "room" -------------------------------------------------------------------------------------------------------

/** Options of `joinOrCreate("room", …)` (or `join`, to enter an existing one only). Colyseus' other ways to join are refused (`forbidden`). */
export interface IRoomJoinRequest {
    /** The room's name, which makes two joins meet. */
    name: string;
    /** Identity token: a guest's, or what the app's `authorize` understands. */
    identity: string;
    attributes?: Record<string, unknown>;
    maxMembers?: number;
}

export interface IMemberInfo {
    id: string;
    name: string;
    attributes: Record<string, unknown>;
}

/** Why somebody is no longer there. */
export type LeaveReason = "left" | "dropped" | "duplicateIdentity" | "removed";

/** What the server sends in a room, by message type. */
export interface IRoomServerMessages {
    /** First message; members in join order, oneself last, unless one took the place of an own earlier connection. */
    welcome: { room: { id: string; name: string; maxMembers: number }; self: string; members: IMemberInfo[] };
    /** Somebody new, at the end of the list. */
    memberJoined: IMemberInfo;
    /** Somebody's name or attributes, one's own included. */
    memberChanged: IMemberInfo;
    memberLeft: { id: string; reason: LeaveReason };
    /** What another member sent to everybody else. */
    message: { from: string; topic: string; data: unknown };
    /** The server is about to close this connection. */
    closed: { code: ProtocolErrorCode; message: string };
    /** A message of ours was refused; nothing changed. */
    refused: { code: ProtocolErrorCode; message: string };
}

/** What a client sends in a room, by message type. */
export interface IRoomClientMessages {
    /** Keys to change; at most 2 KiB as JSON after the change. */
    attributes: Record<string, unknown>;
    /** To everybody else; topic 1 to 64 characters, data at most 2 KiB as JSON. */
    message: { topic: string; data: unknown };
}

// ---- room type "rtc" --------------------------------------------------------------------------------------------------------

/** Options of `joinOrCreate("rtc", …)`. */
export interface IRtcJoinRequest {
    /** The room's id; must be the one that the token is for. */
    room: string;
    /** The grant's token. */
    token: string;
}

/** One member of an RTC room, as everybody there sees it. */
export interface IRtcPeer {
    /** The user's id. */
    id: string;
    name: string;
    /** The id of this connection in signalling: minted by the server, random. */
    peerId: string;
    /** Grows with each connection to the RTC room: of two peers the later one calls. */
    order: number;
    /** Whether its signalling socket stands, so that it can be called. */
    ready: boolean;
    mayPublish: boolean;
    maySubscribe: boolean;
    muted: "no" | "self" | "moderator";
}

/** What the server sends in an RTC room, by message type. */
export interface IRtcServerMessages {
    /** First message; peers in join order, oneself last; `self` is one's own peer id, `secret` the `token` of this connection's signalling socket. */
    welcome: { self: string; secret: string; peers: IRtcPeer[] };
    peerJoined: IRtcPeer;
    /** Somebody's readiness, muting or privileges, one's own included. Each `mute` is answered by one. */
    peerChanged: IRtcPeer;
    /** A user who connects again is told of as `peerLeft` (`duplicateIdentity`) and `peerJoined`, since the peer id is another one. */
    peerLeft: { id: string; peerId: string; reason: LeaveReason };
    /** The member asks this much of our voice. */
    interest: { from: string; interest: "off" | "warm" | "on" };
    /** Answer to `renew`. */
    renewed: { expiresAt: number };
    closed: { code: ProtocolErrorCode; message: string };
    refused: { code: ProtocolErrorCode; message: string };
}

/** What a client sends in an RTC room, by message type. */
export interface IRtcClientMessages {
    mute: { muted: boolean };
    interest: { to: string; interest: "off" | "warm" | "on" };
    renew: { token: string };
}
