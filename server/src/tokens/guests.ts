import { createHash } from "node:crypto";
import { SignJWT, jwtVerify } from "jose";
import { daySeconds } from "../../../protocol/limits.js";
import { randomId } from "../util/random.js";
import { signingKeyAsync } from "./secret.js";
import type { IGuestReply } from "../../../protocol/wire.js";

const issuer = "babylon-rtc";
/** Differs from the audience of grants, so that neither can ever stand for the other. */
const audience = "babylon-rtc:identity";
/** Validity of a guest's identity, in milliseconds. */
const ttlMs = daySeconds * 1000;

/**
 * @param key - the guest's own secret
 * @returns the guest's id, the same at every server; the key cannot be found from it
 */
export function guestIdOf(key: string): string {
    return createHash("sha256").update(`babylon-rtc guest ${key}`).digest("hex").slice(0, 40);
}

/** Mints guests and knows them again. */
export class GuestAuthority {
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
     * @param name - what a client wants to be called
     * @param id - the guest's. Default: a new guest.
     * @returns the guest of that name, known for a day from now on
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
     * @param identity - what a client sent
     * @returns who that is, or null if it is no identity of a guest of ours, or too old
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
