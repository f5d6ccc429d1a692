import { daySeconds, maxBanSeconds, maxInvitationSeconds } from "../../protocol/limits.js";
import type { IRoomAsks, IRoomClientMessages } from "../../protocol/wire.js";
import type { IServerRoom } from "../interop/serverRoom.js";
import { RtcError } from "../errors/rtcError.js";
import { checkedDescription, checkedId, checkedPassword, checkedProperties, checkedSeconds } from "./roomChecks.js";
import type { RoomAction } from "./roomEvent.js";
import type { IRoomInvitation } from "./roomInfo.js";

/** Sends a request to the present room, and waits for the answer. */
export type AskRoom = IServerRoom<IRoomClientMessages, IRoomAsks>["askAsync"];

/** What members ask of their room. The server decides; see `IRoomService`. */
export abstract class RoomAsks {
    /** Sends a request to the present room, and waits for the answer; rejects with `aborted` outside of a room. */
    protected abstract readonly _askAsync: AskRoom;

    /** Told of every request that failed. */
    protected abstract _onFailed(action: RoomAction, error: RtcError): void;

    /** {@inheritDoc IRoomService.setLockedAsync} */
    public async setLockedAsync(locked: boolean): Promise<void> {
        await this._doAsync("lock", () => {
            // Code without types can pass anything.
            const given: unknown = locked;
            if (typeof given !== "boolean") {
                throw new RtcError("invalidArgument", "A room is locked (true) or not (false).");
            }
            return this._askAsync("lock", { locked });
        });
    }

    /** {@inheritDoc IRoomService.kickAsync} */
    public async kickAsync(memberId: string, options: { readonly seconds?: number } = {}): Promise<void> {
        await this._doAsync("kick", () => {
            const seconds = checkedSeconds(options.seconds ?? 0, 0, maxBanSeconds);
            return this._askAsync("kick", { id: checkedId(memberId, "A member's id"), seconds });
        });
    }

    /** {@inheritDoc IRoomService.setOwnerAsync} */
    public async setOwnerAsync(memberId: string): Promise<void> {
        await this._doAsync("setOwner", () => this._askAsync("owner", { id: checkedId(memberId, "A member's id") }));
    }

    /** {@inheritDoc IRoomService.setDescriptionAsync} */
    public async setDescriptionAsync(description: string): Promise<void> {
        await this._doAsync("describe", () => this._askAsync("describe", { description: checkedDescription(description) }));
    }

    /** {@inheritDoc IRoomService.setPropertiesAsync} */
    public async setPropertiesAsync(changes: Readonly<Record<string, unknown>>): Promise<void> {
        await this._doAsync("setProperties", () => this._askAsync("properties", { changes: checkedProperties(changes) }));
    }

    /** {@inheritDoc IRoomService.setPasswordAsync} */
    public async setPasswordAsync(password: string | null): Promise<void> {
        await this._doAsync("setPassword", () =>
            this._askAsync("password", { password: password === null ? null : checkedPassword(password) }),
        );
    }

    /** {@inheritDoc IRoomService.inviteAsync} */
    public async inviteAsync(options: { readonly seconds?: number; readonly userId?: string } = {}): Promise<IRoomInvitation> {
        return await this._doAsync("invite", () => {
            const seconds = checkedSeconds(options.seconds ?? daySeconds, 1, maxInvitationSeconds);
            const whom = options.userId === undefined ? {} : { userId: checkedId(options.userId, "A user's id") };
            return this._askAsync("invite", { seconds, ...whom });
        });
    }

    /** {@inheritDoc IRoomService.destroyAsync} */
    public async destroyAsync(): Promise<void> {
        await this._doAsync("destroy", () => this._askAsync("destroy", {}));
    }

    /** Every failure rejects, and is told. */
    protected async _doAsync<T>(action: RoomAction, actAsync: () => Promise<T>): Promise<T> {
        try {
            return await actAsync();
        } catch (thrown) {
            const error = RtcError.From(thrown, "unknown", "The room did not answer.");
            if (error.code !== "aborted") {
                this._onFailed(action, error);
            }
            throw error;
        }
    }
}
