import { roomJoinRequest } from "../../../../protocol/schemas.js";
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

/** The option that Colyseus finds a room by. `name` would not do: Colyseus keeps that word for the room type. */
export const keyOption = "babylonRtcKey";
/** The option that tells a room who creates it; empty if nobody may. */
export const visitOption = "babylonRtcVisit";

/** The option that tells a room who that is. */
export const creatorOption = "babylonRtcCreator";

/** Longest wait for the app to say who is whose friend, in milliseconds. */
const maxWaitMs = 10_000;

/** Result of `authenticateMemberAsync` for `onJoin`; passed on as JSON. */
export interface IMemberAuth extends Omit<IVisitor, "password"> {
    readonly key: string;
    /** Id of the room, if it was there. */
    readonly roomId: string | null;
    /** Random; the room that it creates knows it again. */
    readonly visit: string;
    readonly name: string;
    readonly attributes: Record<string, Json>;
    /** Answer of the app's `authorize` on them. */
    readonly vouched: Record<string, Json>;
}

/** Which room somebody wants to enter. */
interface ITarget {
    readonly title: string;
    /** The room, if there is one. */
    readonly room: IOwnRoom | undefined;
    readonly invitation: IInvitation | null;
}

/**
 * Says who wants to enter which room, and whether they may, before Colyseus looks for the room.
 * @param context - what the parts of the server share
 * @param options - what the client sent; its `keyOption` and `visitOption` are set here
 * @param request - the headers and the network address; `user`: who it is, if that is known already
 * @returns what `onJoin` gets; rejects with a `ProtocolError`
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
        throw new ProtocolError("unauthorized", "The server does not know who you are; sign in again.");
    }
    context.events?.identify(user);
    if (asked.user !== undefined && asked.user !== user.id) {
        // A page that was left by one user and opened by another one does not lead into the first one's private room.
        throw new ProtocolError("roomNotFound", "There is no room of that id (any more).");
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
    const attributes = { ...asked.attributes, ...user.attributes };
    return { ...visitor, knows, key, roomId: room?.roomId ?? null, visit, name, attributes, vouched: user.attributes };
}

async function targetOfAsync(context: IServerContext, asked: InferOutput<typeof roomJoinRequest>): Promise<ITarget> {
    if (asked.name !== undefined) {
        const { name: title, private: hidden } = asked;
        // Who wants a private room wants one of their own, whatever others are called.
        return { title, room: hidden ? undefined : context.rooms.roomByTitle(title), invitation: null };
    }
    const invitation = asked.invitation === undefined ? null : await context.invitations.verifyAsync(asked.invitation);
    const room = context.rooms.room(invitation?.room ?? asked.id ?? "");
    if (!room) {
        throw new ProtocolError("roomNotFound", "There is no room of that id (any more).");
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
 * Asks the app.
 * @param settings - the server's
 * @param owner - the owner of a room
 * @param user - who wants to come in
 * @returns whether they are friends; false if the app cannot say
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
