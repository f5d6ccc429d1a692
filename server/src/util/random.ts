import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/**
 * @returns 160 random bits as hexadecimal text, which PeerJS accepts as a peer id
 */
export function randomId(): string {
    return randomBytes(20).toString("hex");
}

/**
 * Compares two texts in constant time, without revealing the length of the expected one.
 * @param given - text that a client sent
 * @param expected - correct text
 * @returns true if they are the same
 */
export function sameSecret(given: string, expected: string): boolean {
    return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
    return createHash("sha256").update(text).digest();
}
