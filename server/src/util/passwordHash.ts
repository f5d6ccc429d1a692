import { randomBytes, scryptSync, timingSafeEqual } from "node:crypto";

/** Two to three milliseconds: guessing costs, and nobody notices. It runs in one go, so nothing can change between question and answer. */
const hashCost = { N: 1024, r: 8, p: 1 };
const hashBytes = 32;

/** A password that cannot be read back. */
export interface IPasswordHash {
    readonly salt: Buffer;
    readonly hash: Buffer;
}

/**
 * @param password - the text
 * @returns what is kept of it
 */
export function hashPassword(password: string): IPasswordHash {
    const salt = randomBytes(16);
    return { salt, hash: digest(password, salt) };
}

/**
 * Compares in a time that tells nothing of where the two differ.
 * @param password - what a client sent
 * @param kept - what is kept of the right one
 * @returns whether it is the right one
 */
export function isPassword(password: string, kept: IPasswordHash): boolean {
    return timingSafeEqual(digest(password, kept.salt), kept.hash);
}

/** One keyboard writes an accented letter as one sign, another as two. */
function digest(password: string, salt: Buffer): Buffer {
    return scryptSync(password.normalize("NFC"), salt, hashBytes, hashCost);
}
