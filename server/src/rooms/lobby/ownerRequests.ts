import { maxGuestBanSeconds } from "../../../../protocol/limits.js";
import { roomAsks } from "../../../../protocol/schemas.js";
import { ProtocolError, parse } from "../../protocolError.js";
import { TokenBucket } from "../../util/tokenBucket.js";
import { changedProperties } from "./createOptions.js";
import type { Schema } from "../../../../protocol/schemas.js";
import type { InferOutput } from "valibot";
import type { IRoomAsks } from "../../../../protocol/wire.js";
import type { IServerContext } from "../../context.js";
import type { IRate } from "../../util/tokenBucket.js";
import type { IServerEventRoom, IServerEventUser, ServerEventModeration } from "../../serverEvents.js";
import type { RoomRules } from "../roomRules.js";

/** Rate limit for changes of a room, because each change is sent to every member, with up to 8 KiB of properties. */
const changeRate: IRate = { perSecond: 10, burst: 30 };

/** Changes that a member makes to their own entry. */
export type SelfChanges = InferOutput<typeof roomAsks.self>;

/** The part of a room that its request handlers use. */
export interface IAskedRoom {
    readonly roomId: string;
    readonly rules: RoomRules;
    readonly ownerIsGuest: boolean;
    hasMember(userId: string): boolean;
    nameOf(userId: string): string | undefined;
    setOwner(userId: string): void;
    putOut(userId: string): void;
    sayChanged(): void;
    destroy(): void;
    changeSelfAsync(userId: string, changes: SelfChanges): Promise<IRoomAsks["self"][1]>;
}

/** Request handler. Gets the id of the requesting member, and a value of any type. Throws a `ProtocolError` to refuse. */
export type RoomAnswer = (asker: string, value: unknown) => unknown;

/**
 * @param room - the room
 * @param context - shared parts of the server
 * @returns handlers of the requests that members can send to the room, by message type
 */
export function ownerRequests(room: IAskedRoom, context: IServerContext): Readonly<Record<keyof IRoomAsks, RoomAnswer>> {
    const { rules } = room;
    const { access } = rules;
    const { events } = context;
    const changes = new TokenBucket(changeRate, context.settings.ticks);
    const tell = events && ((what: ServerEventModeration): void => events.tell({ type: "moderated", room: eventRoomOf(room), ...what }));
    const owned =
        <Value>(schema: Schema<Value>, answer: (value: Value) => void): RoomAnswer =>
        (asker, value) => {
            requireOwner(room, asker);
            answer(parse(schema, value));
        };
    /** Creates a handler for a change by the owner. All members are told of the change. `makes` returns null if there is nothing to change. */
    const changing = <Value>(
        schema: Schema<Value>,
        makes: (value: Value) => (() => void) | null,
        toEvent: (value: Value) => ServerEventModeration,
    ): RoomAnswer =>
        owned(schema, (value) => {
            const change = makes(value);
            if (!change) {
                return;
            }
            if (!changes.take()) {
                throw new ProtocolError("rateLimited", `You made more than ${changeRate.perSecond} changes of the room per second.`);
            }
            change();
            room.sayChanged();
            tell?.(toEvent(value));
        });
    return {
        lock: changing(
            roomAsks.lock,
            ({ locked }) => (locked === access.locked ? null : () => (access.locked = locked)),
            ({ locked }) => ({ action: "lock", locked }),
        ),
        kick: owned(roomAsks.kick, ({ id, seconds: wanted }) => {
            const seconds = room.ownerIsGuest ? Math.min(wanted, maxGuestBanSeconds) : wanted;
            if (id === rules.owner) {
                throw new ProtocolError("invalidRequest", "The owner cannot be removed.");
            }
            requireMember(room, id);
            tell?.({ action: "kick", member: userOf(room, id), seconds });
            context.rooms.ban(room.roomId, id, context.settings.ticks() + seconds * 1000);
            room.putOut(id);
        }),
        owner: owned(roomAsks.owner, ({ id }) => {
            requireMember(room, id);
            if (id !== rules.owner) {
                tell?.({ action: "setOwner", member: userOf(room, id) });
                room.setOwner(id);
            }
        }),
        describe: changing(
            roomAsks.describe,
            ({ description }) => (description === rules.description ? null : () => (rules.description = description)),
            ({ description }) => ({ action: "describe", description }),
        ),
        properties: changing(
            roomAsks.properties,
            (value) => {
                const after = changedProperties(rules.properties, value.changes);
                return JSON.stringify(after) === JSON.stringify(rules.properties) ? null : () => (rules.properties = after);
            },
            () => ({ action: "setProperties", properties: rules.properties }),
        ),
        password: changing(
            roomAsks.password,
            ({ password }) => (password === null && !access.hasPassword ? null : () => access.setPassword(password)),
            () => ({ action: "setPassword", hasPassword: access.hasPassword }),
        ),
        invite: async (asker, value) => {
            if (access.policy !== "everyone" || access.locked) {
                requireOwner(room, asker);
            }
            const { seconds, userId } = parse(roomAsks.invite, value);
            const mark = access.markInvitation();
            const invitation = await context.invitations.signAsync(
                { room: room.roomId, by: asker, userId: userId ?? null, ...mark },
                seconds,
            );
            tell?.({ action: "invite", userId: userId ?? null, seconds });
            return invitation;
        },
        revoke: (asker, value) => {
            const { by = asker === rules.owner ? undefined : asker } = parse(roomAsks.revoke, value);
            if (by !== asker) {
                requireOwner(room, asker);
            }
            access.revokeInvitations(by);
            tell?.({ action: "revokeInvitations", userId: by ?? null });
        },
        // Deferred, so that the answer is still sent.
        destroy: owned(roomAsks.destroy, () => {
            tell?.({ action: "destroy" });
            setImmediate(() => room.destroy());
        }),
        self: async (asker, value) => await room.changeSelfAsync(asker, parse(roomAsks.self, value)),
    };
}

function eventRoomOf({ roomId, rules }: IAskedRoom): IServerEventRoom {
    return { id: roomId, name: rules.title };
}

function userOf(room: IAskedRoom, id: string): IServerEventUser {
    return { id, name: room.nameOf(id) ?? null };
}

function requireOwner(room: IAskedRoom, asker: string): void {
    if (room.rules.ownerless) {
        throw new ProtocolError("notAllowed", "This room has no owner. Create your own room with another name.");
    }
    if (asker !== room.rules.owner) {
        throw new ProtocolError("notAllowed", "Only the owner of the room may do this.");
    }
}

function requireMember(room: IAskedRoom, id: string): void {
    if (!room.hasMember(id)) {
        throw new ProtocolError("memberNotFound", "No member with this id is in the room.");
    }
}
