import type { ISettings } from "./config/settings.js";
import type { EventTeller } from "./eventTeller.js";
import type { Lifecycle } from "./lifecycle.js";
import type { Tally } from "./metrics/tally.js";
import type { PasswordGuesses } from "./rooms/passwordGuesses.js";
import type { AddressLimiter } from "./util/addressLimiter.js";
import type { RoomDirectory } from "./rooms/roomDirectory.js";
import type { PeerDirectory } from "./rooms/voice/peerDirectory.js";
import type { GrantAuthority } from "./tokens/grants.js";
import type { GuestAuthority } from "./tokens/guests.js";
import type { IdentityAuthority } from "./tokens/identities.js";
import type { InvitationAuthority } from "./tokens/invitations.js";
import type { PeerTokens } from "./tokens/peerTokens.js";
import type { UnsentBudget } from "./util/unsentBudget.js";

/** A join that came through one of our own endpoints. */
export interface IEntrance {
    /** The network address. */
    readonly address: string;
    /** Argument of `onJoin`, if the client was authenticated already. */
    readonly auth?: object;
}

/** Shared parts of one server. */
export interface IServerContext {
    /** Another one after each start: by it, clients tell a restart from a place that was kept for too short a time. */
    readonly life: string;
    readonly settings: ISettings;
    /** Null outside of development: then there are no guests. */
    readonly guests: GuestAuthority | null;
    readonly identities: IdentityAuthority;
    readonly grants: GrantAuthority;
    readonly invitations: InvitationAuthority;
    readonly guesses: PasswordGuesses;
    /** Counts requests of known users. */
    readonly userRequests: AddressLimiter;
    /** Joins that came through our own endpoints, as Colyseus hands them on. Its own endpoint believes any address that a header names. */
    readonly entrances: WeakMap<object, IEntrance>;
    /** Null if the app takes no events. */
    readonly events: EventTeller | null;
    readonly rooms: RoomDirectory;
    readonly peers: PeerDirectory;
    readonly peerTokens: PeerTokens;
    /** Data that waits in our memory for clients to read it. */
    readonly unsent: UnsentBudget;
    /** Phase of the server: it takes everybody, only members who are inside already, or nobody. */
    readonly lifecycle: Lifecycle;
    readonly tally: Tally;
}
