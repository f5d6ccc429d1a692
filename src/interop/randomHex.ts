/**
 * Text that nobody else comes by. `crypto.randomUUID` is missing on pages that are not secure.
 * @param bytes - how many random bytes
 * @returns two hexadecimal digits for each
 */
export function randomHex(bytes: number): string {
    return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
