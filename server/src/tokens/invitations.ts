import { SignJWT, errors, jwtVerify } from "jose";
import { ProtocolError } from "../protocolError.js";
import { signingKeyAsync } from "./secret.js";

const issuer = "babylon-rtc";
/** Audience of invitations. It differs from those of identities and grants, so that one cannot be used as another. */
const audience = "babylon-rtc:invitation";

/** Content of an invitation. */
export interface IInvitation {
    /** The room's id. */
    readonly room: string;
    /** Id of the member who created the invitation. */
    readonly by: string;
    /** Id of the only user who may use it; null = anybody. */
    readonly userId: string | null;
    /** Serial number of the invitation in its room, used for revocation. */
    readonly serial: number;
    /** Revision of the room's password when the invitation was signed. A change of the password invalidates the invitation. */
    readonly revision: number;
}

/** Signs and verifies invitations to rooms. */
export class InvitationAuthority {
    private readonly _key: Uint8Array;
    private readonly _now: () => number;

    /**
     * @param key - secret that signs tokens
     * @param now - wall clock, in milliseconds since the epoch
     */
    public constructor(key: Uint8Array, now: () => number) {
        this._key = key;
        this._now = now;
    }

    /**
     * Signs an invitation.
     * @param invitation - content of the invitation
     * @param seconds - validity
     * @returns the token, its expiry (milliseconds since the epoch, rounded up to a second) and its validity in milliseconds
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
     * Verifies an invitation.
     * @param token - token that a client sent
     * @returns content of the invitation; rejects with a `ProtocolError` (`tokenExpired`, `tokenInvalid`)
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
                throw new ProtocolError("tokenExpired", "This invitation has expired. Ask for a new one.");
            }
            throw new ProtocolError("tokenInvalid", "This is not an invitation of this server.");
        }
    }
}
