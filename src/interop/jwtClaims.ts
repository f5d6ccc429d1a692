/**
 * Reads what a token says, without a check of its signature: only its server can do that.
 * @param token - a JWT, or any text
 * @returns its claims; none if it is no JWT
 */
export function jwtClaims(token: string): Readonly<Record<string, unknown>> {
    try {
        const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
        const bytes = Uint8Array.from(atob(payload), (char) => char.charCodeAt(0));
        const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
        return typeof claims === "object" && claims !== null ? (claims as Record<string, unknown>) : {};
    } catch {
        return {};
    }
}
