import { SignJWT, errors, jwtVerify } from "jose";
import { ProtocolError } from "../protocolError.js";
import { signingKeyAsync } from "./secret.js";

const issuer = "babylon-rtc";
/** Differs from the audiences of identities and grants, so that none can ever stand for another. */
const audience = "babylon-rtc:invitation";

/** Content of an invitation. */
export interface IInvitation {
    /** The room's id. */
    readonly room: string;
    /** The member who invites. */
    readonly by: string;
    /** The only user whom it is for; null = whoever has it. */
    readonly userId: string | null;
    /** Number of the invitation in its room, by which the room knows what it has taken back. */
    readonly serial: number;
    /** Revision of the room's password when it was signed; it ends with that. */
    readonly revision: number;
}

/** Signs invitations into rooms and reads them back. */
export class InvitationAuthority {
    private readonly _key: Uint8Array;
    private readonly _now: () => number;

    /**
     * @param key - the secret
     * @param now - the clock, in milliseconds since the epoch
     */
    public constructor(key: Uint8Array, now: () => number) {
        this._key = key;
        this._now = now;
    }

    /**
     * @param invitation - what it shall say
     * @param seconds - how long it holds
     * @returns the token, when it ends (milliseconds since the epoch, rounded up to a second), and in how many milliseconds
     */
    public async signAsync(
        invitation: IInvitation,
        seconds: number,
    ): Promise<{ invitation: string; expiresAt: number; expiresInMs: number }> {
        const end = Math.ceil(this._now() / 1000) + seconds;
        const { room, by, userId, serial, revision } = invitation;
        const token = await new SignJWT({ room, by, serial, revision, ...(userId !== null && { userId }) })
            .setProtectedHeader({ alg: "HS256", typ: "JWT" })
            .setIssuer(issuer)
            .setAudience(audience)
            .setExpirationTime(end)
            .sign(await signingKeyAsync(this._key));
        return { invitation: token, expiresAt: end * 1000, expiresInMs: seconds * 1000 };
    }

    /**
     * @param token - what a client sent
     * @returns what it says; rejects with a `ProtocolError` (`tokenExpired`, `tokenInvalid`)
     */
    public async verifyAsync(token: string): Promise<IInvitation> {
        try {
            const { payload } = await jwtVerify(token, await signingKeyAsync(this._key), {
                algorithms: ["HS256"],
                issuer,
                audience,
                requiredClaims: ["exp", "room", "by", "serial", "revision"],
                currentDate: new Date(this._now()),
            });
            const { room, by, userId, serial, revision } = payload;
            return {
                room: String(room),
                by: String(by),
                userId: typeof userId === "string" ? userId : null,
                serial: Number(serial),
                revision: Number(revision),
            };
        } catch (error) {
            if (error instanceof errors.JWTExpired) {
                throw new ProtocolError("tokenExpired", "This invitation has ended; ask for a new one.");
            }
            throw new ProtocolError("tokenInvalid", "This is no invitation of this server.");
        }
    }
}
