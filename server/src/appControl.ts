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

/** Action of the app in an RTC room. `room`: the room's id; `user`: a user's id. */
export type AppModeration =
    /** Nobody hears that member, and they cannot unmute themselves. */
    | { readonly room: string; readonly user: string; readonly action: "mute" }
    /** The same for everybody there but moderators. */
    | { readonly room: string; readonly action: "muteAll" }
    /** Takes such a mute back; the member decides when they speak again. */
    | { readonly room: string; readonly user: string; readonly action: "inviteToUnmute" }
    /** Puts a user out, and keeps them out of room and voice for so many seconds: 0 to 86400; default: 0 = out of the voice alone, and they may come back at once. */
    | { readonly room: string; readonly user: string; readonly action: "remove"; readonly seconds?: number };

/** Privileges that the app gives a user in an RTC room. */
export interface IPrivilegeChange {
    /** The room's id. */
    readonly room: string;
    /** The user's id. */
    readonly user: string;
    /** Privileges, without end or each for so many seconds (1 to 86400); null = those of their grants. */
    readonly privileges: PrivilegeWish | null;
}

/** Actions that an app's backend may take at any time. */
export interface IAppControl {
    /**
     * Moderates an RTC room in the name of the app.
     * @param what - where, whom, what
     * @returns a promise that rejects with an `RtcServerError`: `invalidOption`, or `notFound` if there is no such RTC room or member. Keeping
     * somebody out works without either, where seconds are given.
     */
    moderateAsync(what: AppModeration): Promise<void>;
    /**
     * Takes invitations into one of our rooms back.
     * @param which - `room`: the room's id; `user`: id of the member who has made them. Default: all of the room's.
     * @returns a promise that rejects with an `RtcServerError`: `invalidOption`, or `notFound` if there is no such room
     */
    revokeInvitationsAsync(which: { readonly room: string; readonly user?: string }): Promise<void>;
    /**
     * Says what a user may do in an RTC room from now on, whatever their grants (newer ones, too) say, until it is said anew or the RTC room is
     * empty. It shows at once: whoever may not publish any more is silent for everybody.
     * @param change - where, whom, what
     * @returns a promise that rejects with an `RtcServerError`: `invalidOption`, or `notFound` if there is no such RTC room
     */
    setPrivilegesAsync(change: IPrivilegeChange): Promise<void>;
}

/**
 * @param context - what the parts of the server share
 * @returns what the app may do
 */
export function createAppControl(context: IServerContext): IAppControl {
    const { rooms, settings } = context;
    return {
        // Promises, since a room may one day live in another process.
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
                throw new RtcServerError("notFound", "There is no such room now.");
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

/** Does something that is told as the app's doing. */
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
        throw new RtcServerError("invalidOption", `\`action\` is one of ${moderationActions.join(", ")}.`);
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
        throw new RtcServerError("invalidOption", `\`seconds\` is 0 to ${maxBanSeconds}.`);
    }
    return { action, id, seconds };
}

function requireThere(rtcRoom: IOwnRtcRoom | undefined): IOwnRtcRoom {
    if (!rtcRoom) {
        throw new RtcServerError("notFound", "Nobody is in the voice of that room now, or there is no such room.");
    }
    return rtcRoom;
}

function requireId(value: unknown, option: string): string {
    const line = toLine(value, maxIdLength);
    if (line === undefined || line !== value) {
        throw new RtcServerError("invalidOption", `\`${option}\` is an id of 1 to 128 characters.`);
    }
    return line;
}
