import { isIPv4 } from "node:net";

const localHosts: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Schemes of addresses that no page has as its own. */
const schemesOfNoPage: ReadonlySet<string> = new Set(["ws:", "wss:", "ftp:", "file:", "data:", "blob:", "javascript:", "about:"]);

/** Says which web pages may use the server. What is no browser sends no `Origin` and is not asked for one. */
export class OriginPolicy {
    private readonly _origins: ReadonlySet<string>;
    private readonly _families: readonly URL[];
    private readonly _development: boolean;

    /**
     * @param origins - the allow-list, each as `allowedOrigin` gives it
     * @param development - whether pages of this machine may too, on any port
     */
    public constructor(origins: readonly string[], development: boolean) {
        this._origins = new Set(origins);
        this._families = origins.filter((origin) => origin.includes("*")).map((origin) => new URL(origin));
        this._development = development;
    }

    /**
     * @param origin - the `Origin` header
     * @param host - the `Host` header: a page that this very host serves may always. Whether by HTTP or HTTPS cannot be known behind a proxy.
     * @returns whether the page may
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
 * Says by which names a server in development may be reached. A page of an attacker's own name that leads to this machine by now (DNS rebinding) would
 * count as a page of this very host, and could come in as a guest. It can lead there by a name in the DNS alone.
 */
export class HostPolicy {
    private readonly _names: ReadonlySet<string>;
    private readonly _families: readonly string[];

    /**
     * @param origins - the allow-list of pages, each as `allowedOrigin` gives it; their hosts may be this server's
     * @param names - further names of this machine
     */
    public constructor(origins: readonly string[], names: readonly string[]) {
        const hosts = origins.map((origin) => new URL(origin).hostname);
        this._names = new Set([...hosts, ...names].map((name) => name.toLowerCase()));
        this._families = hosts.filter((host) => host.startsWith("*.")).map((host) => host.slice(1));
    }

    /**
     * @param host - the `Host` header; browsers always send one
     * @returns whether it is an address, a name of this machine, one without a dot (no DNS of others answers for it), or one of those listed
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
 * Message for a request by a name that may not be this server's.
 * @param host - the `Host` header
 * @returns a sentence that says what to do
 */
export function hostRefusalOf(host: string | undefined): string {
    const name = shown(host ?? "");
    return `While guests may come in, this server is not reached by the name ${name}: use its address, or name https://${name} in its option \`origins\` (--origin).`;
}

/** True if an origin matches a wildcard one: `https://eu.game.example` matches `https://*.game.example`, which stands for one label. */
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
 * Brings an origin into one form, in which two that are the same are equal: no default port, small letters. That of an app's own scheme
 * (`capacitor://localhost`) is an origin, too.
 * @param text - any text
 * @returns scheme, host and port; null if the text is more than an origin, or none
 */
function originOf(text: string): string | null {
    const url = URL.canParse(text) ? new URL(text) : null;
    const rest = url ? url.pathname.replace(/^\/$/, "") + url.search + url.hash + url.username + url.password : "";
    return url && url.host !== "" && rest === "" ? `${url.protocol}//${url.host.toLowerCase()}` : null;
}

/**
 * @param text - what the app names as an origin whose pages may use the server; `https://*.game.example` stands for all hosts one label below
 * @returns the same in the form that `OriginPolicy` takes; null if no page can have that origin
 */
export function allowedOrigin(text: unknown): string | null {
    const origin = typeof text === "string" ? originOf(text) : null;
    if (origin === null || schemesOfNoPage.has(new URL(origin).protocol)) {
        return null;
    }
    // Two labels at least: whoever writes `https://*.com` lets the whole world in.
    return !origin.includes("*") || /^https?:\/\/\*(\.[^.*]+){2,}\.?$/.test(origin) ? origin : null;
}

/**
 * Message for an origin that is refused, for the page and for the log.
 * @param origin - the `Origin` header
 * @param host - the `Host` header
 * @returns a sentence that says what to do
 */
export function refusalOf(origin: string, host: string | undefined): string {
    const page = shown(origin);
    if (originOf(origin) === null) {
        return `Pages of the origin ${page} may not use this server: those of a file or of a sandboxed frame have none. Open the page from a web address.`;
    }
    return (
        `Pages of ${page} may not use this server: name that origin in its option \`origins\` (--origin). ` +
        `If they are its own, a proxy changes the header \`Host\`, which is "${shown(host ?? "")}": let it pass on host and port.`
    );
}

/** A header as a log may show it. */
function shown(header: string): string {
    return header.replace(/[^\x21-\x7e]/g, "?").slice(0, 200);
}
