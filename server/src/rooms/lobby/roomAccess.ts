import { ProtocolError } from "../../protocolError.js";
import { hashPassword, isPassword } from "../../util/passwordHash.js";
import type { JoinPolicy } from "../../../../protocol/wire.js";
import type { IInvitation } from "../../tokens/invitations.js";
import type { IPasswordHash } from "../../util/passwordHash.js";
import type { IGuesser, PasswordGuesses } from "../passwordGuesses.js";

/** A user who wants to join a room. */
export interface IVisitor extends IGuesser {
    /** Password as the client sent it, of any type. */
    readonly password: unknown;
    /** Verified invitation; null = none. */
    readonly invitation: IInvitation | null;
    /** Id of the room's owner when the app's `isFriend` was asked, if the user is their friend; null = not a friend, or not asked. */
    readonly friendOf: string | null;
    /** Revision of the room's password that the user has already entered correctly; null = none. */
    readonly knows: number | null;
}

/** Maximum number of members whose revoked invitations are tracked separately. Above it, a revocation applies to all invitations of the room. */
const maxRevokers = 1000;

/** Access rules of a room: lock, policy, password and invitations. A check is synchronous, so the rules cannot change during it. */
export class RoomAccess {
    /** True if new members need an invitation from the present owner. */
    public locked = false;

    /** Join policy. */
    public readonly policy: JoinPolicy;

    private _password: IPasswordHash | null = null;
    private _revision = 0;
    private _serial = 0;
    /** Serial numbers up to which invitations are revoked: `_revokedAll` for those of all members, `_revoked` for those of single members, by id. */
    private _revokedAll = 0;
    private readonly _revoked = new Map<string, number>();
    private readonly _room: string;
    private readonly _guesses: PasswordGuesses;

    /**
     * @param room - the room's id
     * @param policy - join policy
     * @param guesses - rate limits of wrong passwords
     */
    public constructor(room: string, policy: JoinPolicy, guesses: PasswordGuesses) {
        this._room = room;
        this.policy = policy;
        this._guesses = guesses;
    }

    /** True if the room has a password. */
    public get hasPassword(): boolean {
        return this._password !== null;
    }

    /** Revision of the password. Grows with every change. */
    public get revision(): number {
        return this._revision;
    }

    /**
     * Sets or removes the password. Only its hash is stored.
     * @param password - new password; null = none
     */
    public setPassword(password: string | null): void {
        this._password = password === null ? null : hashPassword(password);
        this._revision += 1;
    }

    /**
     * @returns serial number and password revision for a new invitation
     */
    public markInvitation(): Pick<IInvitation, "serial" | "revision"> {
        this._serial += 1;
        return { serial: this._serial, revision: this._revision };
    }

    /**
     * Revokes existing invitations.
     * @param by - id of the member whose invitations are revoked. Default: all members.
     */
    public revokeInvitations(by?: string): void {
        if (by === undefined || (this._revoked.size >= maxRevokers && !this._revoked.has(by))) {
            this._revokedAll = this._serial;
            this._revoked.clear();
        } else {
            this._revoked.set(by, this._serial);
        }
    }

    private _isRevoked({ by, serial, revision }: IInvitation): boolean {
        return revision !== this._revision || serial <= Math.max(this._revokedAll, this._revoked.get(by) ?? 0);
    }

    /**
     * Throws a `ProtocolError` if the user may not join.
     * @param visitor - user who wants to join
     * @param owner - the owner's id
     * @returns revision of the password that the user knows; null if no password was required
     */
    public check(visitor: IVisitor, owner: string): number | null {
        if (visitor.invitation && this._isRevoked(visitor.invitation)) {
            throw new ProtocolError("notInvited", "This invitation was revoked, or the room's password has changed. Ask for another one.");
        }
        if (this.locked && visitor.invitation?.by !== owner) {
            throw new ProtocolError("roomLocked", "The room is locked.");
        }
        if (visitor.invitation) {
            return null;
        }
        if (this.policy === "invited" || (this.policy === "friends" && visitor.friendOf !== owner && visitor.id !== owner)) {
            throw new ProtocolError("notInvited", "Only invited users or friends can enter this room. Ask for an invitation.");
        }
        if (this._password && visitor.knows !== this._revision) {
            this._checkPassword(visitor, this._password);
        }
        return this._password && this._revision;
    }

    private _checkPassword(visitor: IVisitor, kept: IPasswordHash): void {
        const { password } = visitor;
        if (typeof password !== "string") {
            throw new ProtocolError("passwordWrong", "This room has a password. Ask a member of the room.");
        }
        this._guesses.allow(visitor, this._room);
        if (!isPassword(password, kept)) {
            this._guesses.count(visitor, this._room);
            throw new ProtocolError("passwordWrong", "The password is wrong. Ask a member of the room.");
        }
    }
}
