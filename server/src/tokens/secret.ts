import { randomBytes } from "node:crypto";
import { RtcServerError } from "../rtcServerError.js";

/** HS256 wants a key of at least the size of its hash (RFC 7518, 3.2). */
const minSecretBytes = 32;

/** The environment variable that the secret is read from. */
export const secretVariable = "BABYLON_RTC_SECRET";

/**
 * @param secret - the secret that the app passed; default: the environment variable
 * @returns it as a key; throws `secretMissing` or `secretTooShort`
 */
export function requireSecret(secret: string | undefined): Uint8Array {
    const text = secret ?? process.env[secretVariable];
    if (text === undefined || text === "") {
        throw new RtcServerError(
            "secretMissing",
            `Set ${secretVariable} to the secret of your babylon-rtc-server, or pass it as \`secret\`.`,
        );
    }
    const key = new TextEncoder().encode(text);
    if (key.length < minSecretBytes) {
        throw new RtcServerError(
            "secretTooShort",
            `The secret must be at least ${minSecretBytes} bytes long, for example from \`openssl rand -hex 32\`.`,
        );
    }
    return key;
}

/**
 * @param secret - the secret that the app passed; default: the environment variable
 * @returns the key, and whether it is a random one because no secret was given; throws `secretTooShort`
 */
export function secretOrRandom(secret: string | undefined): { readonly key: Uint8Array; readonly random: boolean } {
    if ((secret ?? process.env[secretVariable] ?? "") === "") {
        return { key: randomBytes(minSecretBytes), random: true };
    }
    return { key: requireSecret(secret), random: false };
}
