/**
 * Random text for unique names and secrets. `crypto.randomUUID` is not used, because it is missing in insecure contexts.
 * @param bytes - number of random bytes
 * @returns two hexadecimal digits per byte
 */
export function randomHex(bytes: number): string {
    return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
