/**
 * Reads the claims of a token without checking its signature, which only the server can do.
 * @param token - a JWT, or any text
 * @returns the claims; an empty object if the text is not a JWT
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
