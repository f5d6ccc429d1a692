import { maxDescriptionLength, maxPasswordLength, maxPropertiesBytes, maxPropertyKeyLength } from "../../../../protocol/limits.js";
import { ProtocolError } from "../../protocolError.js";
import { toPlainObject } from "../../../../protocol/plainJson.js";
import { toText } from "../../../../protocol/text.js";
import type { JoinPolicy } from "../../../../protocol/wire.js";
import type { ISettings } from "../../config/settings.js";
import type { Json } from "../../../../protocol/plainJson.js";

const policies: readonly JoinPolicy[] = ["everyone", "friends", "invited"];

/** What the one who creates a room wants of it, checked. */
export interface ICreateOptions {
    readonly maxMembers: number;
    readonly hidden: boolean;
    readonly policy: JoinPolicy;
    readonly description: string;
    readonly properties: Record<string, Json>;
    /** Null = none. */
    readonly password: string | null;
}

/**
 * @param options - what a client sent
 * @param settings - the server's
 * @returns the room that it describes; throws a `ProtocolError`
 */
export function toCreateOptions(options: Readonly<Record<string, unknown>>, settings: ISettings): ICreateOptions {
    const { maxMembers: wanted, private: hidden = false, policy = "everyone", description = "", properties = {}, password } = options;
    const limit = settings.maxMembers;
    const known = policies.find((word) => word === policy);
    if (typeof hidden !== "boolean" || known === undefined) {
        throw new ProtocolError("invalidRequest", `\`private\` is a boolean, \`policy\` one of ${policies.join(", ")}.`);
    }
    return {
        maxMembers: typeof wanted === "number" && Number.isFinite(wanted) ? Math.min(Math.max(Math.trunc(wanted), 1), limit) : limit,
        hidden,
        policy: known,
        description: toDescription(description),
        properties: changedProperties({}, properties),
        password: password === undefined ? null : toPassword(password),
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
 * @param value - what a client sent
 * @returns it as a description; throws a `ProtocolError`
 */
export function toDescription(value: unknown): string {
    const text = toText(value, maxDescriptionLength);
    if (text === undefined) {
        throw new ProtocolError(
            "invalidRequest",
            `A description is at most ${maxDescriptionLength} characters without control characters.`,
        );
    }
    return text;
}

/**
 * @param value - what a client sent
 * @returns it as a password; throws a `ProtocolError`
 */
export function toPassword(value: unknown): string {
    if (typeof value !== "string" || value === "" || value.length > 2 * maxPasswordLength || Array.from(value).length > maxPasswordLength) {
        throw new ProtocolError("invalidRequest", `A password is 1 to ${maxPasswordLength} characters.`);
    }
    return value;
}

/**
 * @param before - a room's properties; not changed
 * @param changes - what a client sent: keys to change, null removes one
 * @returns the properties after the change; throws a `ProtocolError`
 */
export function changedProperties(before: Readonly<Record<string, Json>>, changes: unknown): Record<string, Json> {
    const checked = toPlainObject(changes, 2 * maxPropertiesBytes);
    if (!checked || !Object.keys(checked).every((key) => key !== "" && Array.from(key).length <= maxPropertyKeyLength)) {
        throw new ProtocolError("invalidRequest", `Properties are an object whose keys have 1 to ${maxPropertyKeyLength} characters.`);
    }
    const kept = Object.entries({ ...before, ...checked }).filter(([, value]) => value !== null);
    const after = toPlainObject(Object.fromEntries(kept), maxPropertiesBytes);
    if (!after) {
        throw new ProtocolError("invalidRequest", "A room's properties are at most 8 KiB as JSON together.");
    }
    return after;
}
