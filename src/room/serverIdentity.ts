import { guestKeyLength } from "../../protocol/limits.js";
import type { IEnterRequest, IGuestReply, IGuestRequest } from "../../protocol/wire.js";
import { randomHex } from "../interop/randomHex.js";
import { postAsync } from "../interop/serverApi.js";
import type { TabMemory } from "../interop/tabMemory.js";
import { isErrorReply } from "../interop/serverError.js";
import { RtcError } from "../errors/rtcError.js";
import { guestName } from "./roomChecks.js";

/** The local user, as the app describes it. The server decides the id. */
export interface IRtcUser {
    /** Display name, 1 to 40 characters, at least one of them visible. The server removes invisible characters. Not unique. */
    readonly name: string;
    /** Attributes that the other members see (a colour, a team), at most 2 KiB as JSON. Default: none. */
    readonly attributes?: Readonly<Record<string, unknown>>;
    /** Token of the app's own sign-in, which the server's `authorize` checks. Default: the server creates a guest. */
    readonly token?: string;
}

/** Safety margin, in milliseconds: a guest's identity is no longer used when it expires within this time. */
const marginMs = 60_000;

/** A guest that the server created. */
interface IGuest {
    readonly identity: string;
    /** End of use, in milliseconds by `performance.now()`, since the local clock may differ from the server's. */
    readonly until: number;
}

/** Converts the server's reply. An older server sends no validity; the identity is then used until the server rejects it. */
function guestOf({ identity, expiresInMs = Infinity }: IGuestReply): IGuest {
    return { identity, until: performance.now() + expiresInMs - marginMs };
}

/** Authenticates the local user to the server: with the app's token, or as a guest that the server creates once and that the tab remembers. */
export class ServerIdentity {
    private readonly _server: string;
    private readonly _user: IRtcUser;
    /** Current name of the guest. */
    private _name: string;
    private _guest: IGuest | null = null;
    /** Secret whose hash is the guest's id, so that a guest who is created again keeps the same id. */
    private _key = randomHex(guestKeyLength / 2);
    private readonly _memory: Pick<TabMemory, "claimAsync" | "change"> | null;
    private _recalling: Promise<void> | null = null;
    /** True once there is nothing to restore any more. A request is then sent synchronously. */
    private _isRecalled: boolean;

    /**
     * @param server - the server's address
     * @param user - the local user. Throws `invalidArgument` for a name that is invalid for a guest.
     * @param memory - storage of the guest across a reload. Default: none.
     */
    public constructor(server: string, user: IRtcUser, memory: Pick<TabMemory, "claimAsync" | "change"> | null = null) {
        if (user.token === undefined) {
            guestName(user.name);
        }
        this._server = server;
        this._user = user;
        this._name = user.name;
        this._memory = memory;
        this._isRecalled = memory === null || user.token !== undefined;
    }

    /**
     * Gets a token for the server; creates a guest if needed.
     * @param signal - cancels
     * @returns the token; rejects with an `RtcError`
     */
    public async tokenAsync(signal?: AbortSignal): Promise<string> {
        if (this._user.token !== undefined) {
            return this._user.token;
        }
        await this.recallAsync();
        const known = this._knownGuest;
        if (known) {
            return known.identity;
        }
        const reply = await postAsync<IGuestReply>(this._server, "/guest", this._wish, { signal });
        this._keep(reply);
        return reply.identity;
    }

    /**
     * Makes a request as this user. If the server rejects the guest's identity (after a restart with another secret), creates the guest again with
     * the same id, and retries once.
     * @param use - makes the request with the token
     * @param signal - cancels
     * @returns the result of `use`; rejects as `use` does
     */
    public async useAsync<T>(use: (token: string) => Promise<T>, signal?: AbortSignal): Promise<T> {
        return await this._againAsync(async () => use(await this.tokenAsync(signal)));
    }

    /**
     * Like `useAsync`, for a request that creates the guest itself if there is none yet.
     * @param use - makes the request with the identity, or with the guest to create
     * @returns the result of `use`, whose guest is used from then on; rejects as `use` does
     */
    public async introduceAsync<T extends { readonly guest?: IGuestReply }>(use: (claim: IClaim) => Promise<T>): Promise<T> {
        return await this._againAsync(async () => {
            const identity = this._user.token ?? this._knownGuest?.identity;
            try {
                const reply = await use(identity === undefined ? { guest: this._wish } : { identity });
                this._keep(reply.guest);
                return reply;
            } catch (error) {
                const reply = error instanceof RtcError ? error.cause : null;
                this._keep(isErrorReply(reply) ? reply.guest : undefined);
                throw error;
            }
        });
    }

    /**
     * Takes over a new name of the guest.
     * @param guest - the server's reply with the renamed guest
     */
    public rename(guest: IGuestReply): void {
        this._name = guest.user.name;
        this._keep(guest);
    }

    /**
     * Restores the guest that this tab had before a reload, if the app asks for the same name. Idempotent; requests do it themselves. Once it is done,
     * they are sent synchronously.
     * @returns a promise that resolves within half a second and never rejects
     */
    public async recallAsync(): Promise<void> {
        if (this._user.token === undefined && this._memory) {
            this._recalling ??= this._memory.claimAsync().then(({ guest }) => {
                if (guest?.wanted === this._user.name && !this._guest) {
                    this._guest = { identity: guest.identity, until: performance.now() + guest.until - Date.now() };
                    this._name = guest.name;
                    this._key = guest.key ?? this._key;
                }
            });
            await this._recalling;
            this._isRecalled = true;
        }
    }

    private get _wish(): IGuestRequest {
        return { name: this._name, key: this._key };
    }

    private get _knownGuest(): IGuest | null {
        return this._guest && this._guest.until >= performance.now() ? this._guest : null;
    }

    private _keep(reply: IGuestReply | undefined): void {
        if (reply) {
            const { identity, expiresInMs } = reply;
            this._guest = guestOf(reply);
            if (expiresInMs !== undefined) {
                const until = Date.now() + expiresInMs - marginMs;
                this._memory?.change({ guest: { identity, key: this._key, wanted: this._user.name, name: this._name, until } });
            }
        }
    }

    private async _againAsync<T>(doAsync: () => Promise<T>): Promise<T> {
        if (!this._isRecalled) {
            await this.recallAsync();
        }
        const known = this._guest;
        try {
            return await doAsync();
        } catch (error) {
            if (!known || !(error instanceof RtcError) || error.code !== "unauthorized" || isForbidden(error)) {
                throw error;
            }
            this._guest = null;
            return await doAsync();
        }
    }
}

/**
 * @param error - rejection by the server
 * @returns true if the server accepts the identity but does not permit the request
 */
export function isForbidden({ cause }: RtcError): boolean {
    return isErrorReply(cause) && cause.error.code === "forbidden";
}

/** Identity in a request: a token, or the name and key of a guest to create. */
export type IClaim = { readonly identity: string } | Required<Pick<IEnterRequest, "guest">>;
