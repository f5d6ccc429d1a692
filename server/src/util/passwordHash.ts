import { randomBytes, scryptSync, timingSafeEqual } from "node:crypto";

/**
 * Cost of scrypt: two to three milliseconds, which slows guessing down and is not noticeable. The hash is synchronous, so no state can change
 * between a check and its result.
 */
const hashCost = { N: 1024, r: 8, p: 1 };
const hashBytes = 32;

/** Salted hash of a password. */
export interface IPasswordHash {
    readonly salt: Buffer;
    readonly hash: Buffer;
}

/**
 * @param password - plain text
 * @returns salt and hash, for storage
 */
export function hashPassword(password: string): IPasswordHash {
    const salt = randomBytes(16);
    return { salt, hash: digest(password, salt) };
}

/**
 * Compares a password with a stored hash, in constant time.
 * @param password - password that a client sent
 * @param kept - stored hash
 * @returns true if they match
 */
export function isPassword(password: string, kept: IPasswordHash): boolean {
    return timingSafeEqual(digest(password, kept.salt), kept.hash);
}

/** Hashes the NFC form, because some keyboards write an accented letter as one character and others as two. */
function digest(password: string, salt: Buffer): Buffer {
    return scryptSync(password.normalize("NFC"), salt, hashBytes, hashCost);
}
