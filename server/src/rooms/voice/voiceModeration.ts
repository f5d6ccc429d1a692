import { maxGuestBanSeconds } from "../../../../protocol/limits.js";
import { ProtocolError } from "../../protocolError.js";
import type { ModerationAction } from "../../../../protocol/wire.js";
import type { IServerEventUser, ServerEventModeration } from "../../serverEvents.js";
import type { IPrivileges } from "../../tokens/privileges.js";
import type { RtcPeer } from "./rtcPeer.js";

/** The part of an RTC room that its moderation uses. */
interface IModeratedRoom {
    /** Peers by user id. */
    readonly peers: ReadonlyMap<string, RtcPeer>;
    /** True if that user is the owner of the RTC room's room. */
    isOwner(userId: string): boolean;
    /** True if the owner of that room is a guest. */
    isOwnedByGuest(): boolean;
    inviteToUnmute(peer: RtcPeer, by: string | null): void;
    /** Callback that sends an event for an action; null = the app takes no events. */
    teller(): ((what: ServerEventModeration) => void) | null;
    /** Name of a user; null if unknown. */
    nameOf(userId: string): string | null;
    /** Removes a user, if present, and bans them for `seconds`; 0 = no ban. */
    remove(userId: string, seconds: number): void;
}

/** Moderation of one RTC room by moderators and the app. Moderators' mutes and the app's privileges still apply after a member leaves and rejoins. */
export class VoiceModeration {
    private readonly _muted = new Set<string>();
    private readonly _overruled = new Map<string, IPrivileges>();
    private readonly _room: IModeratedRoom;

    /** @param room - the RTC room */
    public constructor(room: IModeratedRoom) {
        this._room = room;
    }

    /**
     * @param userId - a user's id
     * @returns state of the user that outlasts a connection: a moderator's mute, and privileges set by the app (null = none)
     */
    public standingOf(userId: string): { readonly muted: boolean; readonly privileges: IPrivileges | null } {
        return { muted: this._muted.has(userId), privileges: this._overruled.get(userId) ?? null };
    }

    /**
     * Performs an action. Throws a `ProtocolError` if the action is not allowed, or if the member is not present.
     * @param what - the action
     * @param by - member who requests the action; null = the app
     */
    public moderate(what: ModerationAction, by: RtcPeer | null): void {
        if (by && !this._isModerator(by)) {
            throw new ProtocolError("notAllowed", "Only moderators can do this.");
        }
        if (what.action === "muteAll") {
            this._room.teller()?.({ action: what.action });
            [...this._room.peers.values()].filter((peer) => !this._isModerator(peer)).forEach((peer) => this._mute(peer));
            return;
        }
        if (what.id === by?.id) {
            throw new ProtocolError("invalidRequest", "Use your own mute and leave functions for yourself.");
        }
        if (by && what.action !== "inviteToUnmute" && this._room.isOwner(what.id)) {
            throw new ProtocolError("notAllowed", "The owner of the room cannot be muted or removed.");
        }
        const peer = this._room.peers.get(what.id);
        switch (what.action) {
            case "mute": {
                const there = peer ?? notThere();
                this._room.teller()?.({ action: what.action, member: this._userOf(what.id) });
                this._mute(there);
                break;
            }
            case "inviteToUnmute":
                if (!peer && !this._muted.has(what.id)) {
                    notThere();
                }
                this._room.teller()?.({ action: what.action, member: this._userOf(what.id) });
                this._inviteToUnmute(what.id, peer, by?.id ?? null);
                break;
            case "remove":
                if (!peer && (by || what.seconds === 0)) {
                    notThere();
                }
                this._remove(
                    what.id,
                    by && !by.may("moderate") && this._room.isOwnedByGuest() ? Math.min(what.seconds, maxGuestBanSeconds) : what.seconds,
                );
                break;
        }
    }

    /**
     * Sets a user's privileges on behalf of the app.
     * @param userId - the user's id
     * @param privileges - privileges that override those of the user's grants; null = those of the grants
     */
    public setPrivileges(userId: string, privileges: IPrivileges | null): void {
        this._room.teller()?.({ action: "setPrivileges", member: this._userOf(userId), privileges: privileges?.privileges ?? null });
        if (privileges) {
            this._overruled.set(userId, privileges);
        } else {
            this._overruled.delete(userId);
        }
        this._room.peers.get(userId)?.overrule(privileges);
    }

    private _userOf(id: string): IServerEventUser {
        return { id, name: this._room.nameOf(id) };
    }

    private _isModerator(peer: RtcPeer): boolean {
        return peer.may("moderate") || this._room.isOwner(peer.id);
    }

    private _remove(id: string, seconds: number): void {
        this._room.teller()?.({ action: "remove", member: this._userOf(id), seconds });
        this._room.remove(id, seconds);
    }

    private _mute(peer: RtcPeer): void {
        this._muted.add(peer.id);
        peer.muteByModerator();
    }

    private _inviteToUnmute(id: string, peer: RtcPeer | undefined, by: string | null): void {
        this._muted.delete(id);
        if (peer && peer.info.muted !== "no") {
            // Sent first, so that the client mutes itself before the moderator's mute is lifted.
            this._room.inviteToUnmute(peer, by);
            peer.inviteToUnmute();
        }
    }
}

function notThere(): never {
    throw new ProtocolError("memberNotFound", "No member with this id is in the RTC room.");
}
