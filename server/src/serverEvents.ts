import type { IMemberInfo, IRtcPeer, LeaveReason, Privilege, ProtocolErrorCode } from "../../protocol/wire.js";

/** Actor of an event. */
export type ServerEventActor =
    /** Somebody whom the server knows by their identity or grant. */
    | { readonly kind: "user"; readonly id: string; readonly name: string }
    /** The app's backend: `moderateAsync` or `setPrivilegesAsync`. */
    | { readonly kind: "app" }
    /** The server itself: a grant ended, an owner left, a room is empty, the server stops. */
    | { readonly kind: "server" }
    /** Somebody of whom the server does not know who they are. */
    | { readonly kind: "unknown" };

/** A room of the server, or the room that an RTC room is the voice of. */
export interface IServerEventRoom {
    readonly id: string;
    /** Its name; null for a room of the app's own. */
    readonly name: string | null;
}

/** Room that somebody wanted, as far as the request says or the server knows. */
export interface IServerEventTarget {
    readonly id: string | null;
    readonly name: string | null;
}

/** A user whom something is done to. */
export interface IServerEventUser {
    readonly id: string;
    /** Null where they are not there, so that the server does not know it. */
    readonly name: string | null;
}

/** Member of a room of the app's own, of whom the server knows a grant alone, or of one of the server's. */
export interface IServerEventMember {
    readonly id: string;
    readonly name: string;
    /** A member's of a room of the server's. Anything that they chose, or that `authorize` said; at most 2 KiB as JSON. */
    readonly attributes?: IMemberInfo["attributes"];
}

/**
 * Why somebody is no longer in a room or in its voice. `tokenExpired`: the grant ended; `roomClosed`: the owner has ended the room for everybody;
 * `serverStopping`: `closeAsync` was called.
 */
export type ServerEventLeaveReason = LeaveReason | "tokenExpired" | "roomClosed" | "serverStopping";

/** Action of the owner of a room, a moderator or the app. */
export type ServerEventModeration =
    /** The owner puts a member out, and keeps them out for so many seconds; 0 = they may come back at once. */
    | { readonly action: "kick"; readonly member: IServerEventUser; readonly seconds: number }
    /** A moderator or the app puts somebody out of the voice; with `seconds` above 0 they are kept out of room and voice for so long. */
    | { readonly action: "remove"; readonly member: IServerEventUser; readonly seconds: number }
    /** The room has another owner: by the word of the one before, or (actor `server`) since that one left. */
    | { readonly action: "setOwner"; readonly member: IServerEventUser }
    | { readonly action: "mute"; readonly member: IServerEventUser }
    | { readonly action: "inviteToUnmute"; readonly member: IServerEventUser }
    /** Mutes everybody but moderators. */
    | { readonly action: "muteAll" }
    | { readonly action: "lock"; readonly locked: boolean }
    | { readonly action: "describe"; readonly description: string }
    /** All properties of the room after the change. */
    | { readonly action: "setProperties"; readonly properties: Readonly<Record<string, unknown>> }
    /** There is a new password, or none any more. The password itself is never told. */
    | { readonly action: "setPassword"; readonly hasPassword: boolean }
    /** An invitation was signed, for one user or (null) for anybody, that holds for so many seconds. The invitation itself is never told. */
    | { readonly action: "invite"; readonly userId: string | null; readonly seconds: number }
    /** Invitations were taken back: those of one member, or (null) all. */
    | { readonly action: "revokeInvitations"; readonly userId: string | null }
    /** The owner ends the room for everybody. */
    | { readonly action: "destroy" }
    /** The app says what a user may do, at once; null = what their grants say. */
    | { readonly action: "setPrivileges"; readonly member: IServerEventUser; readonly privileges: readonly Privilege[] | null };

/** An event without its actor and time. */
export type ServerEventBody =
    /** A room of the server's was created. Its creator's `joined` follows, unless they do not come. */
    | { readonly type: "roomCreated"; readonly room: IServerEventRoom }
    /** A room of the server's is over. */
    | { readonly type: "roomEnded"; readonly room: IServerEventRoom; readonly reason: "empty" | "roomClosed" | "serverStopping" }
    /** Somebody is in a room of the server's. Each `joined` has one `left`: who comes again from elsewhere leaves first (`duplicateIdentity`). */
    | { readonly type: "joined"; readonly room: IServerEventRoom; readonly member: IServerEventMember }
    | {
          readonly type: "left";
          readonly room: IServerEventRoom;
          readonly member: IServerEventMember;
          readonly reason: ServerEventLeaveReason;
      }
    /**
     * A member comes back, by the secret of their stay, from another network address than before: a telephone that leaves Wi-Fi, or somebody who took the
     * secret. The event's `address` is the new one.
     */
    | {
          readonly type: "addressChanged";
          readonly room: IServerEventRoom;
          readonly member: IServerEventMember;
          /** The room, or its RTC room (`voice`). */
          readonly of: "room" | "voice";
          /** Network address before. */
          readonly before: string;
      }
    /** A member has another name or other attributes. In a room of the app's own: a newer grant with another name. */
    | {
          readonly type: "changed";
          readonly room: IServerEventRoom;
          readonly member: IServerEventMember;
          readonly before: IServerEventMember;
      }
    /** Somebody is in the voice of a room. Each `voiceJoined` has one `voiceLeft`. */
    | {
          readonly type: "voiceJoined";
          readonly room: IServerEventRoom;
          readonly member: IServerEventMember;
          readonly muted: IRtcPeer["muted"];
      }
    | {
          readonly type: "voiceLeft";
          readonly room: IServerEventRoom;
          readonly member: IServerEventMember;
          readonly reason: ServerEventLeaveReason;
      }
    /** A member is muted by themselves or by a moderator, or not any more. `actor` says by whom. */
    | { readonly type: "muted"; readonly room: IServerEventRoom; readonly member: IServerEventMember; readonly muted: IRtcPeer["muted"] }
    /** The owner, a moderator or the app did something. What follows from it (`left`, `voiceLeft`, `muted`) comes after it, with the same actor. */
    | ({ readonly type: "moderated"; readonly room: IServerEventRoom } & ServerEventModeration)
    /** The server refused something; nothing changed. */
    | {
          readonly type: "refused";
          /** Null where the request names none. */
          readonly room: IServerEventTarget | null;
          /**
           * What was asked: `guest`, `enter`, `token`, `rooms` and `matchmake` over HTTP; `socket`, a WebSocket of a room or of none; `signalling`, one of
           * signalling; `join`, a seat that was held; otherwise the type of a message to a room or RTC room, `*` for one that there is not.
           */
          readonly request: string;
          /** Why, as clients are told. */
          readonly reason: ProtocolErrorCode;
          /** The same, as a sentence. */
          readonly message: string;
          /** Refusals of this address that were left out before this one: told are 1 per second, 20 at once. */
          readonly omitted: number;
      };

/**
 * Event for the app's backend (`onEvent`). Plain data, a copy of its own. Passwords, tokens, identities and secrets never appear in one;
 * names, attributes, descriptions and properties are what users chose.
 */
export type ServerEvent = ServerEventBody & {
    /** Milliseconds since the epoch, by the server's clock. */
    readonly time: number;
    /** The actor. */
    readonly actor: ServerEventActor;
    /** Network address of a user, as `addressOf` gave it when they asked for their seat; null for the app and the server, and where it is not known. */
    readonly address: string | null;
};

/**
 * Takes what the server tells the backend. Called in the order of events, each time in a microtask of its own, and not waited for. What it throws or
 * rejects with goes to the log, at most once in ten seconds, and changes nothing.
 */
export type OnServerEvent = (event: ServerEvent) => unknown;
