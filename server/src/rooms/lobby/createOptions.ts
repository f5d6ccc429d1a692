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
    /** Null = none. */
    readonly password: string | null;
    /** True if the server's operator has listed it; nobody owns it then. */
    readonly ownerless: boolean;
}

/**
 * @param options - what a client sent
 * @param settings - the server's
 * @returns the room that it describes, or the one that the server has listed by that name; throws a `ProtocolError`
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
 * Refuses what this server cannot keep.
 * @param plan - of a room that is about to be created; throws a `ProtocolError`
 * @param settings - the server's
 */
export function requirePossible(plan: ICreateOptions, settings: ISettings): void {
    if (plan.policy === "friends" && !settings.isFriend) {
        throw new ProtocolError("invalidRequest", "This server does not know who is whose friend (its option `isFriend` is not set).");
    }
}

/**
 * @param before - a room's properties; not changed
 * @param changes - keys to change, null removes one
 * @returns the properties after the change; throws a `ProtocolError`
 */
export function changedProperties(before: Readonly<Record<string, Json>>, changes: Readonly<Record<string, Json>>): Record<string, Json> {
    const kept = Object.entries({ ...before, ...changes }).filter(([, value]) => value !== null);
    return parse(roomProperties, Object.fromEntries(kept));
}
