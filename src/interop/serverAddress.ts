import { RtcError } from "../errors/rtcError.js";

/**
 * Checks and normalizes a server's address.
 * @param server - an absolute http(s) address, or an address relative to the page; a path is kept
 * @returns the address without a trailing slash, query and hash; throws `invalidArgument`
 */
export function serverAddress(server: string): string {
    let url: URL;
    try {
        url = new URL(server, typeof location === "undefined" ? undefined : location.href);
    } catch (cause) {
        throw new RtcError("invalidArgument", `"${server}" is not a server address. Use one like "https://example.com:9000".`, {
            cause,
        });
    }
    if (url.protocol !== "http:" && url.protocol !== "https:") {
        throw new RtcError("invalidArgument", `The server's address must begin with http: or https:, not "${url.protocol}".`);
    }
    return (url.origin + url.pathname).replace(/\/+$/, "");
}
