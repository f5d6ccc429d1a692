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
    /** Network address of the client; empty if `auth` is set, which has its own. */
    readonly address: string;
    /** Argument of `onJoin`, if the client was authenticated already. */
    readonly auth?: object;
}

/** Shared parts of one server. */
export interface IServerContext {
    /** Random id of this run of the server. By comparing it, clients distinguish a restart from the end of a grace period. */
    readonly life: string;
    readonly settings: ISettings;
    /** Null if guests are not allowed, that is, outside of development. */
    readonly guests: GuestAuthority | null;
    readonly identities: IdentityAuthority;
    readonly grants: GrantAuthority;
    readonly invitations: InvitationAuthority;
    readonly guesses: PasswordGuesses;
    /** Rate limit of authenticated users, by user id. */
    readonly userRequests: AddressLimiter;
    /** Rate limit of a user's reconnects in rooms and RTC rooms, by user id. */
    readonly resumes: AddressLimiter;
    /**
     * Joins that came through our own endpoints, by the auth context that Colyseus passes on. The address of any other join counts as unknown,
     * because Colyseus' own endpoint trusts any address that a header names.
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
