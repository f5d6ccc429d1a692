import { isPlainObject, toPlainJson, toPlainObject } from "../../util/plainJson.js";
import { toLine } from "../../util/text.js";
import type { Json } from "../../util/plainJson.js";

const MAX_BYTES = 2048;
const MAX_TOPIC = 64;

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
    const changes = toPlainObject(patch, MAX_BYTES);
    return changes && toPlainObject({ ...before, ...changes, ...vouched }, MAX_BYTES);
}

/**
 * @param message - what a member sent to everybody else
 * @returns what is handed on of it; undefined if it is malformed or too large
 */
export function toSaid(message: unknown): { readonly topic: string; readonly data: Json } | undefined {
    const { topic, data } = isPlainObject(message) ? message : {};
    const line = toLine(topic, MAX_TOPIC);
    const json = toPlainJson(data ?? null, MAX_BYTES);
    return line === undefined || json === undefined ? undefined : { topic: line, data: json };
}
