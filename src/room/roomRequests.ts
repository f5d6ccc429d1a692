import { daySeconds, maxBanSeconds, maxInvitationSeconds, maxRoomsPerPage } from "../../protocol/limits.js";
import type { IRoomAsks, IRoomJoinRequest, IRoomListRequest } from "../../protocol/wire.js";
import { RtcError } from "../errors/rtcError.js";
import { checkedDescription, checkedId, checkedJson, checkedPassword, checkedProperties, checkedSeconds, guestName } from "./roomChecks.js";
import type { IRoomJoinOptions, ISelfChanges } from "./roomService.js";

const policies: readonly unknown[] = ["everyone", "friends", "invited"];

/**
 * @param options - what the app wants of a room
 * @returns the same for the server, without what is left out; throws `invalidArgument`
 */
export function creationOf({
    password,
    maxMembers,
    private: hidden,
    policy,
    description,
    properties,
}: IRoomJoinOptions): Partial<IRoomJoinRequest> {
    if (policy !== undefined && !policies.includes(policy)) {
        throw new RtcError("invalidArgument", `\`policy\` is one of ${policies.join(", ")}, not ${JSON.stringify(policy)}.`);
    }
    return {
        ...passwordOf({ password }),
        ...(maxMembers !== undefined && { maxMembers }),
        ...(hidden !== undefined && { private: hidden }),
        ...(policy !== undefined && { policy }),
        ...(description !== undefined && { description: checkedDescription(description) }),
        ...(properties !== undefined && { properties: checkedProperties(properties) }),
    };
}

/**
 * @param options - what the app knows of a room's password
 * @returns the same for the server, without what is left out; throws `invalidArgument`
 */
export function passwordOf({ password }: { readonly password?: string | undefined }): { password?: string } {
    return password === undefined ? {} : { password: checkedPassword(password) };
}

/**
 * @param options - which page
 * @returns the same for the server; throws `invalidArgument`
 */
export function listRequest({ cursor, limit }: { readonly cursor?: string; readonly limit?: number }): IRoomListRequest {
    if (limit !== undefined && (!Number.isInteger(limit) || limit < 1 || limit > maxRoomsPerPage)) {
        throw new RtcError("invalidArgument", `\`limit\` is a whole number from 1 to ${maxRoomsPerPage}, not ${limit}.`);
    }
    return { ...(cursor !== undefined && { cursor: checkedId(cursor, "A cursor") }), ...(limit !== undefined && { limit }) };
}

/**
 * @param changes - what a member changes of themselves
 * @returns the same for the server; throws `invalidArgument`
 */
export function selfRequest(changes: ISelfChanges): IRoomAsks["self"][0] {
    // Code without types can pass anything.
    const given = changes as ISelfChanges | null | undefined;
    if (typeof given !== "object" || given === null) {
        throw new RtcError("invalidArgument", "What one changes of oneself is an object: `{ name, attributes }`.");
    }
    const { name, attributes } = given;
    return {
        ...(name !== undefined && { name: guestName(name) }),
        ...(attributes !== undefined && { attributes: checkedJson(attributes, "The attributes") }),
    };
}

/**
 * @param error - why somebody who changes themselves was refused
 * @returns the same error, with a sentence for who has a name from elsewhere
 */
export function selfError(error: unknown): unknown {
    return error instanceof RtcError && error.code === "notAllowed"
        ? new RtcError("notAllowed", "Your name comes from your account. Change it there, and enter the room again.", { cause: error })
        : error;
}

/**
 * @param locked - whether nobody new comes in
 * @returns the same for the server; throws `invalidArgument`
 */
export function lockRequest(locked: boolean): IRoomAsks["lock"][0] {
    // Code without types can pass anything.
    const given: unknown = locked;
    if (typeof given !== "boolean") {
        throw new RtcError("invalidArgument", "A room is locked (true) or not (false).");
    }
    return { locked };
}

/**
 * @param memberId - who is put out
 * @param options - `seconds`: how long they may not come back. Default: 0.
 * @returns the same for the server; throws `invalidArgument`
 */
export function kickRequest(memberId: string, options: { readonly seconds?: number }): IRoomAsks["kick"][0] {
    const seconds = checkedSeconds(options.seconds ?? 0, 0, maxBanSeconds);
    return { id: checkedId(memberId, "A member's id"), seconds };
}

/**
 * @param options - `seconds`: how long the invitation holds, default: a day; `userId`: whom it is for, default: whoever has it
 * @returns the same for the server; throws `invalidArgument`
 */
export function inviteRequest(options: { readonly seconds?: number; readonly userId?: string }): IRoomAsks["invite"][0] {
    const seconds = checkedSeconds(options.seconds ?? daySeconds, 1, maxInvitationSeconds);
    return { seconds, ...(options.userId !== undefined && { userId: checkedId(options.userId, "A user's id") }) };
}

/**
 * @param options - `by`: who has made the invitations
 * @returns the same for the server; throws `invalidArgument`
 */
export function revokeRequest({ by }: { readonly by?: string }): IRoomAsks["revoke"][0] {
    return by === undefined ? {} : { by: checkedId(by, "A member's id") };
}

/**
 * @param error - why somebody with an invitation was refused
 * @returns the same error, with a sentence for who has an invitation
 */
export function invitationError(error: unknown): unknown {
    if (!(error instanceof RtcError)) {
        return error;
    }
    switch (error.code) {
        case "tokenExpired":
            return new RtcError("tokenExpired", "The invitation has ended. Ask for a new one.", { cause: error });
        case "tokenInvalid":
            return new RtcError("tokenInvalid", "This is no invitation of this server. Copy the whole link, or ask for a new one.", {
                cause: error,
            });
        case "notInvited":
            return new RtcError("notInvited", "The invitation is for somebody else, or who sent it was put out of the room.", {
                cause: error,
            });
        default:
            return error;
    }
}
