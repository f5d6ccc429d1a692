import { createHash } from "node:crypto";
import { SignJWT, jwtVerify } from "jose";
import { daySeconds } from "../../../protocol/limits.js";
import { randomId } from "../util/random.js";
import { signingKeyAsync } from "./secret.js";
import type { IGuestReply } from "../../../protocol/wire.js";

const issuer = "babylon-rtc";
/** Audience of identities. Grants have another audience, so that an identity cannot be used as a grant, or a grant as an identity. */
const audience = "babylon-rtc:identity";
/** Validity of a guest's identity, in milliseconds. */
const ttlMs = daySeconds * 1000;

/**
 * @param key - secret of the guest
 * @returns the guest's id, which is the same on every server and does not reveal the key
 */
export function guestIdOf(key: string): string {
    return createHash("sha256").update(`babylon-rtc guest ${key}`).digest("hex").slice(0, 40);
}

/** Issues and verifies identities of guests. */
export class GuestAuthority {
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
     * Issues an identity for a guest.
     * @param name - name that the client chose
     * @param id - id of the guest. Default: a random one, for a new guest.
     * @returns the guest, with an identity that is valid for one day
     */
    public async mintAsync(name: string, id = randomId()): Promise<IGuestReply> {
        const seconds = Math.ceil((this._now() + ttlMs) / 1000);
        const identity = await new SignJWT({ name })
            .setProtectedHeader({ alg: "HS256", typ: "JWT" })
            .setIssuer(issuer)
            .setAudience(audience)
            .setSubject(id)
            .setExpirationTime(seconds)
            .sign(await signingKeyAsync(this._key));
        return { identity, user: { id, name }, expiresAt: seconds * 1000, expiresInMs: ttlMs };
    }

    /**
     * Verifies the identity of a guest.
     * @param identity - identity that a client sent
     * @returns the guest; null if the identity is not valid or has expired
     */
    public async recogniseAsync(identity: string): Promise<{ id: string; name: string } | null> {
        try {
            const { payload } = await jwtVerify(identity, await signingKeyAsync(this._key), {
                algorithms: ["HS256"],
                issuer,
                audience,
                requiredClaims: ["sub", "exp"],
                currentDate: new Date(this._now()),
            });
            const { sub, name } = payload;
            return typeof sub === "string" && typeof name === "string" ? { id: sub, name } : null;
        } catch {
            return null;
        }
    }
}
