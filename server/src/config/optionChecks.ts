import { areIceServers, iceServersWanted } from "../../../protocol/iceServers.js";
import { RtcServerError } from "../rtcServerError.js";

/** Rule for an option: whether a value is usable, and what is wanted, in words. */
export type OptionRule = readonly [isUsable: (value: unknown) => boolean, wanted: string];

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null;
const isText = (value: unknown): boolean => typeof value === "string";
const isFilled = (value: unknown): boolean => typeof value === "string" && value !== "";
const isPositive = (value: unknown): boolean => typeof value === "number" && value > 0 && Number.isFinite(value);

const aFunction: OptionRule = [(value: unknown): boolean => typeof value === "function", "a function"];
const aRate: OptionRule = [
    (value: unknown): boolean => isObject(value) && isPositive(value.perSecond) && isPositive(value.burst),
    "`{ perSecond, burst }`, two numbers above 0",
];
const having = (method: string, wanted: string): OptionRule => [
    (value: unknown): boolean => isObject(value) && typeof value[method] === "function",
    wanted,
];

/** Rules of what `createRtcServer` takes, beside those whose value is brought into another form (`settings.ts`). */
export const serverRules: Readonly<Record<string, OptionRule>> = {
    server: having("listen", "an HTTP server of Node"),
    gameServer: having("define", "a Colyseus `Server`"),
    port: [
        (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535,
        "a whole number from 0 to 65535",
    ],
    host: [isText, "an address, as text"],
    path: [isText, "a text such as `/voice`"],
    authorize: aFunction,
    isFriend: aFunction,
    onEvent: aFunction,
    // Each of them is checked where it is brought into another form.
    origins: [Array.isArray, 'a list of web origins, such as ["https://game.example"]'],
    development: [(value: unknown): boolean => typeof value === "boolean", "true or false"],
    secret: [isText, "a text of at least 32 bytes"],
    iceServers: [areIceServers, iceServersWanted],
    staticDir: [isFilled, "the path of a folder"],
    https: [
        (value: unknown): boolean => typeof value === "boolean" || (isObject(value) && isFilled(value.key) && isFilled(value.cert)),
        "true, false, or `{ key, cert }` with the texts of PEM files",
    ],
    limits: [isObject, "an object"],
    addressOf: aFunction,
    log: aFunction,
};

/** Rules of `limits`. */
export const limitRules: Readonly<Record<string, OptionRule>> = {
    requests: aRate,
    messages: aRate,
    signalling: aRate,
    passwords: aRate,
    unsent: [
        (value: unknown): boolean =>
            isObject(value) && ["total", "perAddress", "perUser"].every((name) => value[name] === undefined || isPositive(value[name])),
        "`{ total, perAddress, perUser }`, each in bytes, a number above 0",
    ],
};

/**
 * Checks options that code without types may have passed. What is undefined counts as not given.
 * @param options - what an app passed
 * @param rules - by the name of the option
 * @param prefix - what names begin with in the sentence, like `limits.`. Default: nothing.
 */
export function checkOptions(options: unknown, rules: Readonly<Record<string, OptionRule>>, prefix = ""): void {
    requireObject(options, "options");
    for (const [name, [isUsable, wanted]] of Object.entries(rules)) {
        const value = options[name];
        if (value !== undefined && !isUsable(value)) {
            throw new RtcServerError("invalidOption", `\`${prefix}${name}\` is ${wanted}.`);
        }
    }
}

/** Throws `invalidOption` for what is no object. */
export function requireObject(value: unknown, name: string): asserts value is Readonly<Record<string, unknown>> {
    if (!isObject(value)) {
        throw new RtcServerError("invalidOption", `\`${name}\` is an object.`);
    }
}
