import { maxGrantSeconds } from "../../../protocol/limits.js";
import { isPlainObject } from "../../../protocol/plainJson.js";
import { RtcServerError } from "../rtcServerError.js";
import type { Privilege } from "../../../protocol/wire.js";

const allPrivileges: readonly Privilege[] = ["publish", "subscribe", "moderate"];

/** Default privileges: be heard and hear. */
export const defaultPrivileges: readonly Privilege[] = ["publish", "subscribe"];

/** Privileges by the app: as long as the grant holds, or each for so many seconds (1 to 86400). */
export type PrivilegeWish = readonly Privilege[] | Readonly<Partial<Record<Privilege, number>>>;

/** Privileges and their ends, by one clock: the wall clock in a token, `performance.now()` while the grant is in force. Plain data. */
export interface IPrivileges {
    readonly privileges: readonly Privilege[];
    /** Ends of single privileges, in milliseconds by that clock. What is not named here holds as long as the grant. */
    readonly ends?: Readonly<Partial<Record<Privilege, number>>>;
}

/**
 * @param wish - what the app passed
 * @param now - milliseconds by the clock that the ends shall go by
 * @returns the same with ends; throws `invalidOption`
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
            throw new RtcServerError("invalidOption", `\`privileges.${name}\` is 1 to ${maxGrantSeconds} seconds.`);
        }
        ends[toPrivilege(name)] = now + seconds * 1000;
    }
    return { privileges: allPrivileges.filter((privilege) => privilege in ends), ends };
}

/**
 * @param value - what the app's `authorize` says somebody may do, of any type
 * @returns the same without doubles; null if it is no list of privileges
 */
export function readPrivilegeList(value: unknown): readonly Privilege[] | null {
    const names = new Set<unknown>(allPrivileges);
    const isList = Array.isArray(value) && value.every((each) => names.has(each));
    return isList ? allPrivileges.filter((privilege) => value.includes(privilege)) : null;
}

/**
 * Reads what a token says.
 * @param privileges - its claim of that name
 * @param ends - its claim of that name
 * @returns what is known and usable of it; null if it makes no sense
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
 * @param privileges - what somebody may do
 * @param privilege - one thing
 * @param now - milliseconds by the same clock
 * @returns whether they may do it now
 */
export function holds({ privileges, ends }: IPrivileges, privilege: Privilege, now: number): boolean {
    return privileges.includes(privilege) && now < (ends?.[privilege] ?? Infinity);
}

/**
 * @param privileges - what somebody may do
 * @param ms - what another clock shows beyond the one that the ends go by, in milliseconds
 * @returns the same by the other clock
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
        '`privileges` is a list of "publish", "subscribe" and "moderate", or an object of these with seconds.',
    );
}
