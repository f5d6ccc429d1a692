import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/**
 * @returns 160 random bits in letters and digits (hexadecimal), which PeerJS takes as a peer id
 */
export function randomId(): string {
    return randomBytes(20).toString("hex");
}

/**
 * Compares in a time that tells nothing of where the two differ, or of how long the expected one is.
 * @param given - what a client sent
 * @param expected - what it should be
 * @returns whether they are the same
 */
export function sameSecret(given: string, expected: string): boolean {
    return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
    return createHash("sha256").update(text).digest();
}
