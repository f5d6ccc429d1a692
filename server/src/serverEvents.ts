import type { IMemberInfo, LeaveReason, Privilege, ProtocolErrorCode } from "../../protocol/wire.js";

/** Actor of an event. */
export type ServerEventActor =
    /** A user with a verified identity or grant. */
    | { readonly kind: "user"; readonly id: string; readonly name: string }
    /** The app's backend, for example by `moderateAsync` or `setPrivilegesAsync`. */
    | { readonly kind: "app" }
    /** The server itself: a grant expired, an owner left, a room is empty, the server stops. */
    | { readonly kind: "server" }
    /** A client that is not authenticated. */
    | { readonly kind: "unknown" };

/** A room of this server, or a room of the app that has an RTC room here. */
export interface IServerEventRoom {
    readonly id: string;
    /** Name of the room; null for a room of the app. */
    readonly name: string | null;
}

/** Target room of a request, as far as it is known. */
export interface IServerEventTarget {
    readonly id: string | null;
    readonly name: string | null;
}

/** User that an action applies to. */
export interface IServerEventUser {
    readonly id: string;
    /** Name of the user; null if the user is not present, so that the server does not know it. */
    readonly name: string | null;
}

/** Member of a room of this server, or of a room of the app (known by the grant only). */
export interface IServerEventMember {
    readonly id: string;
    readonly name: string;
    /**
     * Attributes that the member chose and those that `authorize` returned, each at most 2 KiB as JSON. Only in events of a room of this server, not
     * in those of a voice, such as `voiceJoined`.
     */
    readonly attributes?: IMemberInfo["attributes"];
}

/**
 * Reason why a member left a room or its voice. `tokenExpired`: the grant expired; `roomClosed`: the owner closed the room; `serverStopping`:
 * `closeAsync` was called.
 */
export type ServerEventLeaveReason = LeaveReason | "tokenExpired" | "roomClosed" | "serverStopping";

/** Action of a member (the owner or a moderator; for invitations, any member), of the app or, for `setOwner`, of the server. */
export type ServerEventModeration =
    /** The owner removes a member and bans them for `seconds`; 0 = no ban. */
    | { readonly action: "kick"; readonly member: IServerEventUser; readonly seconds: number }
    /** A moderator or the app removes a user from the voice. With `seconds` above 0, the user is also removed from the room, and banned from both. */
    | { readonly action: "remove"; readonly member: IServerEventUser; readonly seconds: number }
    /**
     * The room has a new owner. The previous owner transferred the room; or, with the actor `server`, the previous owner left, or the room's creator
     * has joined after a member who was the owner until then.
     */
    | { readonly action: "setOwner"; readonly member: IServerEventUser }
    | { readonly action: "mute"; readonly member: IServerEventUser }
    | { readonly action: "inviteToUnmute"; readonly member: IServerEventUser }
    /** Mutes every member except moderators and the room's owner. */
    | { readonly action: "muteAll" }
    | { readonly action: "lock"; readonly locked: boolean }
    | { readonly action: "describe"; readonly description: string }
    /** All properties of the room after the change. */
    | { readonly action: "setProperties"; readonly properties: Readonly<Record<string, unknown>> }
    /** The password was set, changed or removed. The event never contains the password. */
    | { readonly action: "setPassword"; readonly hasPassword: boolean }
    /** An invitation was signed, for one user or (null) for anybody, valid for `seconds`. The event never contains the invitation. */
    | { readonly action: "invite"; readonly userId: string | null; readonly seconds: number }
    /** Invitations were revoked: those of one member, or (null) all. */
    | { readonly action: "revokeInvitations"; readonly userId: string | null }
    /** The owner closes the room. */
    | { readonly action: "destroy" }
    /** The app sets the privileges of a user; null = those of the user's grants. */
    | { readonly action: "setPrivileges"; readonly member: IServerEventUser; readonly privileges: readonly Privilege[] | null };

/** An event without its time, actor and address. */
export type ServerEventBody =
    /** A room of this server was created. The creator's `joined` follows, unless their connection fails. */
    | { readonly type: "roomCreated"; readonly room: IServerEventRoom }
    /** A room of this server has ended. */
    | { readonly type: "roomEnded"; readonly room: IServerEventRoom; readonly reason: "empty" | "roomClosed" | "serverStopping" }
    /**
     * A member joined a room of this server. Each `joined` has one `left`; a user who connects again from elsewhere leaves first
     * (`duplicateIdentity`). A member who returns within the grace period has neither left nor joined.
     */
    | { readonly type: "joined"; readonly room: IServerEventRoom; readonly member: IServerEventMember }
    | {
          readonly type: "left";
          readonly room: IServerEventRoom;
          readonly member: IServerEventMember;
          readonly reason: ServerEventLeaveReason;
      }
    /**
     * A member resumed, with the secret of their stay, from another network address: a phone that left Wi-Fi, or somebody who stole the secret. The
     * event's `address` is the new one.
     */
    | {
          readonly type: "addressChanged";
          readonly room: IServerEventRoom;
          readonly member: IServerEventMember;
          /** Room, or its RTC room (`voice`). */
          readonly of: "room" | "voice";
          /** Previous network address. */
          readonly before: string;
      }
    /** A member's name or attributes changed. In a room of the app: a newer grant has another name. */
    | {
          readonly type: "changed";
          readonly room: IServerEventRoom;
          readonly member: IServerEventMember;
          readonly before: IServerEventMember;
      }
    /** A member joined the voice of a room. Each `voiceJoined` has one `voiceLeft`. */
    | {
          readonly type: "voiceJoined";
          readonly room: IServerEventRoom;
          readonly member: IServerEventMember;
          readonly muted: "no" | "self" | "moderator";
      }
    | {
          readonly type: "voiceLeft";
          readonly room: IServerEventRoom;
          readonly member: IServerEventMember;
          readonly reason: ServerEventLeaveReason;
      }
    /** The mute of a member changed, by the member, a moderator or the app (see `actor`). */
    | {
          readonly type: "muted";
          readonly room: IServerEventRoom;
          readonly member: IServerEventMember;
          readonly muted: "no" | "self" | "moderator";
      }
    /** An action was taken, see `ServerEventModeration`. Its effects (`left`, `voiceLeft`, `muted`) follow as events with the same actor. */
    | ({ readonly type: "moderated"; readonly room: IServerEventRoom } & ServerEventModeration)
    /** The server refused a request, a message or a connection. */
    | {
          readonly type: "refused";
          /** Target room; null if the request names none. */
          readonly room: IServerEventTarget | null;
          /**
           * Kind of request. HTTP: `guest`, `enter`, `resume`, `token`, `rooms`, `matchmake`, `health`, `ready`. `socket`: a WebSocket upgrade, or
           * an open socket that was closed because its client exceeded a limit or violated the protocol. `signalling`: the credentials of a
           * signalling socket, or signalling messages. `join`: a connection on a reserved seat. Otherwise the type of a message to a room or RTC
           * room; `*` = unknown type.
           */
          readonly request: string;
          /** Reason, as sent to the client. */
          readonly reason: ProtocolErrorCode;
          /** Reason, as a sentence. */
          readonly message: string;
          /**
           * Number of refusals of this address that had no event, since its previous `refused`. Rate limit of the events: 1 per second, 20 at once.
           */
          readonly omitted: number;
      };

/**
 * Event for the app's backend (`onEvent`): plain data, and a separate copy. It never contains passwords, tokens, identities or secrets. Names,
 * attributes, descriptions and properties are chosen by users.
 */
export type ServerEvent = ServerEventBody & {
    /** Milliseconds since the epoch, by the server's clock. */
    readonly time: number;
    /** User, app or server that caused the event. */
    readonly actor: ServerEventActor;
    /**
     * Network address of the user or unauthenticated client, as `addressOf` returned it for the request; for a member, for the request of the seat.
     * Null for the app and the server, and if unknown.
     */
    readonly address: string | null;
};

/**
 * Event handler of the app's backend. Called in the order of events, each time in a separate microtask; the server does not wait for its result.
 * Errors and rejections are logged, at most once in ten seconds, and have no other effect.
 */
export type OnServerEvent = (event: ServerEvent) => unknown;
