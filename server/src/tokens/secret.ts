import { createHash, randomBytes, webcrypto } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { RtcServerError } from "../rtcServerError.js";

/** Shortest secret, in bytes: HS256 requires a key of at least the size of its hash (RFC 7518, 3.2). */
const minSecretBytes = 32;

/** Name of the environment variable with the secret. */
export const secretVariable = "BABYLON_RTC_SECRET";

/** Cache of imported keys, by secret: importing a key takes as long as signing with it. */
const signingKeys = new WeakMap<Uint8Array, Promise<webcrypto.CryptoKey>>();

/**
 * @param secret - at least 32 bytes
 * @returns the key that signs and verifies tokens (HS256), cached by array object
 */
export function signingKeyAsync(secret: Uint8Array): Promise<webcrypto.CryptoKey> {
    let key = signingKeys.get(secret);
    if (!key) {
        key = webcrypto.subtle.importKey("raw", Uint8Array.from(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
        signingKeys.set(secret, key);
    }
    return key;
}

/**
 * @param secret - secret that the app passed. Default: the environment variable.
 * @returns the secret as bytes; throws `secretMissing`, `secretTooShort` or `invalidOption`
 */
export function requireSecret(secret: string | undefined): Uint8Array {
    const text = secret ?? process.env[secretVariable];
    if (text === undefined || text === "") {
        throw new RtcServerError(
            "secretMissing",
            `Set ${secretVariable} to the secret of your babylon-rtc-server, or pass it as \`secret\`.`,
        );
    }
    if (typeof text !== "string") {
        throw new RtcServerError("invalidOption", "`secret` must be a string of at least 32 bytes.");
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
 * @param secret - secret that the app passed. Default: the environment variable.
 * @returns the secret as bytes; `random`: true if it is random, because none was given. Throws `secretTooShort` or `invalidOption`.
 */
export function secretOrRandom(secret: string | undefined): { readonly key: Uint8Array; readonly random: boolean } {
    if ((secret ?? process.env[secretVariable] ?? "") === "") {
        return { key: randomBytes(minSecretBytes), random: true };
    }
    return { key: requireSecret(secret), random: false };
}

/**
 * Random secret that is stored on disk, so that guests keep their identity after a restart. It is stored in the home folder of the user who runs the
 * server, readable only by that user, with one file for each working directory. For development only.
 * @param home - home folder. Default: that of the current user.
 * @returns the secret; undefined if it cannot be stored, or if other users can read the file
 */
export function developmentSecret(home: string = homedir()): string | undefined {
    const folder = join(home, ".babylon-rtc-server");
    const path = join(folder, `${createHash("sha256").update(process.cwd()).digest("hex").slice(0, 16)}.key`);
    try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        try {
            writeFileSync(path, randomBytes(minSecretBytes).toString("hex"), { flag: "wx", mode: 0o600 });
        } catch {
            // The file exists already, or cannot be written; in the second case the read below fails, too.
        }
        const { mode, uid } = statSync(path);
        const isPrivate = process.platform === "win32" || ((mode & 0o077) === 0 && uid === process.getuid?.());
        const secret = isPrivate ? readFileSync(path, "utf8") : "";
        return /^[0-9a-f]{64}$/.test(secret) ? secret : undefined;
    } catch {
        return undefined;
    }
}
