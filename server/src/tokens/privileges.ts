import { maxGrantSeconds } from "../../../protocol/limits.js";
import { isPlainObject } from "../../../protocol/plainJson.js";
import { RtcServerError } from "../rtcServerError.js";
import type { Privilege } from "../../../protocol/wire.js";

const allPrivileges: readonly Privilege[] = ["publish", "subscribe", "moderate"];

/** Default privileges: a member is heard, and hears others. */
export const defaultPrivileges: readonly Privilege[] = ["publish", "subscribe"];

/** Privileges as the app sets them: a list, or an object with the duration of each in seconds (1 to 86400). */
export type PrivilegeWish = readonly Privilege[] | Readonly<Partial<Record<Privilege, number>>>;

/** Privileges and their end times: wall clock times in a token, times of `performance.now()` while the grant is in force. Plain data. */
export interface IPrivileges {
    readonly privileges: readonly Privilege[];
    /** End times of single privileges, in milliseconds. A privilege that is not listed here has no end of its own. */
    readonly ends?: Readonly<Partial<Record<Privilege, number>>>;
}

/**
 * Converts durations to end times.
 * @param wish - privileges, as the app passed them
 * @param now - present time in milliseconds, by the clock of the end times
 * @returns the privileges with end times; throws `invalidOption`
 */
export function toPrivileges(wish: PrivilegeWish, now: number): IPrivileges {
    if (Array.isArray(wish)) {
        const named = (wish as readonly unknown[]).map(toPrivilege);
        return { privileges: allPrivileges.filter((privilege) => named.includes(privilege)) };
    }
    if (!isPlainObject(wish)) {
        throw unusable();
    }
    const ends: Partial<Record<Privilege, number>> = {};
    for (const [name, seconds] of Object.entries<unknown>(wish)) {
        if (seconds === undefined) {
            continue;
        }
        if (!(typeof seconds === "number" && seconds >= 1 && seconds <= maxGrantSeconds)) {
            throw new RtcServerError("invalidOption", `\`privileges.${name}\` must be 1 to ${maxGrantSeconds} seconds.`);
        }
        ends[toPrivilege(name)] = now + seconds * 1000;
    }
    return { privileges: allPrivileges.filter((privilege) => privilege in ends), ends };
}

/**
 * @param value - privileges from the app's `authorize`, of any type
 * @returns the privileges without duplicates; null if the value is not a list of privileges
 */
export function readPrivilegeList(value: unknown): readonly Privilege[] | null {
    const names = new Set<unknown>(allPrivileges);
    const isList = Array.isArray(value) && value.every((each) => names.has(each));
    return isList ? allPrivileges.filter((privilege) => value.includes(privilege)) : null;
}

/**
 * Reads the privileges in a token.
 * @param privileges - claim `privileges` of the token
 * @param ends - claim `ends` of the token
 * @returns the known privileges with end times; null if a claim is malformed
 */
export function readPrivileges(privileges: unknown, ends: unknown): IPrivileges | null {
    if (!Array.isArray(privileges)) {
        return null;
    }
    const known = allPrivileges.filter((privilege) => privileges.includes(privilege));
    if (ends === undefined) {
        return { privileges: known };
    }
    if (!isPlainObject(ends) || !Object.values(ends).every((end) => typeof end === "number")) {
        return null;
    }
    return { privileges: known, ends: Object.fromEntries(allPrivileges.filter((name) => name in ends).map((name) => [name, ends[name]])) };
}

/**
 * @param privileges - privileges of a user
 * @param privilege - privilege to check
 * @param now - present time in milliseconds, by the clock of the end times
 * @returns true if the user has the privilege now
 */
export function holds({ privileges, ends }: IPrivileges, privilege: Privilege, now: number): boolean {
    return privileges.includes(privilege) && now < (ends?.[privilege] ?? Infinity);
}

/**
 * Converts end times to another clock.
 * @param privileges - privileges of a user
 * @param ms - time of the other clock minus time of the present one, in milliseconds
 * @returns the privileges with end times by the other clock
 */
export function byOtherClock({ privileges, ends }: IPrivileges, ms: number): IPrivileges {
    const moved = Object.entries(ends ?? {}).map(([name, end]) => [name, end + ms]);
    return { privileges, ...(ends && { ends: Object.fromEntries(moved) as NonNullable<IPrivileges["ends"]> }) };
}

function toPrivilege(name: unknown): Privilege {
    const known = allPrivileges.find((privilege) => privilege === name);
    if (known === undefined) {
        throw unusable();
    }
    return known;
}

function unusable(): RtcServerError {
    return new RtcServerError(
        "invalidOption",
        '`privileges` must be a list of any of "publish", "subscribe" and "moderate", or an object with the seconds of each, like { publish: 60 }.',
    );
}
