import { defaultRoomMembers, maxGraceSeconds, maxGrantSeconds, maxRoomMembers } from "../../../protocol/limits.js";
import { allowedOrigin } from "../http/origins.js";
import { logToStderr } from "../log.js";
import { RtcServerError } from "../rtcServerError.js";
import { safeAddressOf, safeLog } from "./appCallbacks.js";
import { checkOptions, httpsRules, iceServerRules, limitRules, rateRules, serverRules } from "./optionChecks.js";
import type { IncomingMessage } from "node:http";
import type { IIceServer } from "../../../protocol/wire.js";
import type { RtcServerLog } from "../log.js";
import type { IRate } from "../util/tokenBucket.js";
import type { IRtcServerOptions, IsFriend } from "./serverOptions.js";

/** The options, checked and with their defaults. */
export interface ISettings {
    /** Empty, or begins with a slash and does not end with one. */
    readonly path: string;
    readonly development: boolean;
    /** What said that guests may come in, in words for the log; null = nothing did. */
    readonly openedBy: string | null;
    readonly origins: readonly string[];
    readonly maxMembers: number;
    readonly iceServers: readonly IIceServer[];
    readonly grantTtlSeconds: number;
    /** How long somebody whose connection dropped keeps their place, in milliseconds; 0 = not at all. */
    readonly graceMs: number;
    readonly requestRate: IRate;
    readonly messageRate: IRate;
    readonly signallingRate: IRate;
    readonly passwordRate: IRate;
    readonly isFriend: IsFriend | undefined;
    readonly addressOf: (request: IncomingMessage) => string;
    readonly log: RtcServerLog;
    /** The wall clock, which tokens go by: milliseconds since the epoch. It may jump. */
    readonly now: () => number;
    /** The clock that durations go by: milliseconds since some moment, always forward. */
    readonly ticks: () => number;
}

/**
 * @param options - what the app passed
 * @returns the settings; throws `invalidOption`
 */
export function toSettings(options: IRtcServerOptions): ISettings {
    checkOptions(options, serverRules);
    checkOptions(options.limits ?? {}, limitRules, "limits.");
    checkNestedOptions(options);
    const openedBy = openerOf(options);
    const log = safeLog(options.log ?? logToStderr);
    return {
        path: toPath(options.path ?? ""),
        development: openedBy !== null,
        openedBy,
        origins: (options.origins ?? []).map(toOrigin),
        maxMembers: toWhole(options.maxMembers ?? defaultRoomMembers, "maxMembers", 1, maxRoomMembers),
        iceServers: options.iceServers ?? [],
        grantTtlSeconds: toWhole(options.grantTtlSeconds ?? 1800, "grantTtlSeconds", 1, maxGrantSeconds),
        graceMs: 1000 * toWhole(options.graceSeconds ?? 20, "graceSeconds", 0, maxGraceSeconds),
        requestRate: options.limits?.requests ?? { perSecond: 50, burst: 500 },
        messageRate: options.limits?.messages ?? { perSecond: 60, burst: 60 },
        signallingRate: options.limits?.signalling ?? { perSecond: 200, burst: 1000 },
        passwordRate: options.limits?.passwords ?? { perSecond: 0.2, burst: 50 },
        isFriend: options.isFriend,
        addressOf: safeAddressOf(options.addressOf, log),
        log,
        now: Date.now,
        ticks: () => performance.now(),
    };
}

/** A word that must be said on purpose and to the letter: whoever misspells it, or says nothing, keeps the server closed. */
export function openerOf({ development, authorize }: IRtcServerOptions): string | null {
    if (development !== undefined) {
        return development ? "`development: true`" : null;
    }
    return process.env.NODE_ENV === "development" && authorize === undefined ? "NODE_ENV=development" : null;
}

/** Names within options that are objects. */
function checkNestedOptions({ https, limits, iceServers }: IRtcServerOptions): void {
    checkOptions(typeof https === "object" ? https : {}, httpsRules, "https.");
    for (const [name, rate] of Object.entries(limits ?? {})) {
        checkOptions(rate ?? {}, rateRules, `limits.${name}.`);
    }
    for (const [index, server] of (iceServers ?? []).entries()) {
        checkOptions(server, iceServerRules, `iceServers[${index}].`);
    }
}

function toPath(path: string): string {
    const trimmed = path.replace(/\/+$/, "");
    if (trimmed !== "" && !/^(\/(?!\.)[\w.~-]+)+$/.test(trimmed)) {
        throw new RtcServerError(
            "invalidOption",
            "`path` begins with a slash and holds letters, digits, `.`, `_`, `~` and `-`, such as `/voice`.",
        );
    }
    return trimmed;
}

function toOrigin(text: string): string {
    const origin = allowedOrigin(text);
    if (origin === null) {
        throw new RtcServerError(
            "invalidOption",
            `\`origins\`: ${JSON.stringify(text)} is no origin that a page can have. One looks like "https://game.example", all below it like "https://*.game.example", an app's like "capacitor://localhost".`,
        );
    }
    return origin;
}

function toWhole(value: number, option: string, min: number, max: number): number {
    if (!Number.isInteger(value) || value < min || value > max) {
        throw new RtcServerError("invalidOption", `\`${option}\` is a whole number from ${min} to ${max}.`);
    }
    return value;
}
