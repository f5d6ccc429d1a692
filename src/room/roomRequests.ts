import { daySeconds, maxBanSeconds, maxInvitationSeconds, maxRoomsPerPage } from "../../protocol/limits.js";
import type { IRoomAsks, IRoomJoinRequest, IRoomListRequest } from "../../protocol/wire.js";
import { checkOptions } from "../errors/checkOptions.js";
import { RtcError } from "../errors/rtcError.js";
import { checkedDescription, checkedId, checkedJson, checkedPassword, checkedProperties, checkedSeconds, guestName } from "./roomChecks.js";
import type { IRoomJoinOptions, ISelfChanges } from "./roomService.js";

const policies: readonly unknown[] = ["everyone", "friends", "invited"];

/**
 * @param options - options of a join
 * @returns the room options of the request; absent options are left out. Throws `invalidArgument`.
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
        throw new RtcError("invalidArgument", `\`policy\` cannot be ${JSON.stringify(policy)}; use ${policies.join(", ")}.`);
    }
    checkOptions({ maxMembers }, "maxMembers=1..");
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
 * @param options - options with a password, or without one
 * @returns the password part of the request, empty without a password; throws `invalidArgument`
 */
export function passwordOf({ password }: { readonly password?: string | undefined }): { password?: string } {
    return password === undefined ? {} : { password: checkedPassword(password) };
}

/**
 * @param options - page of the list
 * @returns the request; throws `invalidArgument`
 */
export function listRequest({ cursor, limit }: { readonly cursor?: string; readonly limit?: number }): IRoomListRequest {
    if (limit !== undefined && (!Number.isInteger(limit) || limit < 1 || limit > maxRoomsPerPage)) {
        throw new RtcError("invalidArgument", `\`limit\` must be an integer from 1 to ${maxRoomsPerPage}, not ${limit}.`);
    }
    return { ...(cursor !== undefined && { cursor: checkedId(cursor, "A cursor") }), ...(limit !== undefined && { limit }) };
}

/**
 * @param changes - changes to the local member's own name and attributes
 * @returns the request; throws `invalidArgument`
 */
export function selfRequest(changes: ISelfChanges): IRoomAsks["self"][0] {
    // Untyped code may pass anything.
    const given = changes as ISelfChanges | null | undefined;
    if (typeof given !== "object" || given === null) {
        throw new RtcError("invalidArgument", "The changes must be an object: `{ name, attributes }`.");
    }
    const { name, attributes } = given;
    return {
        ...(name !== undefined && { name: guestName(name) }),
        ...(attributes !== undefined && { attributes: checkedJson(attributes, "The attributes") }),
    };
}

/**
 * @param error - reason why the server refused a change of the local member's name or attributes
 * @returns the error; `notAllowed` gets a message for users whose name comes from the app's sign-in
 */
export function selfError(error: unknown): unknown {
    return error instanceof RtcError && error.code === "notAllowed"
        ? new RtcError("notAllowed", "Your name comes from your account. Change it there, and enter the room again.", { cause: error })
        : error;
}

/**
 * @param locked - true = lock the room for new members
 * @returns the request; throws `invalidArgument`
 */
export function lockRequest(locked: boolean): IRoomAsks["lock"][0] {
    // Untyped code may pass anything.
    const given: unknown = locked;
    if (typeof given !== "boolean") {
        throw new RtcError("invalidArgument", "`locked` must be true or false.");
    }
    return { locked };
}

/**
 * @param memberId - member to remove
 * @param options - `seconds`: duration of the ban. Default: 0.
 * @returns the request; throws `invalidArgument`
 */
export function kickRequest(memberId: string, options: { readonly seconds?: number }): IRoomAsks["kick"][0] {
    const seconds = checkedSeconds(options.seconds ?? 0, 0, maxBanSeconds);
    return { id: checkedId(memberId, "A member's id"), seconds };
}

/**
 * @param options - `seconds`: validity of the invitation, default: a day; `userId`: the only user who can use it, default: any user
 * @returns the request; throws `invalidArgument`
 */
export function inviteRequest(options: { readonly seconds?: number; readonly userId?: string }): IRoomAsks["invite"][0] {
    const seconds = checkedSeconds(options.seconds ?? daySeconds, 1, maxInvitationSeconds);
    return { seconds, ...(options.userId !== undefined && { userId: checkedId(options.userId, "A user's id") }) };
}

/**
 * @param options - `by`: id of the member who created the invitations. Default: left out, so that the server decides.
 * @returns the request; throws `invalidArgument`
 */
export function revokeRequest({ by }: { readonly by?: string }): IRoomAsks["revoke"][0] {
    return by === undefined ? {} : { by: checkedId(by, "A member's id") };
}

/**
 * @param error - reason why the server refused an invitation
 * @returns the error; a code about invitations gets a message for users who followed one
 */
export function invitationError(error: unknown): unknown {
    if (!(error instanceof RtcError)) {
        return error;
    }
    switch (error.code) {
        case "tokenExpired":
            return new RtcError("tokenExpired", "This invitation expired. Ask for a new one.", { cause: error });
        case "tokenInvalid":
            return new RtcError("tokenInvalid", "This invitation is not valid. Copy the whole link, or ask for a new one.", {
                cause: error,
            });
        default:
            return error;
    }
}
