import { maxAttributesBytes, maxIdLength, maxIdentityLength, maxUserNameLength } from "../../../protocol/limits.js";
import { toPlainObject } from "../../../protocol/plainJson.js";
import { toLine, toName } from "../../../protocol/text.js";
import { describe } from "../log.js";
import { withTimeoutAsync } from "../util/withTimeout.js";
import { defaultPrivileges, readPrivilegeList } from "./privileges.js";
import type { Json } from "../../../protocol/plainJson.js";
import type { Privilege } from "../../../protocol/wire.js";
import type { Authorize, IAuthorizeRequest, IRtcUser } from "../config/serverOptions.js";
import type { RtcServerLog } from "../log.js";
import type { GuestAuthority } from "./guests.js";

const maxWaitMs = 10_000;

/** An authenticated user. */
export interface IKnownUser {
    readonly id: string;
    readonly name: string;
    /** True for a guest of this server, who chooses their own name. */
    readonly isGuest: boolean;
    /** Attributes that the app has set; the member cannot override them. */
    readonly attributes: Readonly<Record<string, Json>>;
    /** Privileges in the grants that this server signs for the user. Default: `defaultPrivileges`. */
    readonly privileges?: readonly Privilege[];
}

/** Authenticates clients: as a guest in development, or by the app's `authorize`. */
export class IdentityAuthority {
    private readonly _guests: GuestAuthority | null;
    private readonly _authorize: Authorize | undefined;
    private readonly _log: RtcServerLog;

    /**
     * @param guests - authority for guests; null outside of development
     * @param authorize - the app's own sign-in, if it has one
     * @param log - gets failures of `authorize`
     */
    public constructor(guests: GuestAuthority | null, authorize: Authorize | undefined, log: RtcServerLog) {
        this._guests = guests;
        this._authorize = authorize;
        this._log = log;
    }

    /**
     * Authenticates a client.
     * @param request - credential and target room; `headersOf` returns the headers, which only the app's sign-in needs
     * @returns the user; null if the credential is not valid, or if `authorize` refuses, fails, returns an invalid user or takes more than 10 s
     */
    public async recogniseAsync(
        request: Pick<IAuthorizeRequest, "room"> & { readonly credential: unknown; readonly headersOf: () => Headers },
    ): Promise<IKnownUser | null> {
        const { credential, room, headersOf } = request;
        if (typeof credential !== "string" || credential === "" || credential.length > maxIdentityLength) {
            return null;
        }
        const guest = await this._guests?.recogniseAsync(credential);
        if (guest) {
            return { ...guest, isGuest: true, attributes: {} };
        }
        const headers = this._authorize && headersOf();
        return this._authorize && headers ? await this._askAppAsync(this._authorize, { credential, ...(room && { room }), headers }) : null;
    }

    private async _askAppAsync(authorize: Authorize, request: IAuthorizeRequest): Promise<IKnownUser | null> {
        try {
            const user = await withTimeoutAsync(Promise.resolve(authorize(request)), maxWaitMs);
            return user ? this._toKnown(user) : null;
        } catch (error) {
            this._log("error", `authorize failed: ${describe(error)}`);
            return null;
        }
    }

    private _toKnown(user: IRtcUser): IKnownUser | null {
        const id = toLine(user.id, maxIdLength);
        const name = toName(user.name, maxUserNameLength);
        const attributes = toPlainObject(user.attributes ?? {}, maxAttributesBytes);
        const privileges = user.privileges === undefined ? defaultPrivileges : readPrivilegeList(user.privileges);
        if (id === undefined || id !== user.id || name === undefined || attributes === undefined || !privileges) {
            this._log(
                "error",
                "authorize returned an invalid user: id must have 1 to 128 characters, name 1 to 64 with at least one visible, attributes at most 2 KiB as JSON, and privileges must be a list of publish, subscribe and moderate.",
            );
            return null;
        }
        return { id, name, isGuest: false, attributes, privileges };
    }
}
