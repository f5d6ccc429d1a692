import { maxGuestNameLength } from "../../protocol/limits.js";
import type { IGuestReply } from "../../protocol/wire.js";
import { postAsync } from "../interop/serverApi.js";
import { RtcError } from "../errors/rtcError.js";
import { lengthOf } from "./roomChecks.js";

/** Who the local user is, as far as the app knows. The id is the server's word. */
export interface IRtcUser {
    /** The name that the others see, 1 to 40 characters. */
    readonly name: string;
    /** What the others see attached to this member (a colour, a team), at most 2 KiB as JSON. Default: nothing. */
    readonly attributes?: Readonly<Record<string, unknown>>;
    /** What the app's own sign-in gave the user; the server's `authorize` checks it. Default: the server mints a guest. */
    readonly token?: string;
}

/** A minted identity is renewed this long before it ends, in milliseconds. */
const marginMs = 60_000;

/** Proves to the server who the local user is: by the app's token, or as a guest that the server mints once and keeps for this object's life. */
export class ServerIdentity {
    private readonly _server: string;
    private readonly _user: IRtcUser;
    private _guest: IGuestReply | null = null;

    /**
     * @param server - the server's address
     * @param user - who the user says they are. Throws `invalidArgument` for a name that no guest can have.
     */
    public constructor(server: string, user: IRtcUser) {
        const length = lengthOf(user.name.trim());
        if (user.token === undefined && (length < 1 || length > maxGuestNameLength)) {
            throw new RtcError("invalidArgument", `A name has 1 to ${maxGuestNameLength} characters; this one has ${length}.`);
        }
        this._server = server;
        this._user = user;
    }

    /**
     * @param signal - cancels
     * @returns the token to show to the server; rejects with an `RtcError`
     */
    public async tokenAsync(signal?: AbortSignal): Promise<string> {
        if (this._user.token !== undefined) {
            return this._user.token;
        }
        if (this._guest === null || this._guest.expiresAt - marginMs < Date.now()) {
            this._guest = await postAsync<IGuestReply>(this._server, "/guest", { name: this._user.name }, { signal });
        }
        return this._guest.identity;
    }

    /**
     * Does something as this user. A guest that the server no longer knows (it has restarted with another secret) is minted anew, once.
     * @param use - gets the token to show to the server
     * @param signal - cancels
     * @returns what `use` gives; rejects as it does
     */
    public async useAsync<T>(use: (token: string) => Promise<T>, signal?: AbortSignal): Promise<T> {
        const known = this._guest;
        try {
            return await use(await this.tokenAsync(signal));
        } catch (error) {
            if (!known || !(error instanceof RtcError) || error.code !== "unauthorized") {
                throw error;
            }
            this._guest = null;
            return await use(await this.tokenAsync(signal));
        }
    }
}
