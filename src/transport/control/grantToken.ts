import { RtcError } from "../../errors/rtcError.js";

/**
 * Reads which room a grant is for. The server alone checks the signature; this only tells us where to knock.
 * @param token - the grant's token, a JWT
 * @returns the room's id; throws `tokenInvalid`
 */
export function roomOfToken(token: string): string {
    try {
        const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
        const bytes = Uint8Array.from(atob(payload), (char) => char.charCodeAt(0));
        const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
        if (typeof claims === "object" && claims !== null && "room" in claims && typeof claims.room === "string") {
            return claims.room;
        }
        throw new TypeError("no room in the token");
    } catch (cause) {
        throw new RtcError("tokenInvalid", "The voice token is not one that a babylon-rtc-server issued. Check the `token` function.", {
            cause,
        });
    }
}
