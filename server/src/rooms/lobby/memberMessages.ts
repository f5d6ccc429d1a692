import { maxAttributesBytes, maxRoomMessageBytes, maxTopicLength } from "../../../../protocol/limits.js";
import { isPlainObject, toPlainJson, toPlainObject } from "../../../../protocol/plainJson.js";
import { toLine } from "../../../../protocol/text.js";
import type { Json } from "../../../../protocol/plainJson.js";

/**
 * @param before - what is attached to a member; not changed
 * @param patch - what they sent: the keys to change
 * @param vouched - what the app vouches for, which they cannot change
 * @returns what is attached to them afterwards; undefined if that is no object of at most 2 KiB
 */
export function changedAttributes(
    before: Readonly<Record<string, unknown>>,
    patch: unknown,
    vouched: Readonly<Record<string, Json>>,
): Record<string, Json> | undefined {
    const changes = toPlainObject(patch, maxAttributesBytes);
    return changes && toPlainObject({ ...before, ...changes, ...vouched }, maxAttributesBytes);
}

/**
 * @param message - what a member sent to everybody else
 * @returns what is handed on of it; undefined if it is malformed or too large
 */
export function toSaid(message: unknown): { readonly topic: string; readonly data: Json } | undefined {
    const { topic, data } = isPlainObject(message) ? message : {};
    const line = toLine(topic, maxTopicLength);
    const json = toPlainJson(data ?? null, maxRoomMessageBytes);
    return line === undefined || json === undefined ? undefined : { topic: line, data: json };
}
