import { areIceServers, iceServersWanted } from "../../../protocol/iceServers.js";
import { minTokenLength } from "../metrics/metricsServer.js";
import { RtcServerError } from "../rtcServerError.js";
import type { IIceServer } from "../../../protocol/wire.js";
import type { IRate } from "../util/tokenBucket.js";
import type { IMetricsOptions } from "../metrics/metricsServer.js";
import type { IUnsentLimits } from "../util/unsentBudget.js";
import type { IRtcServerLimits, IRtcServerOptions } from "./serverOptions.js";

/** Rule for an option: a predicate for valid values, and a description of them for error messages. */
export type OptionRule = readonly [isUsable: (value: unknown) => boolean, wanted: string];

/** One rule per option. The compiler reports a missing one. */
export type Rules<Options> = Readonly<Record<keyof Options, OptionRule>>;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null;
const isText = (value: unknown): boolean => typeof value === "string";
const isFilled = (value: unknown): boolean => typeof value === "string" && value !== "";
const isPositive = (value: unknown): boolean => typeof value === "number" && value > 0 && Number.isFinite(value);

/** Rule of an option that is checked elsewhere. */
export const anything: OptionRule = [(): boolean => true, "anything"];
const aFunction: OptionRule = [(value: unknown): boolean => typeof value === "function", "a function"];
const aRate: OptionRule = [
    (value: unknown): boolean => isObject(value) && isPositive(value.perSecond) && isPositive(value.burst),
    "`{ perSecond, burst }`, two numbers above 0",
];
const having = (method: string, wanted: string): OptionRule => [
    (value: unknown): boolean => isObject(value) && typeof value[method] === "function",
    wanted,
];

const aPort: OptionRule = [
    (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535,
    "a whole number from 0 to 65535",
];

/** Rules of the options of `createRtcServer`. Those with the rule `anything` are checked in `settings.ts`, where they are converted. */
export const serverRules: Rules<IRtcServerOptions> = {
    server: having("listen", "an HTTP server of Node"),
    gameServer: having("define", "a Colyseus `Server`"),
    port: aPort,
    host: [isText, "an address, as text"],
    path: [isText, "a text such as `/voice`"],
    authorize: aFunction,
    isFriend: aFunction,
    onEvent: aFunction,
    // `toSettings` checks each origin.
    origins: [Array.isArray, 'a list of web origins, such as ["https://game.example"]'],
    development: [(value: unknown): boolean => typeof value === "boolean", "true or false"],
    secret: [isText, "a text of at least 32 bytes"],
    iceServers: [
        (value: unknown): boolean => typeof value === "function" || areIceServers(value),
        `${iceServersWanted}, or a function that returns one`,
    ],
    turn: [isObject, 'an object like { urls: "turn:turn.example.com:3478", secret }'],
    maxMembers: anything,
    rooms: [
        (value: unknown): boolean => Array.isArray(value) && value.every((each) => typeof each === "string" || isObject(each)),
        'a list of names and patterns, or of `{ name, maxMembers, description, properties }`, such as ["lobby", "table-*"]',
    ],
    grantTtlSeconds: anything,
    graceSeconds: anything,
    reloadSeconds: anything,
    staticDir: [isFilled, "the path of a folder"],
    https: [
        (value: unknown): boolean => typeof value === "boolean" || (isObject(value) && isFilled(value.key) && isFilled(value.cert)),
        "true, false, or `{ key, cert }` with the texts of PEM files",
    ],
    limits: [isObject, "an object"],
    addressOf: aFunction,
    metrics: [isObject, "an object: `{ port, host, token }`"],
    log: aFunction,
};

/** Rules of `limits`. */
export const limitRules: Rules<IRtcServerLimits> = {
    requests: aRate,
    userRequests: aRate,
    upgrades: aRate,
    messages: aRate,
    signalling: aRate,
    passwords: aRate,
    unsent: [
        (value: unknown): boolean =>
            isObject(value) && ["total", "perAddress", "perUser"].every((name) => value[name] === undefined || isPositive(value[name])),
        "`{ total, perAddress, perUser }`, each a number of bytes above 0",
    ],
    roomsPerUser: [(value: unknown): boolean => Number.isInteger(value) && Number(value) >= 1, "a whole number of 1 or more"],
};

/** Rules of `https` if it is an object. */
export const httpsRules: Readonly<Record<string, OptionRule>> = { key: anything, cert: anything };

/** Rules of `metrics`. */
export const metricsRules: Rules<IMetricsOptions> = {
    port: aPort,
    host: [isFilled, "an address, as text"],
    token: [
        (value: unknown): boolean => typeof value === "string" && value.length >= minTokenLength && /^\S+$/.test(value),
        `a text of at least ${minTokenLength} characters, without spaces`,
    ],
};

/** Rules of `limits.unsent`. */
export const unsentRules: Rules<IUnsentLimits> = { total: anything, perAddress: anything, perUser: anything };

/** Rules of a rate in `limits`. */
export const rateRules: Rules<IRate> = { perSecond: anything, burst: anything };

/** Rules of an entry of `iceServers`; `credentialType` is a field of older browsers. */
export const iceServerRules: Rules<IIceServer> & Readonly<Record<"credentialType", OptionRule>> = {
    urls: anything,
    username: anything,
    credential: anything,
    credentialType: anything,
};

/**
 * Checks options from an app that may not use types; throws `invalidOption`. An undefined option counts as absent. An unknown name is an error,
 * because a misspelt option would have no effect, unnoticed: without `authorize`, for example, guests may be allowed.
 * @param options - the app's options
 * @param rules - rules by option name
 * @param prefix - prefix of option names in error messages, like `limits.`. Default: none.
 */
export function checkOptions(options: unknown, rules: Readonly<Record<string, OptionRule>>, prefix = ""): void {
    requireObject(options, prefix === "" ? "options" : prefix.replace(/\.$/, ""));
    requireKnown(options, Object.keys(rules), prefix);
    for (const [name, [isUsable, wanted]] of Object.entries(rules)) {
        const value = options[name];
        if (value !== undefined && !isUsable(value)) {
            throw new RtcServerError("invalidOption", `\`${prefix}${name}\` must be ${wanted}.`);
        }
    }
}

function requireKnown(options: Readonly<Record<string, unknown>>, names: readonly string[], prefix: string): void {
    for (const [name, value] of Object.entries(options)) {
        if (value !== undefined && !names.includes(name)) {
            const near = nearestOf(name, names);
            const instead = near === undefined ? `The options are ${names.join(", ")}.` : `Did you mean \`${prefix}${near}\`?`;
            throw new RtcServerError("invalidOption", `There is no option \`${prefix}${name}\`. ${instead}`);
        }
    }
}

/**
 * @param name - unknown option name
 * @param names - known option names
 * @returns the known name that is most similar; undefined if none is similar enough
 */
export function nearestOf(name: string, names: readonly string[]): string | undefined {
    const written = name.toLowerCase().slice(0, 40);
    const likely = names
        .map((each) => ({ each, edits: editsBetween(written, each.toLowerCase()) }))
        .filter(({ each, edits }) => edits <= Math.max(2, Math.floor(each.length / 3)))
        .sort((a, b) => a.edits - b.edits);
    return likely[0]?.each;
}

/** Levenshtein distance of two words: insertions, deletions and substitutions. */
function editsBetween(a: string, b: string): number {
    let row = Array.from({ length: b.length + 1 }, (_, index) => index);
    for (const [i, letter] of Array.from(a).entries()) {
        const next = [i + 1];
        for (const [j, other] of Array.from(b).entries()) {
            const change = (row[j] ?? 0) + (letter === other ? 0 : 1);
            next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
        }
        row = next;
    }
    return row.at(-1) ?? 0;
}

/** Throws `invalidOption` if the value is not an object. */
export function requireObject(value: unknown, name: string): asserts value is Readonly<Record<string, unknown>> {
    if (!isObject(value)) {
        throw new RtcServerError("invalidOption", `\`${name}\` must be an object.`);
    }
}
