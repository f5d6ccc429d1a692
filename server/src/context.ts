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
    /** Random id of this run of the server. Clients compare it to tell a restart from a grace period that is over. */
    readonly life: string;
    readonly settings: ISettings;
    /** Null outside of development, where there are no guests. */
    readonly guests: GuestAuthority | null;
    readonly identities: IdentityAuthority;
    readonly grants: GrantAuthority;
    readonly invitations: InvitationAuthority;
    readonly guesses: PasswordGuesses;
    /** Rate limit of authenticated users, by user id. */
    readonly userRequests: AddressLimiter;
    /**
     * Joins that came through our own endpoints, by the auth context that Colyseus passes on. Colyseus' own endpoint trusts any address that a header
     * names.
     */
    readonly entrances: WeakMap<object, IEntrance>;
    /** Null without the option `onEvent`. */
    readonly events: EventTeller | null;
    readonly rooms: RoomDirectory;
    readonly peers: PeerDirectory;
    readonly peerTokens: PeerTokens;
    /** Limits the data that waits in memory because clients read slowly. */
    readonly unsent: UnsentBudget;
    /** Phase of the server: running, draining (serves only present members) or stopping. */
    readonly lifecycle: Lifecycle;
    readonly tally: Tally;
}
