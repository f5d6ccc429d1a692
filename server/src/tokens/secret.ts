import { createHash, randomBytes, webcrypto } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { RtcServerError } from "../rtcServerError.js";

/** HS256 wants a key of at least the size of its hash (RFC 7518, 3.2). */
const minSecretBytes = 32;

/** The environment variable that the secret is read from. */
export const secretVariable = "BABYLON_RTC_SECRET";

/** Keys of jose by secret: making one anew takes as long as signing with it. */
const signingKeys = new WeakMap<Uint8Array, Promise<webcrypto.CryptoKey>>();

/**
 * @param secret - at least 32 bytes
 * @returns the key that signs and verifies tokens (HS256), the same for the same array
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
    if (typeof text !== "string") {
        throw new RtcServerError("invalidOption", "`secret` is a text of at least 32 bytes.");
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

/**
 * A random secret that outlives the process, so that guests are the same people after a restart. It lies in the user's home, for nobody else to read,
 * one for each folder that the server is started in. For development only.
 * @param home - the user's home. Default: as the system says.
 * @returns the secret; undefined if it cannot be kept, or others could have read it
 */
export function developmentSecret(home: string = homedir()): string | undefined {
    const folder = join(home, ".babylon-rtc-server");
    const path = join(folder, `${createHash("sha256").update(process.cwd()).digest("hex").slice(0, 16)}.key`);
    try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        try {
            writeFileSync(path, randomBytes(minSecretBytes).toString("hex"), { flag: "wx", mode: 0o600 });
        } catch {
            // It is there already, or cannot be written, and then not read either.
        }
        const { mode, uid } = statSync(path);
        const isPrivate = process.platform === "win32" || ((mode & 0o077) === 0 && uid === process.getuid?.());
        const secret = isPrivate ? readFileSync(path, "utf8") : "";
        return /^[0-9a-f]{64}$/.test(secret) ? secret : undefined;
    } catch {
        return undefined;
    }
}
