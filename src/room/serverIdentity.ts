import { guestKeyLength } from "../../protocol/limits.js";
import type { IEnterRequest, IGuestReply, IGuestRequest } from "../../protocol/wire.js";
import { randomHex } from "../interop/randomHex.js";
import { postAsync } from "../interop/serverApi.js";
import type { TabMemory } from "../interop/tabMemory.js";
import { isErrorReply } from "../interop/serverError.js";
import { RtcError } from "../errors/rtcError.js";
import { guestName } from "./roomChecks.js";

/** The local user, as far as the app knows. The server decides the id. */
export interface IRtcUser {
    /** The name that the others see, 1 to 40 characters, at least one of them visible. The server takes out what is drawn as nothing. Two users may share it. */
    readonly name: string;
    /** Values that the others see attached to this member (a colour, a team), at most 2 KiB as JSON. Default: nothing. */
    readonly attributes?: Readonly<Record<string, unknown>>;
    /** Token of the app's own sign-in; the server's `authorize` checks it. Default: the server mints a guest. */
    readonly token?: string;
}

/** A minted identity is renewed this long before it ends, in milliseconds. */
const marginMs = 60_000;

/** A guest whom the server has minted. */
interface IGuest {
    readonly identity: string;
    /** Until when it is used, in milliseconds by `performance.now()`: the server's clock and ours need not agree. */
    readonly until: number;
}

/** An older server does not say how long a guest lasts; then the server's refusal says that one is over. */
function guestOf({ identity, expiresInMs = Infinity }: IGuestReply): IGuest {
    return { identity, until: performance.now() + expiresInMs - marginMs };
}

/** Proves to the server who the local user is: by the app's token, or as a guest that the server mints once, and that the tab remembers. */
export class ServerIdentity {
    private readonly _server: string;
    private readonly _user: IRtcUser;
    /** Name of a guest. */
    private _name: string;
    private _guest: IGuest | null = null;
    /** Secret whose hash is the id of each guest that is minted from here on, so that it is always the same one. */
    private _key = randomHex(guestKeyLength / 2);
    private readonly _memory: Pick<TabMemory, "claimAsync" | "change"> | null;
    private _recalling: Promise<void> | null = null;

    /**
     * @param server - the server's address
     * @param user - who the user says they are. Throws `invalidArgument` for a name that no guest can have.
     * @param memory - where a guest is kept through a reload. Default: nowhere.
     */
    public constructor(server: string, user: IRtcUser, memory: Pick<TabMemory, "claimAsync" | "change"> | null = null) {
        if (user.token === undefined) {
            guestName(user.name);
        }
        this._server = server;
        this._user = user;
        this._name = user.name;
        this._memory = memory;
    }

    /**
     * @param signal - cancels
     * @returns the token to show to the server; rejects with an `RtcError`
     */
    public async tokenAsync(signal?: AbortSignal): Promise<string> {
        if (this._user.token !== undefined) {
            return this._user.token;
        }
        await this._recallAsync();
        const known = this._knownGuest;
        if (known) {
            return known.identity;
        }
        const reply = await postAsync<IGuestReply>(this._server, "/guest", this._wish, { signal });
        this._keep(reply);
        return reply.identity;
    }

    /**
     * Does something as this user. A guest that the server no longer knows (it has restarted with another secret) is minted anew, once, and is the same person.
     * @param use - gets the token to show to the server
     * @param signal - cancels
     * @returns what `use` gives; rejects as it does
     */
    public async useAsync<T>(use: (token: string) => Promise<T>, signal?: AbortSignal): Promise<T> {
        return await this._againAsync(async () => use(await this.tokenAsync(signal)));
    }

    /**
     * The same for a request that mints a guest by itself, where there is none yet.
     * @param use - gets what the request says of this user
     * @returns what `use` gives, whose guest is kept; rejects as it does
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
     * Goes on as a guest whom the server has given another name.
     * @param guest - the same guest with that name
     */
    public rename(guest: IGuestReply): void {
        this._name = guest.user.name;
        this._keep(guest);
    }

    /** Is the guest again that this tab has been before it was reloaded, if the app asks for one of the same name. */
    private async _recallAsync(): Promise<void> {
        if (this._user.token === undefined && this._memory) {
            this._recalling ??= this._memory.claimAsync().then(({ guest }) => {
                if (guest?.wanted === this._user.name && !this._guest) {
                    this._guest = { identity: guest.identity, until: performance.now() + guest.until - Date.now() };
                    this._name = guest.name;
                    this._key = guest.key ?? this._key;
                }
            });
            await this._recalling;
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
        await this._recallAsync();
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
 * @param error - a refusal of the server
 * @returns true if the server knows who asks, and does not allow it
 */
export function isForbidden({ cause }: RtcError): boolean {
    return isErrorReply(cause) && cause.error.code === "forbidden";
}

/** Identity in a request: a token, or the name of a guest to create. */
export type IClaim = { readonly identity: string } | Required<Pick<IEnterRequest, "guest">>;
