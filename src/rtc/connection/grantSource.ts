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

/** Early entrances into RTC rooms, by grant source. */
const entrances = new WeakMap<GrantSource, IEarlyEntrance>();

/** A way into an RTC room that is known before one is in its room. */
export type IEarlyEntrance = Pick<ServerEntrance, "takeGrant"> & {
    /** The id of the room whose RTC room can be entered; null = none any longer. Replays. */
    readonly held$: Observable<string | null>;
};

/**
 * @param source - a source of grants
 * @returns what it knows ahead of its room; null = nothing
 */
export function earlyEntranceOf(source: GrantSource): IEarlyEntrance | null {
    return entrances.get(source) ?? null;
}

/**
 * Grants from our server: the one that came along with the room, and then those of the token endpoint.
 * @param server - the server's address, without a slash at the end
 * @param identity - proves who asks
 * @param entrance - where the room came from
 * @param rooms - whose the rooms are. Default: the app's own.
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

/** Tells whether a refusal means that the server no longer has us in its room, as after a page stood still and both its sockets were ended. */
function isOutOfRoom(error: unknown): boolean {
    return error instanceof RtcError && error.code === "unauthorized" && isForbidden(error);
}

/** It is tried again until the room's own connection is known to be lost, which then ends it. */
function outOfRoom(cause: unknown): RtcError {
    return new RtcError("serverUnreachable", "The server has us in the room no longer: the connection to it was lost. Enter again.", {
        cause,
    });
}

/** Not more often than that, however short a grant is, in milliseconds. */
const shortestRenewalMs = 500;

/** Whoever gave the grant has just signed it, so if it seems to have ended, the two clocks disagree, and all we can do is ask now and then. In milliseconds. */
const blindRenewalMs = 60_000;

/** The longest that a timer can wait; longer ones fire at once. In milliseconds. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Delay before asking for the next grant: 30 s before the end (PICO's notice), or a third of the whole time before it if that is less. Pure.
 * @param end - when a grant that was just given ends, in milliseconds by any clock
 * @param now - the same clock
 * @returns milliseconds from now
 */
export function renewalDelayMs(end: number, now: number): number {
    const left = end - now;
    if (!(left > 0)) {
        return blindRenewalMs;
    }
    return Math.min(longestTimerMs, Math.max(shortestRenewalMs, left - Math.min(30_000, left / 3)));
}

/** Time at which each grant was asked for, in milliseconds by `performance.now()`. A source may give the same object again, which is no younger then. */
const askedAt = new WeakMap<IVoiceGrant, number>();

/**
 * Gives the end of a grant. Our wall clock is not asked: it may be wrong by days, and may jump.
 * @param grant - of `grantFromAsync`
 * @returns milliseconds by `performance.now()`; undefined if that is not known
 */
export function endOfGrant(grant: IVoiceGrant): number | undefined {
    const { token, expiresAt, expiresInMs } = grant;
    const begin = askedAt.get(grant) ?? performance.now();
    if (expiresInMs !== undefined || expiresAt === undefined) {
        return expiresInMs && begin + expiresInMs;
    }
    // An older server, or a backend that hands on the end alone. Both times in a JWT are the signer's, in seconds.
    const { iat } = jwtClaims(token);
    return begin + expiresAt - (typeof iat === "number" ? iat * 1000 : Date.now());
}

/**
 * Asks the source, and brings its answer and its failures into one form.
 * @param source - where grants come from
 * @param request - whose grant
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
            "The `token` function failed, so there is no right to enter the RTC room. `cause` says why.",
        );
        throw failure === error ? failure : uncertain(failure);
    }
    const checked = typeof grant === "string" ? { token: grant } : grant;
    const fault = faultIn(checked);
    if (fault !== null) {
        throw uncertain(new RtcError("invalidArgument", `The \`token\` function must give a grant, or its token; ${fault}.`));
    }
    if (!askedAt.has(checked)) {
        askedAt.set(checked, begin);
    }
    return checked;
}

/** Failures of an app's own function. Only an `RtcError` of its own says for certain what is the matter; anything else may be a network that is down. */
const uncertainFailures = new WeakSet<RtcError>();

function uncertain(error: RtcError): RtcError {
    uncertainFailures.add(error);
    return error;
}

/**
 * @param error - why there is no grant, or no session
 * @returns whether there is no use in asking again
 */
export function isFinal(error: RtcError): boolean {
    return errorRow(error.code).retryable === false && !uncertainFailures.has(error);
}

/** Fault of a grant that the app gave; null = none. A token may be empty: a seat may stand for it. */
function faultIn(grant: unknown): string | null {
    const { token, url, iceServers, expiresAt, expiresInMs } = (grant ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof token !== "string") {
        return "it gave none";
    }
    if (url !== undefined && typeof url !== "string") {
        return "`url` is the address of a server";
    }
    if (iceServers !== undefined && !areIceServers(iceServers)) {
        return `\`iceServers\` is ${iceServersWanted}`;
    }
    const areNumbers = [expiresAt, expiresInMs].every((time) => time === undefined || (typeof time === "number" && !Number.isNaN(time)));
    return areNumbers ? null : "`expiresAt` and `expiresInMs` are numbers of milliseconds";
}
