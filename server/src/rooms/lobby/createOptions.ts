import { roomProperties } from "../../../../protocol/schemas.js";
import { listingOf } from "../../config/listedRooms.js";
import { ProtocolError, parse } from "../../protocolError.js";
import type { Json } from "../../../../protocol/plainJson.js";
import type { JoinByName } from "../../../../protocol/schemas.js";
import type { JoinPolicy } from "../../../../protocol/wire.js";
import type { ISettings } from "../../config/settings.js";

/** Checked options of a new room. */
export interface ICreateOptions {
    readonly maxMembers: number;
    readonly hidden: boolean;
    readonly policy: JoinPolicy;
    readonly description: string;
    readonly properties: Record<string, Json>;
    /** Password; null = none. */
    readonly password: string | null;
    /** True if the room never has an owner, because it is listed in the server's option `rooms`. */
    readonly ownerless: boolean;
}

/**
 * @param options - join options of the client that creates the room
 * @param settings - settings of the server
 * @returns options of the new room; those of a public room that the server's option `rooms` lists come from there. Throws a `ProtocolError` if the
 * properties are invalid.
 */
export function toCreateOptions(options: JoinByName, settings: ISettings): ICreateOptions {
    const { maxMembers: wanted, private: hidden, policy, description, properties, password } = options;
    const limit = settings.maxMembers;
    const listing = hidden ? undefined : listingOf(settings.rooms, options.name);
    if (listing) {
        return {
            maxMembers: listing.maxMembers ?? limit,
            hidden,
            policy: "everyone",
            description: listing.description,
            properties: { ...listing.properties },
            password: null,
            ownerless: true,
        };
    }
    return {
        maxMembers: wanted === undefined ? limit : Math.min(Math.max(Math.trunc(wanted), 1), limit),
        hidden,
        policy,
        description,
        properties: changedProperties({}, properties),
        password: password ?? null,
        ownerless: false,
    };
}

/**
 * Throws a `ProtocolError` for options that this server does not support.
 * @param plan - options of a new room
 * @param settings - settings of the server
 */
export function requirePossible(plan: ICreateOptions, settings: ISettings): void {
    if (plan.policy === "friends" && !settings.isFriend) {
        throw new ProtocolError(
            "invalidRequest",
            "This server does not support rooms for friends, because its option `isFriend` is not set.",
        );
    }
}

/**
 * @param before - properties of a room; not modified
 * @param changes - keys to change; null removes a key
 * @returns the properties after the change; throws a `ProtocolError` if they are invalid
 */
export function changedProperties(before: Readonly<Record<string, Json>>, changes: Readonly<Record<string, Json>>): Record<string, Json> {
    const kept = Object.entries({ ...before, ...changes }).filter(([, value]) => value !== null);
    return parse(roomProperties, Object.fromEntries(kept));
}
