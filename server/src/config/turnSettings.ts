import { createSecretKey } from "node:crypto";
import { areIceServers } from "../../../protocol/iceServers.js";
import { maxGrantSeconds } from "../../../protocol/limits.js";
import { RtcServerError } from "../rtcServerError.js";
import { checkOptions } from "./optionChecks.js";
import type { KeyObject } from "node:crypto";
import type { Rules } from "./optionChecks.js";
import type { ITurnOptions } from "./serverOptions.js";

/** The environment variable that the secret of the TURN server is read from. */
export const turnSecretVariable = "BABYLON_RTC_TURN_SECRET";

/** Every member can test guesses of the secret against their own credential, so it must be long. In bytes. */
const minTurnSecretBytes = 16;
const maxTurnUrls = 8;
/** Added to the life of a grant for the default life of credentials, in seconds: the clocks of the two servers may differ. */
const clockMarginSeconds = 300;

/** Settings of TURN credentials. */
export interface ITurnSettings {
    /** STUN servers among the addresses, which take no credentials. */
    readonly stunUrls: readonly string[];
    readonly turnUrls: readonly string[];
    /** An object that prints no secret, wherever it is printed. */
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
 * @param turn - option `turn`, as an app passed it
 * @param grantTtlSeconds - how long grants hold, checked
 * @param what - name of what they hold by, for the sentence
 * @returns it with its defaults; null = not given. Throws `invalidOption`, `secretMissing` or `secretTooShort`; no sentence holds the secret.
 */
export function toTurnSettings(turn: ITurnOptions | undefined, grantTtlSeconds: number, what = "grantTtlSeconds"): ITurnSettings | null {
    if (turn === undefined) {
        return null;
    }
    checkOptions(turn, turnRules, "turn.");
    if (!areTurnUrls(turn.urls)) {
        throw new RtcServerError("invalidOption", `\`turn.urls\` is ${turnRules.urls[1]}.`);
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
            `\`turn.secret\` must be at least ${minTurnSecretBytes} bytes long, for example from \`openssl rand -hex 32\`; give the TURN server the same.`,
        );
    }
    const ttlSeconds = turn.ttlSeconds ?? Math.min(maxGrantSeconds, grantTtlSeconds + clockMarginSeconds);
    if (ttlSeconds < grantTtlSeconds) {
        throw new RtcServerError(
            "invalidOption",
            `\`turn.ttlSeconds\` is at least \`${what}\` (${grantTtlSeconds}): credentials are renewed with the grant.`,
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
