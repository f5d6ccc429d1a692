import { defaultRoomMembers, maxGraceSeconds, maxGrantSeconds, maxRoomMembers } from "../../../protocol/limits.js";
import { allowedOrigin } from "../http/origins.js";
import { logToStderr } from "../log.js";
import { RtcServerError } from "../rtcServerError.js";
import { safeAddressOf, safeLog } from "./appCallbacks.js";
import { toListings } from "./listedRooms.js";
import { isLoopback, minTokenLength } from "../metrics/metricsServer.js";
import { toTurnSettings } from "./turnSettings.js";
import { checkOptions, httpsRules, iceServerRules, limitRules, metricsRules, rateRules, serverRules, unsentRules } from "./optionChecks.js";
import type { IncomingMessage } from "node:http";
import type { IIceServer } from "../../../protocol/wire.js";
import type { RtcServerLog } from "../log.js";
import type { IRate } from "../util/tokenBucket.js";
import type { IRoomListing } from "./listedRooms.js";
import type { IUnsentLimits } from "../util/unsentBudget.js";
import type { IRtcServerOptions, IceServersOf, IsFriend } from "./serverOptions.js";
import type { ITurnSettings } from "./turnSettings.js";

/** Longest draining time of a server, in seconds. */
export const maxDrainSeconds = 3600;
const mebibyte = 1024 * 1024;
const defaultUnsent: IUnsentLimits = { total: 64 * mebibyte, perAddress: 32 * mebibyte, perUser: 2 * mebibyte };

/** Checked options with defaults applied. */
export interface ISettings {
    /** Path prefix. Empty, or with a slash at the start and none at the end. */
    readonly path: string;
    readonly development: boolean;
    /** Setting that allows guests, as text for the log; null = no guests. */
    readonly openedBy: string | null;
    readonly origins: readonly string[];
    readonly maxMembers: number;
    /** Rooms without an owner. */
    readonly rooms: readonly IRoomListing[];
    readonly roomsPerUser: number;
    readonly iceServers: readonly IIceServer[] | IceServersOf;
    /** Null = the server mints no TURN credentials. */
    readonly turn: ITurnSettings | null;
    readonly grantTtlSeconds: number;
    /** Grace period after a connection drops, in milliseconds; 0 = none. */
    readonly graceMs: number;
    /** Grace period after a page closes, in milliseconds, limited by `graceMs`; 0 = none. */
    readonly reloadMs: number;
    readonly requestRate: IRate;
    /** Rate limit of one authenticated user. */
    readonly userRequestRate: IRate;
    readonly upgradeRate: IRate;
    readonly messageRate: IRate;
    readonly signallingRate: IRate;
    readonly passwordRate: IRate;
    readonly unsent: IUnsentLimits;
    readonly isFriend: IsFriend | undefined;
    readonly addressOf: (request: IncomingMessage) => string;
    readonly log: RtcServerLog;
    /** Wall clock, used for tokens: milliseconds since the epoch. It may jump. */
    readonly now: () => number;
    /** Monotonic clock, used for durations, in milliseconds. */
    readonly ticks: () => number;
}

/**
 * Checks options and applies defaults.
 * @param options - options that the app passed
 * @returns the settings; throws `invalidOption`
 */
export function toSettings(options: IRtcServerOptions): ISettings {
    checkOptions(options, serverRules);
    checkOptions(options.limits ?? {}, limitRules, "limits.");
    checkNestedOptions(options);
    const openedBy = openerOf(options);
    const grantTtlSeconds = toWhole(options.grantTtlSeconds ?? 1800, "grantTtlSeconds", 1, maxGrantSeconds);
    const log = safeLog(options.log ?? logToStderr);
    return {
        path: toPath(options.path ?? ""),
        development: openedBy !== null,
        openedBy,
        origins: (options.origins ?? []).map(toOrigin),
        maxMembers: toWhole(options.maxMembers ?? defaultRoomMembers, "maxMembers", 1, maxRoomMembers),
        rooms: toListings(options.rooms ?? []),
        roomsPerUser: options.limits?.roomsPerUser ?? 10,
        iceServers: options.iceServers ?? [],
        turn: toTurnSettings(options.turn, grantTtlSeconds),
        grantTtlSeconds,
        graceMs: 1000 * toWhole(options.graceSeconds ?? 20, "graceSeconds", 0, maxGraceSeconds),
        reloadMs: 1000 * toWhole(options.reloadSeconds ?? 5, "reloadSeconds", 0, maxGraceSeconds),
        requestRate: options.limits?.requests ?? { perSecond: 50, burst: 500 },
        userRequestRate: options.limits?.userRequests ?? { perSecond: 10, burst: 60 },
        upgradeRate: options.limits?.upgrades ?? { perSecond: 100, burst: 1500 },
        messageRate: options.limits?.messages ?? { perSecond: 60, burst: 60 },
        signallingRate: options.limits?.signalling ?? { perSecond: 200, burst: 1000 },
        passwordRate: options.limits?.passwords ?? { perSecond: 0.2, burst: 300 },
        unsent: { ...defaultUnsent, ...options.limits?.unsent },
        isFriend: options.isFriend,
        addressOf: safeAddressOf(options.addressOf, log),
        log,
        now: Date.now,
        ticks: () => performance.now(),
    };
}

/**
 * Setting that allows guests, as text for the log; null = no guests. Only an exact value allows guests, not a missing or misspelt one. `NODE_ENV`
 * counts only if neither `development` nor `authorize` is set.
 */
export function openerOf({ development, authorize }: IRtcServerOptions): string | null {
    if (development !== undefined) {
        return development ? "`development: true`" : null;
    }
    return process.env.NODE_ENV === "development" && authorize === undefined ? "NODE_ENV=development" : null;
}

/** Checks the fields of options that are objects, or lists of objects. */
function checkNestedOptions({ https, limits, iceServers, metrics }: IRtcServerOptions): void {
    checkOptions(metrics ?? { port: 0 }, metricsRules, "metrics.");
    if (metrics && !Number.isInteger(metrics.port)) {
        throw new RtcServerError("invalidOption", "`metrics.port` must be a whole number from 0 to 65535.");
    }
    if (metrics?.token === undefined && !isLoopback(metrics?.host ?? "localhost")) {
        throw new RtcServerError(
            "invalidOption",
            `\`metrics.host\`: other machines can reach ${JSON.stringify(metrics?.host)}, so set a \`metrics.token\` of at least ${minTokenLength} characters (BABYLON_RTC_METRICS_TOKEN), from \`openssl rand -hex 32\`.`,
        );
    }
    checkOptions(typeof https === "object" ? https : {}, httpsRules, "https.");
    for (const [name, limit] of Object.entries(limits ?? {})) {
        checkOptions(typeof limit === "object" ? limit : {}, name === "unsent" ? unsentRules : rateRules, `limits.${name}.`);
    }
    for (const [index, server] of (typeof iceServers === "function" ? [] : (iceServers ?? [])).entries()) {
        checkOptions(server, iceServerRules, `iceServers[${index}].`);
    }
}

function toPath(path: string): string {
    const trimmed = path.replace(/\/+$/, "");
    if (trimmed !== "" && !/^(\/(?!\.)[\w.~-]+)+$/.test(trimmed)) {
        throw new RtcServerError(
            "invalidOption",
            "`path` must begin with a slash and contain only letters, digits, `.`, `_`, `~` and `-`, such as `/voice`.",
        );
    }
    return trimmed;
}

function toOrigin(text: string): string {
    const origin = allowedOrigin(text);
    if (origin === null) {
        throw new RtcServerError(
            "invalidOption",
            `\`origins\`: ${JSON.stringify(text)} is not an origin that a page can have. Use the form "https://game.example", "https://*.game.example" for all hosts one level below, or "capacitor://localhost" for an app.`,
        );
    }
    return origin;
}

function toWhole(value: number, option: string, min: number, max: number): number {
    if (!Number.isInteger(value) || value < min || value > max) {
        throw new RtcServerError("invalidOption", `\`${option}\` must be a whole number from ${min} to ${max}.`);
    }
    return value;
}
