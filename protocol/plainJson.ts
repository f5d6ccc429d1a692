/** Anything that JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const maxDepth = 16;

/**
 * Copies a value that came from a client, provided that it is nothing but JSON: messages arrive as msgpack, which can also hold buffers,
 * dates, maps and numbers that JSON has no word for.
 * @param value - what came
 * @param maxBytes - the most that it may measure as JSON in UTF-8
 * @returns the copy, or undefined if it is too large, nested more than 16 deep, or not JSON
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
 * @param value - what came
 * @param maxBytes - the most that it may measure as JSON in UTF-8
 * @returns a copy of the plain object that came, or undefined if it is none or holds anything but JSON
 */
export function toPlainObject(value: unknown, maxBytes: number): Record<string, Json> | undefined {
    return isPlainObject(value) ? (toPlainJson(value, maxBytes) as Record<string, Json> | undefined) : undefined;
}

/**
 * @param value - anything
 * @returns whether it is an object made by `{}`, by `JSON.parse` or without a prototype
 */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
        return false;
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Everything costs at least what it measures as JSON, so a huge value is given up on before it is copied. */
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
