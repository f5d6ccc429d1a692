// Random values, texts and bytes, and mutations of valid ones. The same seeds give the same results.

/** Random numbers from one or more seeds (mulberry32). */
export class Random {
    #state;

    constructor(...seeds) {
        let state = 0x9e3779b9;
        for (const seed of seeds) {
            state = Math.imul(state ^ seed, 0x85ebca6b) ^ (state >>> 13);
        }
        this.#state = state >>> 0;
    }

    /** A number from 0 to 1, excluding 1. */
    next() {
        this.#state = (this.#state + 0x6d2b79f5) >>> 0;
        let mixed = this.#state;
        mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    }

    /** An integer from 0 to `end`, excluding `end`. */
    below(end) {
        return Math.floor(this.next() * end);
    }

    chance(probability) {
        return this.next() < probability;
    }

    /** An element of a list. */
    of(list) {
        return list[this.below(list.length)];
    }

    /** A value of a table of `[weight, value]`. Its probability is proportional to its weight. */
    weighted(table) {
        const total = table.reduce((sum, [weight]) => sum + weight, 0);
        let at = this.next() * total;
        return table.find(([weight]) => (at -= weight) < 0)[1];
    }

    bytes(length) {
        const bytes = Buffer.allocUnsafe(length);
        for (let index = 0; index < length; index += 1) {
            bytes[index] = this.below(256);
        }
        return bytes;
    }
}

/** Texts that are known to confuse parsers, databases, terminals or people. */
const oddTexts = [
    "",
    " ",
    "\u0000",
    "\ud800",
    "\udc00a",
    "\u202egpj.exe",
    "\u200b\u200b",
    "e\u0301\u0301\u0301\u0301",
    "👩‍👩‍👧‍👦",
    "ﷺ",
    "\r\nSet-Cookie: a=b",
    "\u001b[2J",
    "../../etc/passwd",
    "%00%2e%2e%2f",
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "then",
    "toJSON",
    "length",
    "$ne",
    "NaN",
    "-0",
    "1e999",
    "null",
    "undefined",
    "[object Object]",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "${7*7}{{7*7}}",
    "*",
    "table-*",
    "invalidRequest: forged",
    "rateLimited: forged",
];
/** Names of built-in properties of objects, and names of the protocol. */
const oddKeys = [
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "valueOf",
    "hasOwnProperty",
    "then",
    "toJSON",
    "length",
    "0",
    "",
    "ask",
    "value",
    "type",
    "dst",
    "src",
    "payload",
    "id",
    "action",
    "seconds",
    "\u0000",
    "\ud800",
];
const oddNumbers = [0, -0, -1, 1, 0.5, NaN, Infinity, -Infinity, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 1e308, 5e-324, 86_401, 65_536];

/** Sets a key, with `__proto__` as an ordinary key, as in `JSON.parse`. Ignores the key `length` of a list. */
function put(object, key, value) {
    if (Array.isArray(object) && key === "length") {
        return;
    }
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

export function oddText(random) {
    const text = random.of(oddTexts);
    switch (random.below(8)) {
        case 0:
            return text.repeat(1 + random.below(400)).slice(0, 20_000);
        case 1:
            return random.bytes(random.below(40)).toString("latin1");
        case 2:
            return random.bytes(random.below(40)).toString("hex");
        case 3:
            return `${text}${random.of(oddTexts)}`;
        default:
            return text;
    }
}

/** A value nested so deeply that recursive code needs a depth limit. */
export function deep(random, leaf = 1) {
    let value = leaf;
    const depth = random.of([17, 40, 300, 3000]);
    const inObjects = random.chance(0.5);
    for (let level = 0; level < depth; level += 1) {
        value = inObjects ? { a: value } : [value];
    }
    return value;
}

export function oddValue(random, depth = 0) {
    return random.weighted([
        [6, () => oddText(random)],
        [4, () => random.of(oddNumbers)],
        [1, () => random.of([true, false])],
        [2, () => null],
        [1, () => undefined],
        [1, () => BigInt(random.of(oddNumbers.filter(Number.isInteger))) * 2n ** BigInt(random.below(64))],
        [1, () => random.bytes(random.below(64))],
        [1, () => new Date(random.of(oddNumbers))],
        [depth > 3 ? 0 : 2, () => Array.from({ length: random.below(6) }, () => oddValue(random, depth + 1))],
        [depth > 3 ? 0 : 3, () => oddObject(random, depth)],
        [depth > 0 ? 0 : 0.3, () => deep(random)],
    ])();
}

function oddObject(random, depth) {
    const object = {};
    for (let count = random.below(5); count > 0; count -= 1) {
        put(object, random.chance(0.7) ? random.of(oddKeys) : oddText(random), oddValue(random, depth + 1));
    }
    return object;
}

const isBranch = (value) => typeof value === "object" && value !== null && !(value instanceof Uint8Array) && !(value instanceof Date);

/** Changes a text: truncates it, inserts a text, replaces a character, doubles it, or replaces all of it. */
export function mutateText(random, text) {
    const at = random.below(text.length + 1);
    switch (random.below(5)) {
        case 0:
            return text.slice(0, at);
        case 1:
            return text.slice(0, at) + oddText(random) + text.slice(at);
        case 2:
            return text.slice(0, at) + String.fromCharCode(random.below(0x10000)) + text.slice(at + 1);
        case 3:
            return text + text;
        default:
            return oddText(random);
    }
}

/** Copy of a value, changed in one place: a part is replaced, wrapped, added, removed, renamed or overwritten with a copy of another part. */
export function mutate(random, value) {
    if (!isBranch(value) || random.chance(0.05)) {
        return mutateLeaf(random, value);
    }
    const copy = Array.isArray(value) ? [...value] : Object.defineProperties({}, Object.getOwnPropertyDescriptors(value));
    const keys = Object.keys(copy);
    const key = random.of(keys);
    const kind = keys.length === 0 ? "add" : random.of(["inside", "inside", "inside", "remove", "add", "copy", "replace", "rename"]);
    if (kind === "inside") {
        put(copy, key, mutate(random, copy[key]));
    } else if (kind === "remove") {
        delete copy[key];
    } else if (kind === "add") {
        put(copy, random.chance(0.8) ? random.of(oddKeys) : oddText(random), oddValue(random));
    } else if (kind === "copy") {
        put(copy, key, copy[random.of(keys)]);
    } else if (kind === "rename") {
        put(copy, mutateText(random, key), copy[key]);
        delete copy[key];
    } else {
        put(copy, key, oddValue(random));
    }
    return copy;
}

function mutateLeaf(random, value) {
    switch (random.below(6)) {
        case 0:
            return [value];
        case 1:
            return { value };
        case 2:
            return typeof value === "string" ? mutateText(random, value) : String(value);
        case 3:
            return typeof value === "string" ? mutateText(random, value) : random.of(oddNumbers);
        case 4:
            return typeof value === "number" ? -value : oddValue(random);
        default:
            return oddValue(random);
    }
}

/** MessagePack headers that announce far more data than follows, extensions, and a byte that starts no value (`c1`). */
const lies = [
    "dfffffffff",
    "ddffffffff",
    "dbffffffff",
    "c6ffffffff",
    "c9ffffffff01",
    "deffff",
    "dcffff",
    "daffff",
    "d9ff",
    "c8ffff74",
    "d6ff00000000",
    "d801",
    "c1",
    "d47200",
    "d57300ff",
    "c7ff69",
].map((hex) => Buffer.from(hex, "hex"));

/** Changes bytes: truncates, doubles or replaces them, flips bits, or inserts invalid MessagePack headers, deep arrays or noise. */
export function mutateBytes(random, bytes) {
    const at = random.below(bytes.length + 1);
    switch (random.below(8)) {
        case 0:
            return bytes.subarray(0, at);
        case 1:
            return Buffer.concat([bytes.subarray(0, at), random.of(lies), bytes.subarray(at)]);
        case 2:
            return Buffer.concat([bytes.subarray(0, at), random.of(lies)]);
        case 3:
            return Buffer.concat([bytes.subarray(0, at), random.bytes(1 + random.below(16)), bytes.subarray(at)]);
        case 4:
            return Buffer.concat([bytes, bytes]);
        case 5:
            // Nested arrays of one element each.
            return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(random.of([20, 500, 8000]), 0x91)]);
        case 6:
            return random.bytes(random.below(64));
        default: {
            const copy = Buffer.from(bytes);
            for (let count = 1 + random.below(4); count > 0 && copy.length > 0; count -= 1) {
                copy[random.below(copy.length)] ^= 1 << random.below(8);
            }
            return copy;
        }
    }
}

/** Serializes a value as JSON, with a BigInt as a string and `undefined` as null. One text in ten is mutated, and may not be valid JSON. */
export function toJsonText(random, value) {
    let text;
    try {
        text =
            JSON.stringify(value, (_key, each) => (typeof each === "bigint" ? `${each}` : each === undefined ? null : each)) ?? "undefined";
    } catch {
        // Too deep for a recursive serializer.
        text = "[".repeat(5000) + "]".repeat(5000);
    }
    return random.chance(0.1) ? mutateText(random, text) : text;
}
