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

/** Somebody whose identity the server vouches for. */
export interface IKnownUser {
    readonly id: string;
    readonly name: string;
    /** True for a guest of this server, whose name is their own choice. */
    readonly isGuest: boolean;
    /** Attributes by the app; members cannot change them when they join. */
    readonly attributes: Readonly<Record<string, Json>>;
    /** Privileges in the grants that this server signs for the user. Default: `defaultPrivileges`. */
    readonly privileges?: readonly Privilege[];
}

/** Says who a client is: a guest in development, or whom the app's `authorize` names. */
export class IdentityAuthority {
    private readonly _guests: GuestAuthority | null;
    private readonly _authorize: Authorize | undefined;
    private readonly _log: RtcServerLog;

    /**
     * @param guests - knows guests; null outside of development
     * @param authorize - the app's own sign-in, if it has one
     * @param log - told of an `authorize` that fails
     */
    public constructor(guests: GuestAuthority | null, authorize: Authorize | undefined, log: RtcServerLog) {
        this._guests = guests;
        this._authorize = authorize;
        this._log = log;
    }

    /**
     * @param request - what the client says and what it wants; `headersOf` gives the headers, which only the app's sign-in needs
     * @returns who it is; null if that is not known, or if `authorize` refuses, fails or takes more than 10 s
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
                "authorize gave an unusable user: id is 1 to 128 characters, name 1 to 64 of which one can be seen, attributes at most 2 KiB as JSON, privileges a list of publish, subscribe and moderate.",
            );
            return null;
        }
        return { id, name, isGuest: false, attributes, privileges };
    }
}
