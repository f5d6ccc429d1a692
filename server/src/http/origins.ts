const localHosts: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Says which web pages may use the server. What is no browser sends no `Origin` and is not asked for one. */
export class OriginPolicy {
    private readonly _origins: readonly string[];
    private readonly _development: boolean;

    /**
     * @param origins - the allow-list
     * @param development - whether pages of this machine may too, on any port
     */
    public constructor(origins: readonly string[], development: boolean) {
        this._origins = origins;
        this._development = development;
    }

    /**
     * @param origin - the `Origin` header
     * @param host - the `Host` header: a page that this very host serves may always
     * @returns whether the page may
     */
    public allows(origin: string | undefined, host: string | undefined): boolean {
        if (origin === undefined || this._origins.includes(origin)) {
            return true;
        }
        const url = URL.canParse(origin) ? new URL(origin) : null;
        if (!url || (url.protocol !== "http:" && url.protocol !== "https:")) {
            return false;
        }
        return url.host === host?.toLowerCase() || (this._development && localHosts.has(url.hostname));
    }
}
