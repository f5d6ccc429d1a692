import type { Observable } from "rxjs";
import { areIceServers, iceServersWanted } from "../../../protocol/iceServers.js";
import { errorRow } from "../../errors/errorTable.js";
import { RtcError } from "../../errors/rtcError.js";
import type { IGrantReply } from "../../../protocol/wire.js";
import { orAbortedAsync } from "../../interop/abortable.js";
import { jwtClaims } from "../../interop/jwtClaims.js";
import { postAsync } from "../../interop/serverApi.js";
import type { IRoomMember } from "../../room/room.js";
import type { ServerEntrance } from "../../room/serverEntrance.js";
import { isForbidden } from "../../room/serverIdentity.js";
import type { ServerIdentity } from "../../room/serverIdentity.js";
import type { IVoiceGrant } from "../../transport/voiceTransport.js";

/** Request for a grant: the room and the member. */
export interface IGrantRequest {
    /** The room's id. */
    readonly room: string;
    /** The local member. */
    readonly user: IRoomMember;
}

/**
 * Gets a grant for an RTC room, from our server or from the app's own backend (which calls `issueGrantAsync`).
 * If the result is a string, it is used as the token of the grant.
 */
export type GrantSource = (request: IGrantRequest, signal: AbortSignal) => Promise<IVoiceGrant | string>;

/** Early entrances by grant source, for sources that were created with an early entrance. */
const entrances = new WeakMap<GrantSource, IEarlyEntrance>();

/** Source of the grant that came with a reserved seat, so that the RTC room can be entered while its room is still being entered. */
export type IEarlyEntrance = Pick<ServerEntrance, "takeGrant"> & {
    /** Id of the room whose RTC room can be entered early; null = none. Replays. */
    readonly held$: Observable<string | null>;
};

/**
 * @param source - a source of grants
 * @returns the source of the grant that came with a reserved seat; null = none
 */
export function earlyEntranceOf(source: GrantSource): IEarlyEntrance | null {
    return entrances.get(source) ?? null;
}

/**
 * Creates a source of grants from our server: first the grant that came with the reserved seat, then grants of the token endpoint.
 * @param server - URL of the server, without a trailing slash
 * @param identity - authenticates the local user
 * @param entrance - source of the grant that came with a reserved seat
 * @param rooms - `ours` = rooms of our server, `apps` = the app's own rooms. Default: `apps`.
 * @returns a source that rejects with an `RtcError`
 */
export function serverGrants(
    server: string,
    identity: ServerIdentity,
    entrance: IEarlyEntrance,
    rooms: "ours" | "apps" = "apps",
): GrantSource {
    const source: GrantSource = async ({ room }, signal) => {
        const grant = entrance.takeGrant(room);
        if (grant) {
            return grant;
        }
        try {
            return await identity.useAsync((bearer) => postAsync<IGrantReply>(server, "/token", { room }, { bearer, signal }), signal);
        } catch (error) {
            throw rooms === "ours" && isOutOfRoom(error) ? outOfRoom(error) : error;
        }
    };
    entrances.set(source, entrance);
    return source;
}

/** True if the server refused the grant because this user is no longer in the room, for example after a frozen page lost both sockets. */
function isOutOfRoom(error: unknown): boolean {
    return error instanceof RtcError && error.code === "unauthorized" && isForbidden(error);
}

/** Error after which the client retries. The retries stop when the room's own connection is reported as lost. */
function outOfRoom(cause: unknown): RtcError {
    return new RtcError("serverUnreachable", "The server removed us from the room, because the connection was lost. Enter again.", {
        cause,
    });
}

/** Minimum delay before a renewal, in milliseconds. */
const shortestRenewalMs = 500;

/**
 * Delay before the renewal of a grant that seems to have expired already, in milliseconds. Such a grant was signed a moment ago, so the
 * server's clock and ours differ, and the real expiry is unknown.
 */
const blindRenewalMs = 60_000;

/** Maximum delay of a timer, in milliseconds. Longer timers fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Computes the delay before the next renewal. The renewal is 30 s before the expiry, or when a third of the validity is left, whichever is later.
 * PICO's RTC service also announces the expiry 30 s before it. Pure.
 * @param end - expiry of a newly issued grant, in milliseconds by any clock
 * @param now - current time, by the same clock
 * @returns delay in milliseconds, at least 500; one minute if the grant seems to have expired
 */
export function renewalDelayMs(end: number, now: number): number {
    const left = end - now;
    if (!(left > 0)) {
        return blindRenewalMs;
    }
    return Math.min(longestTimerMs, Math.max(shortestRenewalMs, left - Math.min(30_000, left / 3)));
}

/**
 * Time of the first request for each grant, in milliseconds by `performance.now()`. If a source returns the same object again, the age of the grant
 * still counts from the first request.
 */
const askedAt = new WeakMap<IVoiceGrant, number>();

/**
 * Computes the expiry of a grant. Avoids the local wall clock if possible: that clock may be wrong by days, and may jump.
 * @param grant - result of `grantFromAsync`
 * @returns milliseconds by `performance.now()`; undefined if unknown
 */
export function endOfGrant(grant: IVoiceGrant): number | undefined {
    const { token, expiresAt, expiresInMs } = grant;
    const begin = askedAt.get(grant) ?? performance.now();
    if (expiresInMs !== undefined || expiresAt === undefined) {
        return expiresInMs && begin + expiresInMs;
    }
    // Reached with an older server, or a backend that passes on only `expiresAt`. `iat` and `expiresAt` use the signer's clock; `iat` is in seconds.
    const { iat } = jwtClaims(token);
    return begin + expiresAt - (typeof iat === "number" ? iat * 1000 : Date.now());
}

/**
 * Requests a grant from the source, and normalizes its result and its errors.
 * @param source - source of grants
 * @param request - room and member
 * @param signal - cancels
 * @returns the grant; rejects with an `RtcError`
 */
export async function grantFromAsync(source: GrantSource, request: IGrantRequest, signal: AbortSignal): Promise<IVoiceGrant> {
    const begin = performance.now();
    let grant: IVoiceGrant | string;
    try {
        grant = await orAbortedAsync(Promise.resolve(source(request, signal)), signal);
    } catch (error) {
        const failure = RtcError.From(
            error,
            "unauthorized",
            "The `token` function failed, so the RTC room cannot be entered. See `cause`.",
        );
        throw failure === error ? failure : uncertain(failure);
    }
    const checked = typeof grant === "string" ? { token: grant } : grant;
    const fault = faultIn(checked);
    if (fault !== null) {
        throw uncertain(new RtcError("invalidArgument", `The \`token\` function must return a grant or its token; ${fault}.`));
    }
    if (!askedAt.has(checked)) {
        askedAt.set(checked, begin);
    }
    return checked;
}

/** Errors of the app's own function that may be temporary, such as network failures: all except an `RtcError` that the function itself has thrown. */
const uncertainFailures = new WeakSet<RtcError>();

function uncertain(error: RtcError): RtcError {
    uncertainFailures.add(error);
    return error;
}

/**
 * @param error - error of the request for a grant, or of the session
 * @returns true if a retry is useless
 */
export function isFinal(error: RtcError): boolean {
    return errorRow(error.code).retryable === false && !uncertainFailures.has(error);
}

/** Fault of a grant from the app, for the error message; null = none. The token may be empty, because a reserved seat can replace the token. */
function faultIn(grant: unknown): string | null {
    const { token, url, iceServers, expiresAt, expiresInMs } = (grant ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof token !== "string") {
        return "it did not";
    }
    if (url !== undefined && typeof url !== "string") {
        return "`url` must be a server address";
    }
    if (iceServers !== undefined && !areIceServers(iceServers)) {
        return `\`iceServers\` must be ${iceServersWanted}`;
    }
    const areNumbers = [expiresAt, expiresInMs].every((time) => time === undefined || (typeof time === "number" && !Number.isNaN(time)));
    return areNumbers ? null : "`expiresAt` and `expiresInMs` must be milliseconds";
}
