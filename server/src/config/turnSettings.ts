import { createSecretKey } from "node:crypto";
import { areIceServers } from "../../../protocol/iceServers.js";
import { maxGrantSeconds } from "../../../protocol/limits.js";
import { RtcServerError } from "../rtcServerError.js";
import { checkOptions } from "./optionChecks.js";
import type { KeyObject } from "node:crypto";
import type { Rules } from "./optionChecks.js";
import type { ITurnOptions } from "./serverOptions.js";

/** Name of the environment variable with the TURN server's secret. */
export const turnSecretVariable = "BABYLON_RTC_TURN_SECRET";

/** Shortest TURN secret, in bytes. It must be long, because each member can test guesses offline, against their own credential. */
const minTurnSecretBytes = 16;
const maxTurnUrls = 8;
/** Time by which a credential outlives a grant by default, in seconds, because the clocks of the two servers may differ. */
const clockMarginSeconds = 300;

/** Checked option `turn`. */
export interface ITurnSettings {
    /** STUN URLs, which need no credentials. */
    readonly stunUrls: readonly string[];
    readonly turnUrls: readonly string[];
    /** The secret, as an object that does not reveal it when logged. */
    readonly key: KeyObject;
    readonly ttlSeconds: number;
}

const listOf = (urls: unknown): readonly unknown[] => (Array.isArray(urls) ? urls : [urls]);

const areTurnUrls = (value: unknown): boolean => {
    const urls = listOf(value);
    const isUsable = areIceServers(urls.map((each) => ({ urls: each, username: "name", credential: "word" })));
    return isUsable && urls.length <= maxTurnUrls && urls.some((url) => /^turns?:/i.test(String(url)));
};

const turnRules: Rules<ITurnOptions> = {
    urls: [
        areTurnUrls,
        `an address such as "turn:turn.example.com:3478", or a list of up to ${maxTurnUrls} that begin with turn:, turns: or stun:, at least one with turn: or turns:`,
    ],
    secret: [
        (value) => typeof value === "string",
        `a text of at least ${minTurnSecretBytes} bytes: the TURN server's \`static-auth-secret\``,
    ],
    ttlSeconds: [
        (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= maxGrantSeconds,
        `a whole number from 1 to ${maxGrantSeconds}`,
    ],
};

/**
 * @param turn - option `turn`, as the app passed it
 * @param grantTtlSeconds - validity of grants, in seconds, already checked
 * @param what - name of the option with that validity, for error messages
 * @returns the settings with defaults; null without the option. Throws `invalidOption`, `secretMissing` or `secretTooShort`; no message holds the
 * secret.
 */
export function toTurnSettings(turn: ITurnOptions | undefined, grantTtlSeconds: number, what = "grantTtlSeconds"): ITurnSettings | null {
    if (turn === undefined) {
        return null;
    }
    checkOptions(turn, turnRules, "turn.");
    if (!areTurnUrls(turn.urls)) {
        throw new RtcServerError("invalidOption", `\`turn.urls\` must be ${turnRules.urls[1]}.`);
    }
    const secret = turn.secret ?? process.env[turnSecretVariable] ?? "";
    if (secret === "") {
        throw new RtcServerError(
            "secretMissing",
            `Set ${turnSecretVariable} to the \`static-auth-secret\` of your TURN server, or pass it as \`turn.secret\`.`,
        );
    }
    if (Buffer.byteLength(secret) < minTurnSecretBytes) {
        throw new RtcServerError(
            "secretTooShort",
            `\`turn.secret\` must be at least ${minTurnSecretBytes} bytes long, for example from \`openssl rand -hex 32\`. Use the same secret in the TURN server.`,
        );
    }
    const ttlSeconds = turn.ttlSeconds ?? Math.min(maxGrantSeconds, grantTtlSeconds + clockMarginSeconds);
    if (ttlSeconds < grantTtlSeconds) {
        throw new RtcServerError(
            "invalidOption",
            `\`turn.ttlSeconds\` must be at least \`${what}\` (${grantTtlSeconds}), because credentials are renewed with the grant.`,
        );
    }
    const urls = listOf(turn.urls).map(String);
    const isTurn = (url: string): boolean => /^turns?:/i.test(url);
    return {
        stunUrls: urls.filter((url) => !isTurn(url)),
        turnUrls: urls.filter(isTurn),
        key: createSecretKey(secret, "utf8"),
        ttlSeconds,
    };
}
