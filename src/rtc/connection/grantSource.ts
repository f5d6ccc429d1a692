import { RtcError } from "../../errors/rtcError.js";
import type { IGrantReply } from "../../../protocol/wire.js";
import { orAbortedAsync } from "../../interop/abortable.js";
import { postAsync } from "../../interop/serverApi.js";
import type { IRoomMember } from "../../room/room.js";
import type { ServerEntrance } from "../../room/serverEntrance.js";
import type { ServerIdentity } from "../../room/serverIdentity.js";
import type { IVoiceGrant } from "../../transport/voiceTransport.js";

/** Whose grant, and for which room. */
export interface IGrantRequest {
    /** The room's id. */
    readonly room: string;
    /** The local member. */
    readonly user: IRoomMember;
}

/**
 * Gets the right to enter an RTC room, from our server or from the app's own backend (which calls `issueGrantAsync`).
 * A string is taken as the grant's token.
 */
export type GrantSource = (request: IGrantRequest, signal: AbortSignal) => Promise<IVoiceGrant | string>;

/**
 * Grants from our server: the one that came along with the room, and then those of the token endpoint.
 * @param server - the server's address, without a slash at the end
 * @param identity - proves who asks
 * @param entrance - where the room came from
 * @returns a source that rejects with an `RtcError`
 */
export function serverGrants(server: string, identity: ServerIdentity, entrance: Pick<ServerEntrance, "takeGrant">): GrantSource {
    return async ({ room }, signal) => {
        const grant = entrance.takeGrant(room);
        if (grant) {
            return grant;
        }
        return identity.useAsync((bearer) => postAsync<IGrantReply>(server, "/token", { room }, { bearer, signal }), signal);
    };
}

/** Not more often than that, however short a grant is, in milliseconds. */
const shortestRenewalMs = 500;

/** The server has just signed the grant, so if it seems to have ended, the two clocks disagree, and all we can do is ask now and then. In milliseconds. */
const blindRenewalMs = 60_000;

/** The longest that a timer can wait; longer ones fire at once. In milliseconds. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * When to ask for the next grant: 30 s before the end (PICO's notice), or a third of the whole time before it if that is less. Pure.
 * @param expiresAt - when a grant that was just given ends, in milliseconds since the epoch
 * @param now - the local clock
 * @returns milliseconds from now
 */
export function renewalDelayMs(expiresAt: number, now: number): number {
    const left = expiresAt - now;
    if (!(left > 0)) {
        return blindRenewalMs;
    }
    return Math.min(longestTimerMs, Math.max(shortestRenewalMs, left - Math.min(30_000, left / 3)));
}

/**
 * Asks the source, and brings its answer and its failures into one form.
 * @param source - where grants come from
 * @param request - whose grant
 * @param signal - cancels
 * @returns the grant; rejects with an `RtcError`
 */
export async function grantFromAsync(source: GrantSource, request: IGrantRequest, signal: AbortSignal): Promise<IVoiceGrant> {
    try {
        const grant = await orAbortedAsync(source(request, signal), signal);
        return typeof grant === "string" ? { token: grant } : grant;
    } catch (error) {
        throw RtcError.From(error, "unauthorized", "The `token` function failed, so there is no right to enter the RTC room.");
    }
}
