/**
 * The wire between the browser package and the server. Types only; `schemas.ts` says the same of what a client sends, for the server.
 *
 * Four steps lead to a call: `POST {path}/guest` (or the app's own sign-in) gives an identity; the Colyseus room type `room` is joined with it;
 * `POST {path}/token` gives a grant for the RTC room; the Colyseus room type `rtc` is joined with that, and its `welcome` holds
 * what the signalling socket at `{path}/signal/peerjs` wants. That socket is closed (4109) when the connection to the RTC room ends.
 *
 * `POST {path}/enter` takes the place of the four where room, identity and grant are this server's: it holds a seat in the room, a seat in the
 * RTC room and the id in signalling for ten seconds, so that the three sockets can be opened side by side.
 */

/**
 * Codes of `IErrorReply`, of refused joins, and of `closed` and `refused` messages.
 *
 * A refused join: the error that Colyseus' client throws has the message `code: sentence`, so the code is what stands before the first colon.
 * A connection that the server ends for one of these reasons gets `closed` and then the WebSocket close code: invalidRequest 4100,
 * invalidRoomName 4101, unauthorized 4102, forbidden 4103, tokenExpired 4104, tokenInvalid 4105, roomFull 4106, roomNotFound 4107,
 * duplicateIdentity 4108, removed 4109, rateLimited 4110, serverStopping 4111, internal 4112, passwordWrong 4113, roomLocked 4114, banned 4115,
 * notInvited 4116, notAllowed 4117, tooLarge 4118, roomClosed 4119, memberNotFound 4120 (the close reason repeats the code).
 * `removed`: a moderator put the member out, or they left the room that the voice belongs to; `banned`: they were put out and may not come back
 * yet; `notAllowed`: only the owner (or a moderator) may; `roomClosed`: the owner has ended the room.
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
    | "internal"
    | "passwordWrong"
    | "roomLocked"
    | "banned"
    | "notInvited"
    | "notAllowed"
    | "tooLarge"
    | "roomClosed"
    | "memberNotFound";

/** A refusal as it stands in messages. */
export interface IRefusal {
    code: ProtocolErrorCode;
    message: string;
}

/**
 * Messages that want an answer are sent as `IAsked<what was asked>` under their own type; the answer comes as a message `answer`. `ask` is
 * the client's number for it, and comes back.
 */
export interface IAsked<Value> {
    ask: number;
    value: Value;
}
/** The answer to a request (`IAsked`). */
export interface IAnswer {
    ask: number;
    /** Result of the request; absent if it only changes something. */
    value?: unknown;
    /** Instead: why nothing was changed. */
    refused?: IRefusal;
}

/** Body of every answer that is not 2xx. */
export interface IErrorReply {
    error: { code: ProtocolErrorCode; message: string };
    /** `code: sentence`, for Colyseus' client, which looks here. */
    message?: string;
    /** Guest that was minted before the refusal (`POST {path}/enter`). */
    guest?: IGuestReply;
}

/** `POST {path}/guest`: mints a guest. Exists in development mode only (otherwise 404). */
export interface IGuestRequest {
    name: string;
    /**
     * Secret of the guest's, `guestKeyLength` letters and digits at random: its hash is the guest's id, so that a guest is the same person at a server
     * that has another secret by now. Default: a new guest.
     */
    key?: string;
}
/** Answer of `POST {path}/guest`. */
export interface IGuestReply {
    /** Identity token, a JWT: who this is, valid for rooms and for the token endpoint. */
    identity: string;
    user: { id: string; name: string };
    /** Milliseconds since the epoch. */
    expiresAt: number;
    /** Time left as this is sent, in milliseconds: the two ends' clocks need not agree. Absent from older servers, here and below. */
    expiresInMs?: number;
}

/** `POST {path}/token` with `Authorization: Bearer <identity>`: a grant for the RTC room of a room that the caller is in. */
export interface IGrantRequest {
    /** The room's id (not its name). */
    room: string;
}
/**
 * `POST {path}/resume`: holds a seat for somebody whose connection to a room or RTC room dropped, or whose network changed, within the grace period.
 * Its socket takes the place of the one before, and is told everything anew by a `welcome`. Refused (`roomNotFound`) if nobody is awaited (any more),
 * or (`duplicateIdentity`) if another connection of the same user has taken the place.
 */
export interface IResumeRequest {
    /** The id of the room or RTC room as Colyseus knows it: `roomId` of its seat. */
    room: string;
    /** The user's id. */
    id: string;
    /** From the welcome. */
    secret: string;
}
/** Answer of `POST {path}/resume`. */
export interface IResumeReply {
    seat: ISeat;
}
/** Credentials for the return to a room or RTC room after the connection dropped. */
export interface IResume {
    /** The user's id. */
    id: string;
    /** Proves that it is the same client. The same for the whole stay. */
    secret: string;
    /** Grace period: time for which the place is kept after a drop, in seconds. */
    seconds: number;
}

/** A STUN or TURN server; the same as the browser's `RTCIceServer`, which a server does not know. */
export interface IIceServer {
    urls: string | string[];
    username?: string;
    credential?: string;
}
/** Answer of `POST {path}/token`: a grant. */
export interface IGrantReply {
    token: string;
    iceServers: IIceServer[];
    /** Milliseconds since the epoch. */
    expiresAt: number;
    /** Time left as this is sent, in milliseconds. */
    expiresInMs?: number;
}

/** `POST {path}/enter`: everything that a room of ours and its voice take. */
export interface IEnterRequest {
    /** As for `joinOrCreate("room", …)`; without `identity`, a guest is minted. */
    join: Omit<IRoomJoinRequest, "identity"> & { identity?: string };
    /** Name of that guest. */
    guest?: IGuestRequest;
    /** True: makes the room if there is none. */
    create: boolean;
    /** True: asks for a seat in its RTC room, too. Default: false. */
    voice?: boolean;
}
/** Seat in a room, held for ten seconds, for one socket: Colyseus' own form. */
export interface ISeat {
    name: string;
    roomId: string;
    sessionId: string;
    processId?: string;
    publicAddress?: string;
}
/** Answer of `POST {path}/enter`. */
export interface IEnterReply {
    /** The guest that was minted. */
    guest?: IGuestReply;
    /** The room's id. */
    room: string;
    seat: ISeat;
    /** Absent if it was not asked for, or is refused: `POST {path}/token` says why. */
    voice?: IVoiceEntry;
}
/** Way into an RTC room. Who takes the seat is in there after an `enter`, as a member of the room; everything is void after ten seconds. */
export interface IVoiceEntry {
    seat: ISeat;
    iceServers: IIceServer[];
    /** Time at which a grant is needed, as if they had come with one. Milliseconds since the epoch. */
    expiresAt: number;
    /** Time until then as this is sent, in milliseconds. */
    expiresInMs?: number;
    /** One's own id in signalling, and the `token` of its socket, which opens at once; messages pass once the RTC room is entered. */
    self: string;
    secret: string;
}

/** Privilege of a member in an RTC room. `moderate`: mute others and put them out; the owner of a room of ours may anyway. */
export type Privilege = "publish" | "subscribe" | "moderate";

/** `POST {path}/rooms` with `Authorization: Bearer <identity>`: the rooms that are not private, by name. */
export interface IRoomListRequest {
    /** `next` of the page before. Default: the first page. */
    cursor?: string;
    /** Rooms per page, 1 to 100. Default: 20. */
    limit?: number;
}
/** Answer of `POST {path}/rooms`: one page of the list. */
export interface IRoomListReply {
    rooms: IRoomSummary[];
    /** Cursor of the next page; absent on the last one. */
    next?: string;
}

// ---- room type "room" -------------------------------------------------------------------------------------------------------

/** Join policy of a room: everybody; friends of its owner, as the app's `isFriend` says; whoever has an invitation. */
export type JoinPolicy = "everyone" | "friends" | "invited";

/**
 * Options of `joinOrCreate("room", …)` (or `join`, to enter an existing one only). Colyseus' other ways to join are refused (`forbidden`).
 * One of `name`, `id` and `invitation` says which room; the last two lead to existing ones only. What follows `attributes` counts for
 * the one who creates the room.
 */
export interface IRoomJoinRequest {
    /** The room's name, which makes two joins meet. */
    name?: string;
    /** The room's id: the way into a private room, and into a room that a list named. */
    id?: string;
    /** With `id`, the user who was in that room: for anybody else it is `roomNotFound`. Default: whoever asks. */
    user?: string;
    /** Token of an invitation: names the room, and stands for password, lock and policy; not for a ban or a full room. */
    invitation?: string;
    /** Identity token: a guest's, or what the app's `authorize` understands. */
    identity: string;
    /** Of a room that has one. For the one who creates it: its password, 1 to 128 characters. */
    password?: string;
    attributes?: Record<string, unknown>;
    maxMembers?: number;
    /** True if the room appears in no list and is found by id or invitation alone, not by name. Default: false. */
    private?: boolean;
    /** Default: everyone. */
    policy?: JoinPolicy;
    /** Default: none. */
    description?: string;
    /** Default: none. */
    properties?: Record<string, unknown>;
}

/** A room as a list shows it. */
export interface IRoomSummary {
    id: string;
    name: string;
    memberCount: number;
    maxMembers: number;
    locked: boolean;
    hasPassword: boolean;
    policy: JoinPolicy;
    /** At most 280 characters. */
    description: string;
}

/** A room as its members see it. */
export interface IRoomInfo {
    id: string;
    name: string;
    maxMembers: number;
    /**
     * Id of the member who may change it; the one who created it at first, the longest-standing member when they leave. Empty: a room that the server
     * has listed, which nobody may change.
     */
    owner: string;
    /** True if nobody new may enter, invited ones excepted. */
    locked: boolean;
    private: boolean;
    policy: JoinPolicy;
    hasPassword: boolean;
    /** Grows with each change of the password. */
    passwordRevision: number;
    /** At most 280 characters. */
    description: string;
    /** Keys (1 to 64 characters) and values, at most 8 KiB as JSON together. */
    properties: Record<string, unknown>;
}

/** A member of a room, as all members see them. */
export interface IMemberInfo {
    id: string;
    name: string;
    attributes: Record<string, unknown>;
    /** True while the connection is down and the place is kept. Default: false. */
    reconnecting?: true;
}

/** Why somebody is no longer there: by their own will, without a word, replaced by a newer connection of theirs, put out. */
export type LeaveReason = "left" | "dropped" | "duplicateIdentity" | "removed";

/** Why a voice is gone; `tokenExpired`: its grant has ended and was not renewed. */
export type VoiceLeaveReason = LeaveReason | "tokenExpired";

/** Messages of the server in a room, by type. */
export interface IRoomServerMessages {
    /** First message, and the first one after a return; members in join order, oneself last, unless one took the place of an own earlier connection. `life`: the same until the server restarts. */
    welcome: { room: IRoomInfo; self: string; members: IMemberInfo[]; life?: string; resume?: IResume };
    /** Somebody new, at the end of the list. */
    memberJoined: IMemberInfo;
    /** Changed name, attributes or presence (`reconnecting`) of a member, oneself included. */
    memberChanged: IMemberInfo;
    memberLeft: { id: string; reason: LeaveReason };
    /** Anything of the room, its owner included. */
    roomChanged: IRoomInfo;
    answer: IAnswer;
    /** Message of another member to everybody else. */
    message: { from: string; topic: string; data: unknown };
    /** The server takes nobody new any more, and ends within so many seconds: `closed` (`serverStopping`) follows. */
    stopping: { seconds: number };
    /** The server is about to close this connection. */
    closed: IRefusal;
    /** A message of ours was refused; nothing changed. */
    refused: IRefusal;
}

/** Messages of a client in a room, by type. */
export interface IRoomClientMessages {
    /** Keys to change; at most 2 KiB as JSON after the change. */
    attributes: Record<string, unknown>;
    /** To everybody else; topic 1 to 64 characters, data at most 2 KiB as JSON. */
    message: { topic: string; data: unknown };
}

/** Requests of a member to a room, by message type: request and answer. All but `self`, `invite` and `revoke` are the owner's alone (`notAllowed`). */
export interface IRoomAsks {
    lock: [{ locked: boolean }, undefined];
    /** Puts a member out, of the voice too, and keeps them out for so many seconds (0 to 86400; 0 = they may come back at once); 600 at most by a guest. */
    kick: [{ id: string; seconds: number }, undefined];
    owner: [{ id: string }, undefined];
    describe: [{ description: string }, undefined];
    /** Keys to change; null removes one. */
    properties: [{ changes: Record<string, unknown> }, undefined];
    /** null = none. */
    password: [{ password: string | null }, undefined];
    /**
     * Any member may, where the policy is `everyone` and the room not locked; otherwise the owner. A locked room is opened by an invitation of
     * its present owner's alone, and nothing by that of somebody who is banned. `userId` = for nobody else; holds 1 to 604800 seconds.
     */
    invite: [{ seconds: number; userId?: string }, { invitation: string; expiresAt: number; expiresInMs?: number }];
    /**
     * Takes invitations back: those of `by`. Default: one's own, the owner's `by` default is everybody. Only the owner may name others. A changed password
     * and the kick or ban of who made it end an invitation, too.
     */
    revoke: [{ by?: string }, undefined];
    /** Ends the room for everybody (`roomClosed`). */
    destroy: [Record<string, never>, undefined];
    /**
     * Own name (a guest's alone, `notAllowed` for others) and keys of own attributes to change, at most 2 KiB as JSON after the change. `guest`: the
     * identity of the same guest with the new name, for later joins.
     */
    self: [{ name?: string; attributes?: Record<string, unknown> }, { guest?: IGuestReply }];
}

// ---- room type "rtc" --------------------------------------------------------------------------------------------------------

/** Options of `joinOrCreate("rtc", …)`. */
export interface IRtcJoinRequest {
    /** The room's id; must be the one that the token is for. */
    room: string;
    /** The grant's token. */
    token: string;
    /** Ids of users who shall not hear us, nor we them, from the first moment on; at most 1000. */
    blocks?: string[];
    /** True if this end can take data out of voice packets. Default: false. */
    ridesData?: boolean;
    /** Of the last welcome, where the server keeps our place no longer: the peer id stays the same, unless it is in use or the server has another secret. */
    peerToken?: string;
}

/** One member of an RTC room, as everybody there sees it. */
export interface IRtcPeer {
    /** The user's id. */
    id: string;
    name: string;
    /** The id of this connection in signalling: minted by the server, random; an earlier one of the same user where `peerToken` proves it. */
    peerId: string;
    /** Grows with each connection to the RTC room: of two peers the later one calls. */
    order: number;
    /** True while its signalling socket stands, so that it can be called. */
    ready: boolean;
    mayPublish: boolean;
    maySubscribe: boolean;
    muted: "no" | "self" | "moderator";
    /** True if the member offers a voice at all. */
    publishing: boolean;
    /** True while the member's microphone is on. */
    capturing: boolean;
    /** True if the member's end can take data out of voice packets. */
    ridesData: boolean;
    /** True while the connection is down and the place is kept; calls may go on. Default: false. */
    reconnecting?: true;
}

/** Messages of the server in an RTC room, by type. */
export interface IRtcServerMessages {
    /** First message, and the first one after a return; peers in join order, oneself last; `self` is one's own peer id, `secret` the `token` of this connection's signalling socket, `peerToken` proves to a later life of the server whose peer id it was; `life` is the same until the server restarts. */
    welcome: { self: string; secret: string; peerToken?: string; peers: IRtcPeer[]; blocked: string[]; life?: string; resume?: IResume };
    peerJoined: IRtcPeer;
    /** A change of a peer's name, readiness, presence (`reconnecting`), muting, publishing, capturing or privileges, one's own included. Each `mute` and `state` is answered by one. */
    peerChanged: IRtcPeer;
    /** A user who connects again is told of as `peerLeft` (`duplicateIdentity`) and `peerJoined`, since the peer id is another one. */
    peerLeft: { id: string; peerId: string; reason: VoiceLeaveReason };
    /** The member asks this much of our voice. */
    interest: { from: string; interest: "off" | "warm" | "on" };
    /** The whole list of those between whom and us nothing passes, by either's wish. */
    blocked: { ids: string[] };
    /** The grant in force ends soon: this comes min(30 s, a third of the time that it had when it came into force) before. `expiresAt`: milliseconds since the epoch. */
    expiring: { expiresAt: number; expiresInMs?: number };
    /** A moderator (null = the app itself) takes back the mute; one's own will now decides (the member is `self` muted). */
    unmuteInvited: { by: string | null };
    /** Message of a member: to everybody, or to us alone (`direct`). Ids grow within the RTC room. */
    message: { id: number; from: string; direct: boolean; data: string | Uint8Array };
    answer: IAnswer;
    /** The server takes nobody new any more, and ends within so many seconds: `closed` (`serverStopping`) follows. */
    stopping: { seconds: number };
    closed: IRefusal;
    refused: IRefusal;
}

/** Messages of a client in an RTC room, by type. */
export interface IRtcClientMessages {
    /** First message on a seat that `POST {path}/enter` gave: the welcome answers it, or `closed`. */
    enter: Pick<IRtcJoinRequest, "blocks" | "ridesData" | "peerToken">;
    mute: { muted: boolean };
    interest: { to: string; interest: "off" | "warm" | "on" };
    /** Change of our publishing and capturing. */
    state: { publishing?: boolean; capturing?: boolean };
}

/** Action of a moderator in an RTC room. `id`: the user's; `remove`: puts out, and keeps out of room and voice for so many seconds (0 to 86400; 0 = of the voice alone, at once). */
export type ModerationAction =
    | { readonly action: "mute"; readonly id: string }
    | { readonly action: "muteAll" }
    | { readonly action: "inviteToUnmute"; readonly id: string }
    | { readonly action: "remove"; readonly id: string; readonly seconds: number };

/** Requests of a client in an RTC room, by type: request and answer. */
export interface IRtcAsks {
    renew: [{ token: string }, { expiresAt: number; expiresInMs?: number }];
    /** Nothing passes any longer between us and that user: no call, no message, either way. */
    block: [{ id: string; blocked: boolean }, undefined];
    /**
     * For moderators (`notAllowed` otherwise): silences one member, or everybody but moderators; lets a muted one speak again when they want;
     * puts one out.
     */
    moderate: [ModerationAction, undefined];
    /** To one member or to everybody else; at most 65,536 bytes (UTF-8 where it is text). The answer is the message's id. */
    send: [{ to?: string; data: string | Uint8Array }, { id: number }];
}
