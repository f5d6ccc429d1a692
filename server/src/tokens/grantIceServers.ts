import { createHash, createHmac } from "node:crypto";
import { areIceServers, iceServersWanted } from "../../../protocol/iceServers.js";
import { describe } from "../log.js";
import { withTimeoutAsync } from "../util/withTimeout.js";
import type { IIceServer } from "../../../protocol/wire.js";
import type { IIceServersRequest } from "../config/serverOptions.js";
import type { ISettings } from "../config/settings.js";
import type { ITurnSettings } from "../config/turnSettings.js";

/** The longest wait for the app's own `iceServers`, in milliseconds. */
const maxWaitMs = 5_000;

/**
 * Makes credentials as coturn's `use-auth-secret` wants them (draft-uberti-behave-turn-rest).
 * @param turn - what they are made of
 * @param userId - whom the TURN server counts them to, as for its `user-quota`
 * @param now - milliseconds since the epoch
 * @returns the STUN servers, if there are any, and the TURN servers with a credential that ends
 */
export function turnServersFor({ stunUrls, turnUrls, key, ttlSeconds }: ITurnSettings, userId: string, now: number): IIceServer[] {
    const username = `${Math.floor(now / 1000) + ttlSeconds}:${toTurnUser(userId)}`;
    const credential = createHmac("sha1", key).update(username).digest("base64");
    return [...(stunUrls.length > 0 ? [{ urls: [...stunUrls] }] : []), { urls: [...turnUrls], username, credential }];
}

/** Coturn refuses names with blanks, quotes or backslashes, and STUN those above 508 bytes (RFC 8489, section 14.3); an id may have both. */
function toTurnUser(id: string): string {
    return /^[\w.@:+-]+$/.test(id) ? id : createHash("sha256").update(id).digest("hex");
}

/**
 * @param settings - of the server
 * @param request - who asks, and for which room
 * @returns the STUN and TURN servers for a grant. Never rejects: where the app's function fails, those of `turn` alone, and the log says so.
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
            throw new TypeError(`it must give ${iceServersWanted}`);
        }
        return [...(given as readonly IIceServer[]), ...minted];
    } catch (error) {
        log("error", `iceServers failed, so this grant is without its servers: ${describe(error)}`);
        return minted;
    }
}
