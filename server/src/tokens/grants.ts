import { SignJWT, errors, jwtVerify } from "jose";
import { maxGrantSeconds, maxIdLength, maxUserNameLength } from "../../../protocol/limits.js";
import { toLine, toName } from "../../../protocol/text.js";
import { ProtocolError } from "../protocolError.js";
import { anything, checkOptions, requireObject } from "../config/optionChecks.js";
import { RtcServerError } from "../rtcServerError.js";
import { turnServersFor } from "./grantIceServers.js";
import { defaultPrivileges, readPrivileges, toPrivileges } from "./privileges.js";
import { requireSecret, signingKeyAsync } from "./secret.js";
import { toTurnSettings } from "../config/turnSettings.js";
import type { IIceServer } from "../../../protocol/wire.js";
import type { ITurnOptions } from "../config/serverOptions.js";
import type { Rules } from "../config/optionChecks.js";
import type { IPrivileges, PrivilegeWish } from "./privileges.js";

const issuer = "babylon-rtc";
/** Audience of grants. It differs from that of identities, so that one cannot be used as the other. */
const audience = "babylon-rtc:grant";

/** Content of a grant: user, RTC room, expiry and privileges. */
export interface IGrant extends IPrivileges {
    /** The room's id. */
    readonly room: string;
    /** User of the grant. */
    readonly user: { readonly id: string; readonly name: string };
    /** Expiry, in milliseconds since the epoch. */
    readonly expiresAt: number;
    /** True if the grant is valid only while the user is a member of our room with that id. */
    readonly membersOnly: boolean;
}

/** Options of `issueGrantAsync`. */
export interface IGrantOptions {
    /** Id of the app's room, 1 to 128 characters. */
    readonly room: string;
    /** User of the grant: id (1 to 128 characters, the same in all grants of the user) and the name that others see (1 to 64 characters). */
    readonly user: { readonly id: string; readonly name: string };
    /** Privileges, for the validity of the grant or each with its own duration in seconds (1 to 86400). Default: publish and subscribe. */
    readonly privileges?: PrivilegeWish;
    /** Validity, in seconds, 1 to 86400. Default: 1800. */
    readonly ttlSeconds?: number;
    /** A TURN server, for which the grant gets a credential of the user. Default: none. */
    readonly turn?: ITurnOptions;
    /** Secret of the server, at least 32 bytes. Default: the environment variable `BABYLON_RTC_SECRET`. */
    readonly secret?: string;
}

/** Rules of the options of `issueGrantAsync`. */
const grantRules: Rules<IGrantOptions> = {
    room: anything,
    user: anything,
    privileges: anything,
    ttlSeconds: anything,
    turn: anything,
    secret: anything,
};

/** Result of `issueGrantAsync`. Pass all of it to the page. */
export interface IIssuedGrant {
    /** Signed token. */
    token: string;
    /** Expiry, in milliseconds since the epoch. */
    expiresAt: number;
    /** Remaining validity, in milliseconds. The page needs it because its clock may differ. */
    expiresInMs: number;
    /** STUN and TURN servers, with the user's credential; absent without the option `turn`. */
    iceServers?: IIceServer[];
}

/**
 * Signs a grant, for an app whose own backend decides who may join which RTC room. The page passes the grant to the plugin through the option
 * `token`.
 * @param options - user, RTC room and privileges
 * @returns the grant, for the page; rejects with an `RtcServerError`
 * @example
 * ```ts
 * import { issueGrantAsync } from "babylon-rtc-server";
 *
 * const grant = await issueGrantAsync({ secret, room: "match-7", user: { id: "alice", name: "Alice" } });
 * ```
 */
export async function issueGrantAsync(options: IGrantOptions): Promise<IIssuedGrant> {
    checkOptions(options, grantRules);
    requireObject(options.user, "user");
    const key = requireSecret(options.secret);
    const ttlSeconds = options.ttlSeconds ?? 1800;
    if (typeof ttlSeconds !== "number" || !(ttlSeconds >= 1 && ttlSeconds <= maxGrantSeconds)) {
        throw new RtcServerError("invalidOption", `\`ttlSeconds\` must be 1 to ${maxGrantSeconds}.`);
    }
    const room = requireLine(options.room, maxIdLength, "room");
    const user = {
        id: requireLine(options.user.id, maxIdLength, "user.id"),
        name: requireName(options.user.name),
    };
    const turn = toTurnSettings(options.turn, ttlSeconds, "ttlSeconds");
    const now = Date.now();
    const privileges = toPrivileges(options.privileges ?? defaultPrivileges, now);
    const signed = await new GrantAuthority(key, Date.now).signAsync({
        room,
        user,
        ...privileges,
        expiresAt: now + ttlSeconds * 1000,
        membersOnly: false,
    });
    return { ...signed, ...(turn && { iceServers: turnServersFor(turn, user.id, now) }) };
}

/** Signs and verifies grants. */
export class GrantAuthority {
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
     * Signs a grant.
     * @param grant - content of the grant
     * @returns the token, its expiry (`grant.expiresAt` rounded up to a second, the resolution of a JWT) and its remaining validity in milliseconds
     */
    public async signAsync(grant: IGrant): Promise<{ token: string; expiresAt: number; expiresInMs: number }> {
        const seconds = Math.ceil(grant.expiresAt / 1000);
        const { room, user, privileges, ends, membersOnly } = grant;
        const claims = { room, name: user.name, privileges: [...privileges], ...(ends ? { ends: { ...ends } } : {}), membersOnly };
        const token = await new SignJWT(claims)
            .setProtectedHeader({ alg: "HS256", typ: "JWT" })
            .setIssuer(issuer)
            .setAudience(audience)
            .setSubject(user.id)
            .setIssuedAt(Math.floor(this._now() / 1000))
            .setExpirationTime(seconds)
            .sign(await signingKeyAsync(this._key));
        return { token, expiresAt: seconds * 1000, expiresInMs: seconds * 1000 - this._now() };
    }

    /**
     * Verifies a grant.
     * @param token - token that a client sent
     * @param room - id of the room that the grant must be for
     * @returns content of the grant; rejects with a `ProtocolError` (`tokenExpired`, `tokenInvalid`)
     */
    public async verifyAsync(token: string, room: string): Promise<IGrant> {
        try {
            const { payload } = await jwtVerify(token, await signingKeyAsync(this._key), {
                algorithms: ["HS256"],
                issuer,
                audience,
                requiredClaims: ["sub", "exp", "room"],
                currentDate: new Date(this._now()),
            });
            return toGrant(payload, room);
        } catch (error) {
            if (error instanceof ProtocolError) {
                throw error;
            }
            if (error instanceof errors.JWTExpired) {
                throw new ProtocolError("tokenExpired", "This grant has expired. Request a new one.");
            }
            throw new ProtocolError(
                "tokenInvalid",
                "This grant was not signed with this server's secret. Use the same secret in your backend.",
            );
        }
    }
}

function toGrant(payload: Record<string, unknown>, room: string): IGrant {
    const { sub, name, exp, membersOnly } = payload;
    if (payload.room !== room) {
        throw new ProtocolError(
            "tokenInvalid",
            "This grant is for another room. Sign one for the room that the `token` function is called with.",
        );
    }
    const privileges = readPrivileges(payload.privileges, payload.ends);
    if (typeof sub !== "string" || typeof name !== "string" || typeof exp !== "number" || !privileges) {
        throw new ProtocolError("tokenInvalid", "This grant lacks the user, the expiry or valid privileges.");
    }
    return {
        room,
        user: { id: sub, name },
        ...privileges,
        expiresAt: exp * 1000,
        membersOnly: membersOnly === true,
    };
}

function requireLine(value: unknown, maxLength: number, option: string): string {
    const line = toLine(value, maxLength);
    if (line === undefined || line !== value) {
        throw new RtcServerError(
            "invalidOption",
            `\`${option}\` must be a text of 1 to ${maxLength} printable characters without leading or trailing spaces.`,
        );
    }
    return line;
}

function requireName(value: unknown): string {
    const name = toName(value, maxUserNameLength);
    if (name === undefined || String(value).trim() !== value) {
        throw new RtcServerError(
            "invalidOption",
            `\`user.name\` must be a text of 1 to ${maxUserNameLength} printable characters, at least one of them visible, without leading or trailing spaces.`,
        );
    }
    return name;
}
