import { maxBanSeconds, maxIdLength, maxInvitationSeconds } from "../../../../protocol/limits.js";
import { ProtocolError } from "../../protocolError.js";
import { isPlainObject } from "../../../../protocol/plainJson.js";
import { TokenBucket } from "../../util/tokenBucket.js";
import { changedProperties, toDescription, toPassword } from "./createOptions.js";
import type { IServerContext } from "../../context.js";
import type { IRoomAsks } from "../../../../protocol/wire.js";
import type { IRate } from "../../util/tokenBucket.js";
import type { RoomRules } from "../roomRules.js";

/** Each change goes to every member, with up to 8 KiB of properties. */
const changeRate: IRate = { perSecond: 10, burst: 30 };

/** A room as what can be asked of it sees it. */
export interface IAskedRoom {
    readonly roomId: string;
    readonly rules: RoomRules;
    hasMember(userId: string): boolean;
    setOwner(userId: string): void;
    putOut(userId: string): void;
    sayChanged(): void;
    destroy(): void;
}

/** Answers one kind of request: gets the id of the member who asks, and any value at all. Throws a `ProtocolError` to refuse. */
export type RoomAnswer = (asker: string, value: unknown) => unknown;

/**
 * @param room - the room
 * @param context - what the parts of the server share
 * @returns what a member can ask of the room, by message type
 */
export function ownerRequests(room: IAskedRoom, context: IServerContext): Readonly<Record<keyof IRoomAsks, RoomAnswer>> {
    const { rules } = room;
    const { access } = rules;
    const changes = new TokenBucket(changeRate, context.settings.now);
    const owned =
        (answer: (value: Record<string, unknown>) => void): RoomAnswer =>
        (asker, value) => {
            requireOwner(room, asker);
            answer(isPlainObject(value) ? value : {});
        };
    /** What everybody is told of, if it changes anything. */
    const changing = (makes: (value: Record<string, unknown>) => (() => void) | null): RoomAnswer =>
        owned((value) => {
            const change = makes(value);
            if (!change) {
                return;
            }
            if (!changes.take()) {
                throw new ProtocolError("rateLimited", `More than ${changeRate.perSecond} changes of a room a second are refused.`);
            }
            change();
            room.sayChanged();
        });
    return {
        lock: changing(({ locked }) => {
            if (typeof locked !== "boolean") {
                throw new ProtocolError("invalidRequest", "`lock` wants `{ locked: boolean }`.");
            }
            return locked === access.locked ? null : () => (access.locked = locked);
        }),
        kick: owned(({ id, seconds }) => {
            const whole = toSeconds(seconds, 0, maxBanSeconds);
            if (id === rules.owner) {
                throw new ProtocolError("invalidRequest", "The owner cannot be put out.");
            }
            const userId = requireMember(room, id);
            context.rooms.ban(room.roomId, userId, context.settings.now() + whole * 1000);
            room.putOut(userId);
        }),
        owner: owned(({ id }) => {
            const userId = requireMember(room, id);
            if (userId !== rules.owner) {
                room.setOwner(userId);
            }
        }),
        describe: changing(({ description }) => {
            const text = toDescription(description);
            return text === rules.description ? null : () => (rules.description = text);
        }),
        properties: changing((value) => {
            const after = changedProperties(rules.properties, value.changes);
            return JSON.stringify(after) === JSON.stringify(rules.properties) ? null : () => (rules.properties = after);
        }),
        password: changing(({ password }) => {
            const text = password === null ? null : toPassword(password);
            return text === null && !access.hasPassword ? null : () => access.setPassword(text);
        }),
        invite: async (asker, value) => {
            if (access.policy !== "everyone" || access.locked) {
                requireOwner(room, asker);
            }
            const { seconds, userId } = isPlainObject(value) ? value : {};
            const whole = toSeconds(seconds, 1, maxInvitationSeconds);
            if (userId !== undefined && (typeof userId !== "string" || userId === "" || userId.length > maxIdLength)) {
                throw new ProtocolError("invalidRequest", "`userId` is a user's id.");
            }
            return await context.invitations.signAsync({ room: room.roomId, by: asker, userId: userId ?? null }, whole);
        },
        // A moment later, so that the answer still comes.
        destroy: owned(() => void setImmediate(() => room.destroy())),
    };
}

function requireOwner(room: IAskedRoom, asker: string): void {
    if (asker !== room.rules.owner) {
        throw new ProtocolError("notAllowed", "Only the owner of the room may do this.");
    }
}

function requireMember(room: IAskedRoom, id: unknown): string {
    if (typeof id !== "string") {
        throw new ProtocolError("invalidRequest", "`id` is a member's id.");
    }
    if (!room.hasMember(id)) {
        throw new ProtocolError("memberNotFound", "Nobody of that id is in the room.");
    }
    return id;
}

function toSeconds(value: unknown, min: number, max: number): number {
    if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max) {
        throw new ProtocolError("invalidRequest", `\`seconds\` is a whole number from ${min} to ${max}.`);
    }
    return value;
}
