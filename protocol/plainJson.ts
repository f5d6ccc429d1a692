/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const maxDepth = 16;

/**
 * Copies a value from a client if it is a JSON value. Messages arrive as MessagePack, which can also hold buffers, dates, maps, and numbers that JSON
 * does not have, such as NaN.
 * @param value - value of any type
 * @param maxBytes - largest size as JSON in UTF-8, in bytes
 * @returns the copy, without properties whose value is undefined; undefined if the value is too large, nested more than 16 levels deep or not JSON,
 * or has a key `__proto__`
 */
export function toPlainJson(value: unknown, maxBytes: number): Json | undefined {
    const budget = { left: maxBytes };
    const copy = copyOf(value, budget, 0);
    if (copy === undefined || Buffer.byteLength(JSON.stringify(copy)) > maxBytes) {
        return undefined;
    }
    return copy;
}

/**
 * Copies a plain object from a client, like `toPlainJson`.
 * @param value - value of any type
 * @param maxBytes - largest size as JSON in UTF-8, in bytes
 * @returns the copy; undefined if the value is not a plain object, or for the reasons of `toPlainJson`
 */
export function toPlainObject(value: unknown, maxBytes: number): Record<string, Json> | undefined {
    return isPlainObject(value) ? (toPlainJson(value, maxBytes) as Record<string, Json> | undefined) : undefined;
}

/**
 * @param value - value of any type
 * @returns true for an object created by `{}`, by `JSON.parse` or without a prototype
 */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
        return false;
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Copies a value. Each part takes at most its JSON size from the budget (in bytes), so that the copy of a huge value stops early. */
function copyOf(value: unknown, budget: { left: number }, depth: number): Json | undefined {
    budget.left -= typeof value === "string" ? value.length + 2 : 1;
    if (budget.left < 0 || depth > maxDepth) {
        return undefined;
    }
    if (value === null || typeof value === "boolean" || typeof value === "string") {
        return value;
    }
    if (typeof value === "number") {
        return Number.isFinite(value) ? value : undefined;
    }
    if (Array.isArray(value)) {
        return copyOfArray(value, budget, depth);
    }
    return isPlainObject(value) ? copyOfObject(value, budget, depth) : undefined;
}

function copyOfArray(value: readonly unknown[], budget: { left: number }, depth: number): Json[] | undefined {
    const copy: Json[] = [];
    for (const item of value) {
        const itemCopy = copyOf(item, budget, depth + 1);
        if (itemCopy === undefined) {
            return undefined;
        }
        copy.push(itemCopy);
    }
    return copy;
}

function copyOfObject(value: Record<string, unknown>, budget: { left: number }, depth: number): Record<string, Json> | undefined {
    const copy: Record<string, Json> = {};
    for (const key of Object.keys(value)) {
        if (key === "__proto__") {
            return undefined;
        }
        if (value[key] === undefined) {
            continue;
        }
        budget.left -= key.length + 3;
        const itemCopy = copyOf(value[key], budget, depth + 1);
        if (itemCopy === undefined) {
            return undefined;
        }
        copy[key] = itemCopy;
    }
    return copy;
}
