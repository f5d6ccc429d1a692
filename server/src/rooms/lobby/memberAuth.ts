import { roomClientMessages, roomJoinRequest } from "../../../../protocol/schemas.js";
import { describe } from "../../log.js";
import { ProtocolError, parse } from "../../protocolError.js";
import { randomId } from "../../util/random.js";
import { withTimeoutAsync } from "../../util/withTimeout.js";
import { admit } from "./admission.js";
import { requirePossible, toCreateOptions } from "./createOptions.js";
import type { InferOutput } from "valibot";
import type { Json } from "../../../../protocol/plainJson.js";
import type { IPersonOfRoom } from "../../config/serverOptions.js";
import type { ISettings } from "../../config/settings.js";
import type { IServerContext } from "../../context.js";
import type { IKnownUser } from "../../tokens/identities.js";
import type { IInvitation } from "../../tokens/invitations.js";
import type { IOwnRoom } from "../roomDirectory.js";
import type { IVisitor } from "./roomAccess.js";

/** Join option by which Colyseus finds a room. It cannot be `name`, which Colyseus reserves for the room type. */
export const keyOption = "babylonRtcKey";
/** Join option with the id of the join, by which a new room recognizes its creator; empty if the join must not create a room. */
export const visitOption = "babylonRtcVisit";

/** Join option with the id of the joining user, who becomes the creator if the join creates the room. */
export const creatorOption = "babylonRtcCreator";

/** Timeout for the app's `isFriend`, in milliseconds. */
const maxWaitMs = 10_000;

/** Result of `authenticateMemberAsync`, and argument of `onJoin`. Passed as JSON. */
export interface IMemberAuth extends Omit<IVisitor, "password"> {
    readonly key: string;
    /** Id of the room; null = the room does not exist yet. */
    readonly roomId: string | null;
    /** Random id of this join, see `visitOption`. */
    readonly visit: string;
    readonly name: string;
    readonly attributes: Record<string, Json>;
    /** Attributes from the app's `authorize`. */
    readonly vouched: Record<string, Json>;
}

/** Room that a client wants to join. */
interface ITarget {
    readonly title: string;
    /** The room; undefined if it does not exist yet. */
    readonly room: IOwnRoom | undefined;
    readonly invitation: IInvitation | null;
}

/**
 * Authenticates a client that wants to join a room and checks its access, before Colyseus searches for the room.
 * @param context - shared parts of the server
 * @param options - join options, as the client sent them; `keyOption`, `visitOption` and `creatorOption` are set here
 * @param request - headers and network address; `user`: the user, if already authenticated. Default: the user of `options.identity`.
 * @returns argument of `onJoin`; rejects with a `ProtocolError`
 */
export async function authenticateMemberAsync(
    context: IServerContext,
    options: unknown,
    request: { readonly headers: () => Headers; readonly address: string; readonly user?: IKnownUser },
): Promise<IMemberAuth> {
    context.lifecycle.requireOpen();
    const asked = parse(roomJoinRequest, options);
    context.events?.want(asked.id, asked.name);
    const { title, room, invitation } = await targetOfAsync(context, asked);
    context.events?.want(room?.roomId, title);
    const byName = asked.name !== undefined;
    const plan = byName ? toCreateOptions(asked, context.settings) : null;
    if (plan && !room) {
        requirePossible(plan, context.settings);
    }
    const wanted = byName ? { name: title } : { name: title, ...(room && { id: room.roomId }) };
    const user =
        request.user ?? (await context.identities.recogniseAsync({ credential: asked.identity, room: wanted, headersOf: request.headers }));
    if (!user) {
        throw new ProtocolError("unauthorized", "The server does not know you. Sign in again.");
    }
    context.events?.identify(user);
    if (asked.user !== undefined && asked.user !== user.id) {
        // A page may remember a private room for its former user. Another user must not get into that room.
        throw new ProtocolError("roomNotFound", "There is no room with this id.");
    }
    const { name, isGuest } = user;
    const visitor = {
        id: user.id,
        isGuest,
        address: request.address,
        invitation,
        friendOf: await friendOfAsync(context, room, user, invitation),
    };
    const knows = room ? admit(context, room, { ...visitor, password: asked.password, knows: null }) : null;
    const key = room?.rules.key ?? (plan?.hidden ? `private ${randomId()}` : `public ${title}`);
    const visit = randomId();
    Object.assign(options as object, { [keyOption]: key, [visitOption]: byName ? visit : "", [creatorOption]: user.id });
    const attributes = parse(roomClientMessages.attributes, { ...asked.attributes, ...user.attributes });
    return { ...visitor, knows, key, roomId: room?.roomId ?? null, visit, name, attributes, vouched: user.attributes };
}

async function targetOfAsync(context: IServerContext, asked: InferOutput<typeof roomJoinRequest>): Promise<ITarget> {
    if (asked.name !== undefined) {
        const { name: title, private: hidden } = asked;
        // A join by name with `private` asks for a new room, even if another room has the same name.
        return { title, room: hidden ? undefined : context.rooms.roomByTitle(title), invitation: null };
    }
    const invitation = asked.invitation === undefined ? null : await context.invitations.verifyAsync(asked.invitation);
    const room = context.rooms.room(invitation?.room ?? asked.id ?? "");
    if (!room) {
        throw new ProtocolError("roomNotFound", "There is no room with this id.");
    }
    return { title: room.rules.title, room, invitation };
}

async function friendOfAsync(
    context: IServerContext,
    room: IOwnRoom | undefined,
    user: IKnownUser,
    invitation: IInvitation | null,
): Promise<string | null> {
    if (room?.rules.access.policy !== "friends" || invitation || room.hasMember(user.id)) {
        return null;
    }
    const { owner } = room;
    return (await isFriendAsync(context.settings, owner, { id: user.id, name: user.name })) ? owner.id : null;
}

/**
 * Calls the app's `isFriend`.
 * @param settings - settings of the server
 * @param owner - owner of a room
 * @param user - user who wants to join
 * @returns true if they are friends; false if the call fails or times out
 */
async function isFriendAsync(settings: ISettings, owner: IPersonOfRoom, user: IPersonOfRoom): Promise<boolean> {
    try {
        const answer: unknown = await withTimeoutAsync(Promise.resolve(settings.isFriend?.({ owner, user })), maxWaitMs);
        return answer === true;
    } catch (error) {
        settings.log("error", `isFriend failed: ${describe(error)}`);
        return false;
    }
}
