import { createHash, createHmac } from "node:crypto";
import { areIceServers, iceServersWanted } from "../../../protocol/iceServers.js";
import { describe } from "../log.js";
import { withTimeoutAsync } from "../util/withTimeout.js";
import type { IIceServer } from "../../../protocol/wire.js";
import type { IIceServersRequest } from "../config/serverOptions.js";
import type { ISettings } from "../config/settings.js";
import type { ITurnSettings } from "../config/turnSettings.js";

/** Timeout for the app's `iceServers` function, in milliseconds. */
const maxWaitMs = 5_000;

/**
 * Creates time-limited credentials for coturn's `use-auth-secret` (draft-uberti-behave-turn-rest).
 * @param turn - settings of the TURN server
 * @param userId - id of the user to whom the TURN server attributes the credentials, for example for its `user-quota`
 * @param now - present time, in milliseconds since the epoch
 * @returns the STUN servers, if there are any, and the TURN servers with the credential
 */
export function turnServersFor({ stunUrls, turnUrls, key, ttlSeconds }: ITurnSettings, userId: string, now: number): IIceServer[] {
    const username = `${Math.floor(now / 1000) + ttlSeconds}:${toTurnUser(userId)}`;
    const credential = createHmac("sha1", key).update(username).digest("base64");
    return [...(stunUrls.length > 0 ? [{ urls: [...stunUrls] }] : []), { urls: [...turnUrls], username, credential }];
}

/**
 * User name for TURN: the id, or its hash. Coturn refuses names with spaces, quotes or backslashes, and STUN allows at most 508 bytes (RFC 8489,
 * section 14.3); an id can violate both.
 */
function toTurnUser(id: string): string {
    return /^[\w.@:+-]+$/.test(id) ? id : createHash("sha256").update(id).digest("hex");
}

/**
 * @param settings - settings of the server
 * @param request - user and room of the grant
 * @returns the STUN and TURN servers for a grant. Never rejects: if the app's function fails, the error is logged and only those of `turn` are
 * returned.
 */
export async function iceServersForAsync(
    { iceServers, turn, now, log }: Pick<ISettings, "iceServers" | "turn" | "now" | "log">,
    { user: { id, name }, room }: IIceServersRequest,
): Promise<IIceServer[]> {
    const minted = turn ? turnServersFor(turn, id, now()) : [];
    if (typeof iceServers !== "function") {
        return [...iceServers, ...minted];
    }
    try {
        const asked = (async () => iceServers({ user: { id, name }, room }))();
        const given: unknown = await withTimeoutAsync(asked, maxWaitMs);
        if (!areIceServers(given)) {
            throw new TypeError(`it must return ${iceServersWanted}`);
        }
        return [...(given as readonly IIceServer[]), ...minted];
    } catch (error) {
        log("error", `iceServers failed, so this grant lacks its servers: ${describe(error)}`);
        return minted;
    }
}
