/**
 * Protocol between the browser package and the server, as types. With the matching schemas in `schemas.ts`, the server validates what clients send.
 *
 * Four steps lead to a call. `POST {path}/guest` (or the app's own sign-in) returns an identity. With the identity, the client joins the Colyseus room type
 * `room`. `POST {path}/token` returns a grant for the RTC room. With the grant, the client joins the Colyseus room type `rtc`, whose `welcome` contains the
 * credentials of the signalling socket at `{path}/signal/peerjs`. That socket is closed (4109) when the stay in the RTC room ends.
 *
 * `POST {path}/enter` replaces the four steps if room, identity and grant come from this server. For ten seconds it reserves a seat in the room, a
 * seat in the RTC room and the peer id in signalling, so that the three sockets can be opened in parallel.
 */

/**
 * Codes of `IErrorReply`, of refused joins, and of `closed` and `refused` messages.
 *
 * Refused join: the error that Colyseus' client throws has the message `code: sentence`; the code is the text before the first colon.
 * A connection that the server closes for one of these reasons gets `closed` and then the WebSocket close code: invalidRequest 4100,
 * invalidRoomName 4101, unauthorized 4102, forbidden 4103, tokenExpired 4104, tokenInvalid 4105, roomFull 4106, roomNotFound 4107,
 * duplicateIdentity 4108, removed 4109, rateLimited 4110, serverStopping 4111, internal 4112, passwordWrong 4113, roomLocked 4114, banned 4115,
 * notInvited 4116, notAllowed 4117, tooLarge 4118, roomClosed 4119, memberNotFound 4120 (the close reason repeats the code).
 * `removed`: the owner, a moderator or the app removed the member, or the member left the room to which the RTC room belongs; `banned`: the user was
 * removed, and the ban is not over; `notAllowed`: only the owner (or a moderator) may do this; `roomClosed`: the room was closed.
 * `internal`: the server failed; its log has the reason.
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

/** A refusal in a message. */
export interface IRefusal {
    code: ProtocolErrorCode;
    message: string;
}

/**
 * A request: a message that gets an answer. Each kind of request has its own message type; the answer is a message of the type `answer`. `ask` is a
 * number that the client chooses and that the answer repeats.
 */
export interface IAsked<Value> {
    ask: number;
    value: Value;
}
/** Answer to a request (`IAsked`). */
export interface IAnswer {
    ask: number;
    /** Result of the request; absent if the request has none. */
    value?: unknown;
    /** Reason of a refusal, instead of `value`; a refused request changes nothing. */
    refused?: IRefusal;
}

/** Body of every HTTP response that is not 2xx. */
export interface IErrorReply {
    error: { code: ProtocolErrorCode; message: string };
    /** `code: sentence`, for Colyseus' client, which reads this field. */
    message?: string;
    /** Guest that was minted before the refusal (`POST {path}/enter`). */
    guest?: IGuestReply;
}

/** `POST {path}/guest`: mints a guest. Exists in development mode only (otherwise 404). */
export interface IGuestRequest {
    name: string;
    /**
     * Secret of the guest: `guestKeyLength` random letters and digits. Its hash is the guest's id, so that the guest keeps the id even if the server's secret
     * has changed. Default: a new guest.
     */
    key?: string;
}
/** Answer of `POST {path}/guest`. */
export interface IGuestReply {
    /** Identity token (a JWT), valid for rooms and for the token endpoint. */
    identity: string;
    user: { id: string; name: string };
    /** Expiry, in milliseconds since the epoch. */
    expiresAt: number;
    /**
     * Remaining validity at the time of sending, in milliseconds, because the clocks may differ. Older servers send no `expiresInMs` in any message.
     */
    expiresInMs?: number;
}

/** `POST {path}/token` with `Authorization: Bearer <identity>`: returns a grant for the RTC room of a room that the user has joined. */
export interface IGrantRequest {
    /** The room's id (not its name). */
    room: string;
}
/**
 * `POST {path}/resume`: reserves a seat for a member whose connection to a room or RTC room dropped or is no longer usable, until the grace period
 * ends. The socket on that seat replaces the previous one, and gets a complete `welcome`. Refused with `roomNotFound` if the member's stay has ended
 * or the secret is wrong, or with `duplicateIdentity` if another connection of the same user has replaced the stay.
 */
export interface IResumeRequest {
    /** Colyseus id of the room or RTC room: `roomId` of its seat. */
    room: string;
    /** The user's id. */
    id: string;
    /** Secret from `resume` of the welcome. */
    secret: string;
}
/** Answer of `POST {path}/resume`. */
export interface IResumeReply {
    seat: ISeat;
}
/** Credentials to resume in a room or RTC room after the connection dropped. */
export interface IResume {
    /** The user's id. */
    id: string;
    /** Secret that authenticates the client. Constant for the whole stay. */
    secret: string;
    /** Grace period after a drop, in seconds. */
    seconds: number;
}

/** A STUN or TURN server; the same as the DOM type `RTCIceServer`, which does not exist in Node. */
export interface IIceServer {
    urls: string | string[];
    username?: string;
    credential?: string;
}
/** Answer of `POST {path}/token`: a grant. */
export interface IGrantReply {
    token: string;
    iceServers: IIceServer[];
    /** Expiry, in milliseconds since the epoch. */
    expiresAt: number;
    /** Remaining validity at the time of sending, in milliseconds. */
    expiresInMs?: number;
}

/** `POST {path}/enter`: reserves seats in a room of this server (room type `room`) and in its RTC room. */
export interface IEnterRequest {
    /** Options as for `joinOrCreate("room", …)`. Without `identity` and with `guest`, a guest is minted. */
    join: Omit<IRoomJoinRequest, "identity"> & { identity?: string };
    /** Name and key of that guest. */
    guest?: IGuestRequest;
    /** True = creates the room if it does not exist. */
    create: boolean;
    /** True = also reserves a seat in the room's RTC room. Default: false. */
    voice?: boolean;
}
/** Colyseus' seat reservation in a room, for one socket, valid for ten seconds. */
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
    /** Absent if it was not requested, was refused or took the server too long. After the join, `POST {path}/token` returns a grant or the reason. */
    voice?: IVoiceEntry;
}
/**
 * Reserved entry into an RTC room. The client connects with the seat and sends `enter`; it is admitted once it has joined the room. The reservation
 * expires after ten seconds.
 */
export interface IVoiceEntry {
    seat: ISeat;
    iceServers: IIceServer[];
    /** Time by which the client must send a grant with `renew`, as if it had joined with a grant. Milliseconds since the epoch. */
    expiresAt: number;
    /** Time until `expiresAt` at the time of sending, in milliseconds. */
    expiresInMs?: number;
    /**
     * Own peer id in signalling, unless the welcome contains another one (`peerToken`). The signalling socket may open at once, but messages pass
     * only after the RTC room is joined. `secret`: the `token` of that socket.
     */
    self: string;
    secret: string;
    /** Peer ids of members whom this client will probably call, so that it can prepare the calls. At most four. Absent with an older server. */
    callees?: readonly string[];
}

/** Privilege of a member in an RTC room. `moderate`: mute and remove other members. The owner of a room of the type `room` may always do so. */
export type Privilege = "publish" | "subscribe" | "moderate";

/** `POST {path}/rooms` with `Authorization: Bearer <identity>`: lists the public rooms, sorted by name. */
export interface IRoomListRequest {
    /** `next` of the previous page. Default: the first page. */
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

/**
 * Join policy of a room: all users; friends of the owner, by the app's `isFriend`; users with an invitation. An invitation works with each policy.
 */
export type JoinPolicy = "everyone" | "friends" | "invited";

/**
 * Options of `joinOrCreate("room", …)`, or of `join`, which joins existing rooms only. Colyseus' other methods are refused (`forbidden`). Exactly one
 * of `name`, `id` and `invitation` identifies the room; `id` and `invitation` work for existing rooms only. The fields after `attributes` are options
 * of a new room. They are ignored for an existing room, and for a room of the server's option `rooms`.
 */
export interface IRoomJoinRequest {
    /** Name of the room. Joins with the same name lead to the same room, unless it is private. */
    name?: string;
    /** Id of the room, for private rooms and for rooms from a list. */
    id?: string;
    /** With `id`: id of the only user who may join with these options; every other user gets `roomNotFound`. Default: any user. */
    user?: string;
    /** Token of an invitation. It overrides password and policy, and the lock if the owner created it, but not a ban or a full room. */
    invitation?: string;
    /** Identity token of a guest, or a credential for the app's `authorize`. */
    identity: string;
    /** Password of the room, if it has one. For a new room: the password to set, 1 to 128 characters. */
    password?: string;
    attributes?: Record<string, unknown>;
    /** Limited to the range from 1 to the server's limit. Default: the server's limit. */
    maxMembers?: number;
    /** True = the room is not listed, and can be joined by id or invitation only, not by name. Default: false. */
    private?: boolean;
    /** Default: everyone. */
    policy?: JoinPolicy;
    /** Default: none. */
    description?: string;
    /** Default: none. */
    properties?: Record<string, unknown>;
}

/** Entry of a room in a list of rooms. */
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

/** Information about a room for its members. */
export interface IRoomInfo {
    id: string;
    name: string;
    maxMembers: number;
    /**
     * Id of the owner, who may change the room. The creator is the first owner, and can name another one (request `owner`). When the owner leaves,
     * the member who joined first among those present becomes the owner. Empty for a room of the server's option `rooms`, which no member may change.
     */
    owner: string;
    /** True if new members need an invitation from the owner. */
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

/** Information about a member of a room, for all members. */
export interface IMemberInfo {
    id: string;
    name: string;
    attributes: Record<string, unknown>;
    /** True during the grace period after the member's connection dropped. Default: false. */
    reconnecting?: true;
}

/** Reason of a leave: left on purpose, connection lost, replaced by a newer connection of the same user, removed by others. */
export type LeaveReason = "left" | "dropped" | "duplicateIdentity" | "removed";

/**
 * Reason why a member left the RTC room; `tokenExpired`: the grant ended and was not renewed, or the member is no longer in the room after a drop.
 */
export type VoiceLeaveReason = LeaveReason | "tokenExpired";

/** Messages of the server in a room, by type. */
export interface IRoomServerMessages {
    /**
     * First message of each connection. `members`: in join order, the receiver last, unless it resumed or replaced its earlier connection. `life`: constant
     * until the server restarts.
     */
    welcome: { room: IRoomInfo; self: string; members: IMemberInfo[]; life?: string; resume?: IResume };
    /** New member, at the end of the list. */
    memberJoined: IMemberInfo;
    /** Name, attributes or presence (`reconnecting`) of a member changed. The receiver also gets changes of its own name and attributes. */
    memberChanged: IMemberInfo;
    memberLeft: { id: string; reason: LeaveReason };
    /** The room's information changed, for example its owner. */
    roomChanged: IRoomInfo;
    answer: IAnswer;
    /** Message of another member to all others. */
    message: { from: string; topic: string; data: unknown };
    /** The server is draining and stops within `seconds`; then `closed` (`serverStopping`) follows. */
    stopping: { seconds: number };
    /** The server is about to close this connection. */
    closed: IRefusal;
    /** A message of the receiver was refused and changed nothing, or (`rateLimited`) did not reach a member who reads too slowly. */
    refused: IRefusal;
}

/** Messages of a client in a room, by type. */
export interface IRoomClientMessages {
    /** Keys to change; at most 2 KiB as JSON after the change. Keys from the app's `authorize` keep their value. */
    attributes: Record<string, unknown>;
    /** Message to all other members; topic 1 to 64 characters; with the data at most 2 KiB as JSON. */
    message: { topic: string; data: unknown };
}

/** Requests of a member to a room, by message type: request and answer. All except `self`, `invite` and `revoke` are for the owner only (`notAllowed`). */
export interface IRoomAsks {
    lock: [{ locked: boolean }, undefined];
    /** Removes a member from the room and its voice, and bans them for `seconds` (0 to 86400; 0 = no ban). A ban by a guest is shortened to 600 s. */
    kick: [{ id: string; seconds: number }, undefined];
    owner: [{ id: string }, undefined];
    describe: [{ description: string }, undefined];
    /** Keys to change; null removes a key. */
    properties: [{ changes: Record<string, unknown> }, undefined];
    /** New password; null = none. */
    password: [{ password: string | null }, undefined];
    /**
     * Creates an invitation. Any member may do so if the policy is `everyone` and the room is not locked; otherwise only the owner. An invitation to
     * a locked room works only if the present owner created it, and an invitation from a banned user never works. `seconds`: validity, 1 to 604800.
     * `userId`: the only user who may use the invitation. Default: anybody.
     */
    invite: [{ seconds: number; userId?: string }, { invitation: string; expiresAt: number; expiresInMs?: number }];
    /**
     * Revokes the invitations that the member `by` created. Default: those of the sender or, for the owner, those of all members. Only the owner may name
     * other members. An invitation also becomes invalid when the password changes, or when its creator is kicked or banned.
     */
    revoke: [{ by?: string }, undefined];
    /** Closes the room (`roomClosed`). */
    destroy: [Record<string, never>, undefined];
    /**
     * Changes the sender's name (guests only, `notAllowed` for others) and keys of the sender's attributes, as the message `attributes` does.
     * `guest`: identity of the same guest with the new name, for later joins; absent if the name was not changed.
     */
    self: [{ name?: string; attributes?: Record<string, unknown> }, { guest?: IGuestReply }];
}

// ---- room type "rtc" --------------------------------------------------------------------------------------------------------

/** Options of `joinOrCreate("rtc", …)`. */
export interface IRtcJoinRequest {
    /** Id of the room; must be that of the grant. */
    room: string;
    /** Token of the grant. */
    token: string;
    /** Ids of users to block (in both directions) from the start; at most 1000. */
    blocks?: string[];
    /** True if this client can extract data from voice packets. Default: false. */
    dataInRtp?: boolean;
    /**
     * `peerToken` of the last welcome. The client keeps its peer id, unless the id is in use or the server's secret has changed. For a stay that can
     * no longer be resumed.
     */
    peerToken?: string;
}

/** Information about a member of an RTC room, for all members. */
export interface IRtcPeer {
    /** The user's id. */
    id: string;
    name: string;
    /** Peer id of this connection in signalling: a random id from the server, or an earlier one of the same user if `peerToken` proves it. */
    peerId: string;
    /** Number of this join; it grows with each join of the RTC room. The later peer of a pair calls the earlier one. */
    order: number;
    /** True while the peer's signalling socket is open, so that it can be called. */
    ready: boolean;
    mayPublish: boolean;
    maySubscribe: boolean;
    muted: "no" | "self" | "moderator";
    /** True if the member publishes a voice. */
    publishing: boolean;
    /** True while the member's microphone is on. */
    capturing: boolean;
    /** True if the member's client can extract data from voice packets. */
    dataInRtp: boolean;
    /** True during the grace period after the member's connection dropped; calls may continue. Default: false. */
    reconnecting?: true;
}

/** Messages of the server in an RTC room, by type. */
export interface IRtcServerMessages {
    /**
     * First message of each connection. `self`: own peer id. `secret`: the `token` of this connection's signalling socket. `peerToken`: proves the ownership of
     * the peer id after a restart of the server. `peers`: in join order, the receiver last, unless it resumed or returned. `life`: constant until the server
     * restarts.
     */
    welcome: { self: string; secret: string; peerToken?: string; peers: IRtcPeer[]; blocked: string[]; life?: string; resume?: IResume };
    peerJoined: IRtcPeer;
    /**
     * Name, readiness, presence (`reconnecting`), mute, publishing, capturing or privileges of a peer changed; also sent to that peer. A
     * `reconnecting` peer that joins anew instead of resuming gets a new `peerId` and `order`. The sender of a valid `mute` or `state` gets
     * `peerChanged` even if nothing changed.
     */
    peerChanged: IRtcPeer;
    /**
     * A peer has left. If a present user joins again, `peerLeft` (`duplicateIdentity`) and `peerJoined` follow each other, because the peer id
     * differs.
     */
    peerLeft: { id: string; peerId: string; reason: VoiceLeaveReason };
    /** Interest of the member `from` in the receiver's voice. */
    interest: { from: string; interest: "off" | "warm" | "on" };
    /** Complete list of the users whom the receiver blocks or who block the receiver. */
    blocked: { ids: string[] };
    /**
     * The grant in force ends soon. Sent min(30 s, a third of the grant's validity when it came into force) before the end, or up to 30 % of that
     * time earlier. If the server was suspended and could not send it in time, it is sent after the end: `expiresInMs` is then the extra time to
     * renew, and `expiresAt` (milliseconds since the epoch) is past.
     */
    expiring: { expiresAt: number; expiresInMs?: number };
    /** A moderator (null = the app) lifted the mute. The member is now self-muted (`self`) and can unmute. */
    unmuteInvited: { by: string | null };
    /** Message of a member to all others, or to the receiver only (`direct`). Ids grow within the RTC room. */
    message: { id: number; from: string; direct: boolean; data: string | Uint8Array };
    answer: IAnswer;
    /** The server is draining and stops within `seconds`; then `closed` (`serverStopping`) follows. */
    stopping: { seconds: number };
    closed: IRefusal;
    refused: IRefusal;
}

/** Messages of a client in an RTC room, by type. */
export interface IRtcClientMessages {
    /** First message of a connection whose seat comes from `POST {path}/enter`. The answer is `welcome` or `closed`. */
    enter: Pick<IRtcJoinRequest, "blocks" | "dataInRtp" | "peerToken">;
    mute: { muted: boolean };
    interest: { to: string; interest: "off" | "warm" | "on" };
    /** Changes the sender's own publishing and capturing. */
    state: { publishing?: boolean; capturing?: boolean };
}

/**
 * Action of a moderator in an RTC room. `id`: the user's id. `remove`: removes the user from room and voice, and bans them for `seconds` (0 to 86400;
 * 0 = removes them from the voice only, without a ban). A ban by an owner who is a guest is shortened to 600 s.
 */
export type ModerationAction =
    | { readonly action: "mute"; readonly id: string }
    | { readonly action: "muteAll" }
    | { readonly action: "inviteToUnmute"; readonly id: string }
    | { readonly action: "remove"; readonly id: string; readonly seconds: number };

/** Requests of a client in an RTC room, by type: request and answer. */
export interface IRtcAsks {
    renew: [{ token: string }, { expiresAt: number; expiresInMs?: number }];
    /** Blocks or unblocks a user. A block stops calls and messages in both directions. */
    block: [{ id: string; blocked: boolean }, undefined];
    /**
     * Performs a moderation action. For moderators and the room's owner only (`notAllowed`); they cannot mute or remove the owner. `muteAll` mutes
     * all others who are not moderators.
     */
    moderate: [ModerationAction, undefined];
    /** Sends a message to one member or to all others; at most 65,536 bytes (text as UTF-8). The answer is the message's id. */
    send: [{ to?: string; data: string | Uint8Array }, { id: number }];
}
