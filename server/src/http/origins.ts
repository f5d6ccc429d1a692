import { isIPv4 } from "node:net";

const localHosts: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Schemes that a page's origin cannot have. */
const schemesOfNoPage: ReadonlySet<string> = new Set(["ws:", "wss:", "ftp:", "file:", "data:", "blob:", "javascript:", "about:"]);

/** Decides by `Origin` which web pages may use the server. Clients other than browsers send no `Origin`, and are always allowed. */
export class OriginPolicy {
    private readonly _origins: ReadonlySet<string>;
    private readonly _families: readonly URL[];
    private readonly _development: boolean;

    /**
     * @param origins - allow-list, in the form that `allowedOrigin` returns
     * @param development - true = pages of localhost are allowed too, on any port
     */
    public constructor(origins: readonly string[], development: boolean) {
        this._origins = new Set(origins);
        this._families = origins.filter((origin) => origin.includes("*")).map((origin) => new URL(origin));
        this._development = development;
    }

    /**
     * @param origin - `Origin` header
     * @param host - `Host` header: pages of the same host are always allowed, with HTTP or HTTPS, because behind a proxy the scheme is unknown
     * @returns true if the page may use the server
     */
    public allows(origin: string | undefined, host: string | undefined): boolean {
        if (origin === undefined) {
            return true;
        }
        const own = originOf(origin);
        if (own === null || own.includes("*")) {
            return false;
        }
        const page = new URL(own);
        if (this._origins.has(own) || this._families.some((family) => isOfFamily(page, family))) {
            return true;
        }
        if (page.protocol !== "http:" && page.protocol !== "https:") {
            return false;
        }
        return own === originOf(`${page.protocol}//${host ?? ""}`) || (this._development && isLocal(page.hostname));
    }
}

/**
 * Decides which `Host` names are accepted by a server in development, or by a metrics listener without a token. Protects against DNS rebinding: a
 * page of an attacker's domain that now resolves to this machine would count as a page of the server's own host, and could join as a guest or read
 * the metrics. Only names that public DNS can resolve are a risk.
 */
export class HostPolicy {
    private readonly _names: ReadonlySet<string>;
    private readonly _families: readonly string[];

    /**
     * @param origins - allow-list of pages, in the form that `allowedOrigin` returns; their hosts are accepted
     * @param names - further names of this machine
     */
    public constructor(origins: readonly string[], names: readonly string[]) {
        const hosts = origins.map((origin) => new URL(origin).hostname);
        this._names = new Set([...hosts, ...names].map((name) => name.toLowerCase()));
        this._families = hosts.filter((host) => host.startsWith("*.")).map((host) => host.slice(1));
    }

    /**
     * @param host - `Host` header; browsers always send one
     * @returns true for an IP address, a name of this machine, a name without a dot (which public DNS does not resolve) or a host of the allow-list
     */
    public allows(host: string | undefined): boolean {
        if (host === undefined) {
            return true;
        }
        if (!URL.canParse(`http://${host}`)) {
            return false;
        }
        const name = new URL(`http://${host}`).hostname.replace(/\.$/, "");
        const isAddress = name.startsWith("[") || isIPv4(name);
        return (
            isAddress || !name.includes(".") || isLocal(name) || this._names.has(name) || this._families.some((end) => name.endsWith(end))
        );
    }
}

/**
 * Message for a request whose `Host` is refused.
 * @param host - `Host` header
 * @returns a sentence that says what to do
 */
export function hostRefusalOf(host: string | undefined): string {
    const name = shown(host ?? "");
    return `While guests are allowed, this server cannot be used by the name ${name}. Use its address, or add https://${name} to its option \`origins\` (--origin).`;
}

/** True if an origin matches a wildcard: `https://eu.game.example` matches `https://*.game.example`. The wildcard stands for exactly one label. */
function isOfFamily(page: URL, family: URL): boolean {
    const rest = family.hostname.slice(1);
    const label = page.hostname.slice(0, -rest.length);
    return (
        page.protocol === family.protocol &&
        page.port === family.port &&
        page.hostname.endsWith(rest) &&
        label !== "" &&
        !label.includes(".")
    );
}

function isLocal(hostname: string): boolean {
    return localHosts.has(hostname) || hostname.endsWith(".localhost");
}

/**
 * Normalizes an origin, so that equal origins compare as equal texts: without default port, in lower case. An app's own scheme
 * (`capacitor://localhost`) is accepted.
 * @param text - any text
 * @returns scheme, host and port; null if the text is not an origin or contains more than an origin
 */
function originOf(text: string): string | null {
    const url = URL.canParse(text) ? new URL(text) : null;
    const rest = url ? url.pathname.replace(/^\/$/, "") + url.search + url.hash + url.username + url.password : "";
    return url && url.host !== "" && rest === "" ? `${url.protocol}//${url.host.toLowerCase()}` : null;
}

/**
 * Checks an entry of the option `origins`.
 * @param text - origin whose pages may use the server; `https://*.game.example` matches all hosts one label below `game.example`
 * @returns the origin in the form that `OriginPolicy` takes; null if no page can have it, or if its wildcard matches too many hosts
 */
export function allowedOrigin(text: unknown): string | null {
    const origin = typeof text === "string" ? originOf(text) : null;
    if (origin === null || schemesOfNoPage.has(new URL(origin).protocol)) {
        return null;
    }
    // A wildcard needs at least two labels after it: `https://*.com` would allow far too many hosts.
    return !origin.includes("*") || /^https?:\/\/\*(\.[^.*]+){2,}\.?$/.test(origin) ? origin : null;
}

/**
 * Message for a refused origin, for the page and for the log.
 * @param origin - `Origin` header
 * @param host - `Host` header
 * @returns a sentence that says what to do
 */
export function refusalOf(origin: string, host: string | undefined): string {
    const page = shown(origin);
    if (originOf(origin) === null) {
        return `Pages of the origin ${page} may not use this server: files and sandboxed frames have no origin. Open the page from a web address.`;
    }
    return (
        `Pages of ${page} may not use this server. Add this origin to its option \`origins\` (--origin). ` +
        `If the pages are on this server, a proxy changes the header \`Host\` to "${shown(host ?? "")}". Configure it to forward host and port.`
    );
}

/** Header value that is safe to log: printable ASCII, at most 200 characters. */
function shown(header: string): string {
    return header.replace(/[^\x21-\x7e]/g, "?").slice(0, 200);
}
