import { ProtocolError } from "../../protocolError.js";
import { hashPassword, isPassword } from "../../util/passwordHash.js";
import type { JoinPolicy } from "../../../../protocol/wire.js";
import type { IInvitation } from "../../tokens/invitations.js";
import type { IPasswordHash } from "../../util/passwordHash.js";
import type { IGuesser, PasswordGuesses } from "../passwordGuesses.js";

/** Somebody who wants to come in. */
export interface IVisitor extends IGuesser {
    /** The value that they sent, of any type. */
    readonly password: unknown;
    /** The invitation that they showed, checked; null = none. */
    readonly invitation: IInvitation | null;
    /** The member whose friend they are, as the app says; null = nobody's. */
    readonly friendOf: string | null;
    /** Which password of this room they were found to know; null = none. */
    readonly knows: number | null;
}

/** Members whose invitations are known to be taken back; with one more, all that there are. */
const maxRevokers = 1000;

/** Says who comes into a room: lock, policy and password. Everything is decided in one go, so nothing can change meanwhile. */
export class RoomAccess {
    /** True if nobody new may enter, except by an invitation of the present owner's. */
    public locked = false;

    /** Join policy. */
    public readonly policy: JoinPolicy;

    private _password: IPasswordHash | null = null;
    private _revision = 0;
    private _serial = 0;
    /** Invitations up to this number are taken back: everybody's, and those of single members. */
    private _revokedAll = 0;
    private readonly _revoked = new Map<string, number>();
    private readonly _room: string;
    private readonly _guesses: PasswordGuesses;

    /**
     * @param room - the room's id
     * @param policy - whom it is for
     * @param guesses - counts wrong passwords
     */
    public constructor(room: string, policy: JoinPolicy, guesses: PasswordGuesses) {
        this._room = room;
        this.policy = policy;
        this._guesses = guesses;
    }

    /** True if there is a password. */
    public get hasPassword(): boolean {
        return this._password !== null;
    }

    /** Grows with every change of the password. */
    public get revision(): number {
        return this._revision;
    }

    /**
     * @param password - the new one; null = none. The text is not kept.
     */
    public setPassword(password: string | null): void {
        this._password = password === null ? null : hashPassword(password);
        this._revision += 1;
    }

    /**
     * @returns what an invitation that is signed now says, by which it is known again
     */
    public markInvitation(): Pick<IInvitation, "serial" | "revision"> {
        this._serial += 1;
        return { serial: this._serial, revision: this._revision };
    }

    /**
     * Takes back what invitations there are.
     * @param by - who has made them. Default: everybody.
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
     * Throws a `ProtocolError` if the visitor may not come in.
     * @param visitor - who
     * @param owner - the owner's id
     * @returns the revision of the password that they know; null if they were not asked for one
     */
    public check(visitor: IVisitor, owner: string): number | null {
        if (visitor.invitation && this._isRevoked(visitor.invitation)) {
            throw new ProtocolError(
                "notInvited",
                "This invitation was taken back, or the room's password has changed. Ask for another one.",
            );
        }
        if (this.locked && visitor.invitation?.by !== owner) {
            throw new ProtocolError("roomLocked", "The room is locked.");
        }
        if (visitor.invitation) {
            return null;
        }
        if (this.policy === "invited" || (this.policy === "friends" && visitor.friendOf !== owner && visitor.id !== owner)) {
            throw new ProtocolError("notInvited", "This room is for those whom its owner lets in. Ask for an invitation.");
        }
        if (this._password && visitor.knows !== this._revision) {
            this._checkPassword(visitor, this._password);
        }
        return this._password && this._revision;
    }

    private _checkPassword(visitor: IVisitor, kept: IPasswordHash): void {
        const { password } = visitor;
        if (typeof password !== "string") {
            throw new ProtocolError("passwordWrong", "This room has a password. Ask somebody who is in the room.");
        }
        this._guesses.allow(visitor, this._room);
        if (!isPassword(password, kept)) {
            this._guesses.count(visitor, this._room);
            throw new ProtocolError("passwordWrong", "That is not the room's password. Ask somebody who is in the room.");
        }
    }
}
