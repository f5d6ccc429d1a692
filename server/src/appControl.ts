import { maxBanSeconds, maxIdLength } from "../../protocol/limits.js";
import { moderationActions } from "../../protocol/schemas.js";
import { toLine } from "../../protocol/text.js";
import { requireObject } from "./config/optionChecks.js";
import { byApp } from "./eventTeller.js";
import { ProtocolError } from "./protocolError.js";
import { RtcServerError } from "./rtcServerError.js";
import { toPrivileges } from "./tokens/privileges.js";
import type { ModerationAction } from "../../protocol/wire.js";
import type { IServerContext } from "./context.js";
import type { IOwnRtcRoom } from "./rooms/roomDirectory.js";
import type { PrivilegeWish } from "./tokens/privileges.js";

/** Moderation by the app in an RTC room. `room`: id of the room; `user`: id of the user. */
export type AppModeration =
    /** Mutes a member, who cannot unmute themselves. */
    | { readonly room: string; readonly user: string; readonly action: "mute" }
    /** Mutes every member except moderators and the room's owner. */
    | { readonly room: string; readonly action: "muteAll" }
    /** Allows a muted member to unmute. The member stays muted until they do. */
    | { readonly room: string; readonly user: string; readonly action: "inviteToUnmute" }
    /**
     * Removes a user from room and voice, and bans them for `seconds`, up to 86400. Default: 0 = removes the user from the voice only, without a ban.
     * In either case, the invitations to the room that the user has created are revoked.
     */
    | { readonly room: string; readonly user: string; readonly action: "remove"; readonly seconds?: number };

/** Privileges of a user in an RTC room, set by the app. */
export interface IPrivilegeChange {
    /** The room's id. */
    readonly room: string;
    /** The user's id. */
    readonly user: string;
    /** Privileges, without an end or each with a duration in seconds (1 to 86400); null = those of the user's grants. */
    readonly privileges: PrivilegeWish | null;
}

/** Actions of the app's backend. */
export interface IAppControl {
    /**
     * Moderates an RTC room on behalf of the app.
     * @param what - room, user and action
     * @returns a promise that rejects with an `RtcServerError`: `invalidOption`, or `notFound` if there is no such RTC room or member. A `remove`
     * with `seconds` above 0 needs neither; `inviteToUnmute` also works for a muted user who has left.
     */
    moderateAsync(what: AppModeration): Promise<void>;
    /**
     * Revokes invitations to one of our rooms.
     * @param which - `room`: id of the room; `user`: id of the member who created the invitations. Default: all invitations to the room.
     * @returns a promise that rejects with an `RtcServerError`: `invalidOption`, or `notFound` if there is no such room
     */
    revokeInvitationsAsync(which: { readonly room: string; readonly user?: string }): Promise<void>;
    /**
     * Sets a user's privileges in an RTC room. They take effect at once and override present and later grants, until they are set again or the RTC
     * room is empty. A member without `publish` is no longer heard.
     * @param change - room, user and privileges
     * @returns a promise that rejects with an `RtcServerError`: `invalidOption`, or `notFound` if there is no such RTC room
     */
    setPrivilegesAsync(change: IPrivilegeChange): Promise<void>;
}

/**
 * @param context - shared parts of the server
 * @returns the actions of the app's backend
 */
export function createAppControl(context: IServerContext): IAppControl {
    const { rooms, settings } = context;
    return {
        // Asynchronous, so that a room can be hosted in another process in the future.
        // eslint-disable-next-line @typescript-eslint/require-await -- rejects instead of throwing
        async moderateAsync(what) {
            requireObject(what, "what");
            const id = requireId(what.room, "room");
            const moderation = toModeration(what);
            asApp(context, () => moderate(context, id, moderation));
        },
        // eslint-disable-next-line @typescript-eslint/require-await -- rejects instead of throwing
        async revokeInvitationsAsync(which) {
            requireObject(which, "which");
            const id = requireId(which.room, "room");
            const user = which.user === undefined ? undefined : requireId(which.user, "user");
            const room = rooms.room(id);
            if (!room) {
                throw new RtcServerError("notFound", "There is no room with this id.");
            }
            asApp(context, () => {
                room.rules.access.revokeInvitations(user);
                const where = { id, name: room.rules.title };
                context.events?.tell({ type: "moderated", room: where, action: "revokeInvitations", userId: user ?? null });
            });
        },
        // eslint-disable-next-line @typescript-eslint/require-await -- rejects instead of throwing
        async setPrivilegesAsync(change) {
            requireObject(change, "change");
            const { room, user, privileges } = change;
            const id = requireId(room, "room");
            const userId = requireId(user, "user");
            const wish = privileges === null ? null : toPrivileges(privileges, settings.ticks());
            asApp(context, () => requireThere(rooms.rtcRoom(id)).setPrivileges(userId, wish));
        },
    };
}

/** Runs a function whose events have the app as their actor. */
function asApp({ events }: IServerContext, run: () => void): void {
    if (events) {
        events.within("", byApp, run);
    } else {
        run();
    }
}

function moderate({ rooms, settings, events }: IServerContext, id: string, moderation: ModerationAction): void {
    const rtcRoom = rooms.rtcRoom(id);
    if (!rtcRoom && moderation.action === "remove" && moderation.seconds > 0) {
        const { id: userId, ...what } = moderation;
        const room = rooms.room(id);
        const member = { id: userId, name: room?.nameOf(userId) ?? null };
        events?.tell({ type: "moderated", room: { id, name: room?.rules.title ?? null }, ...what, member });
        rooms.ban(id, userId, settings.ticks() + moderation.seconds * 1000);
        return;
    }
    try {
        requireThere(rtcRoom).moderate(moderation);
    } catch (error) {
        throw error instanceof ProtocolError ? new RtcServerError("notFound", error.sentence, { cause: error }) : error;
    }
}

function toModeration(what: AppModeration): ModerationAction {
    if (!moderationActions.includes(what.action)) {
        throw new RtcServerError("invalidOption", `\`action\` must be one of ${moderationActions.join(", ")}.`);
    }
    if (what.action === "muteAll") {
        return { action: what.action };
    }
    const id = requireId(what.user, "user");
    if (what.action !== "remove") {
        return { action: what.action, id };
    }
    const { action, seconds = 0 } = what;
    if (typeof seconds !== "number" || !(seconds >= 0 && seconds <= maxBanSeconds)) {
        throw new RtcServerError("invalidOption", `\`seconds\` must be 0 to ${maxBanSeconds}.`);
    }
    return { action, id, seconds };
}

function requireThere(rtcRoom: IOwnRtcRoom | undefined): IOwnRtcRoom {
    if (!rtcRoom) {
        throw new RtcServerError("notFound", "This room does not exist, or no member is in its RTC room.");
    }
    return rtcRoom;
}

function requireId(value: unknown, option: string): string {
    const line = toLine(value, maxIdLength);
    if (line === undefined || line !== value) {
        throw new RtcServerError(
            "invalidOption",
            `\`${option}\` must be an id: 1 to 128 characters, no control characters, no spaces at its ends.`,
        );
    }
    return line;
}
