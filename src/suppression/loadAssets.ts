import { RtcError } from "../index.js";

/**
 * Loads the WebAssembly binary of the network: the fast SIMD one if the browser supports it.
 * @param simdAddress - address of the SIMD binary
 * @param address - address of the binary for all browsers
 * @returns a promise of the binary; rejects with `serverUnreachable` or `unsupported`
 */
export async function loadModelAsync(simdAddress: string, address: string): Promise<ArrayBuffer> {
    const simd = await fetchAsync(simdAddress);
    if (WebAssembly.validate(simd)) {
        return simd;
    }
    const plain = await fetchAsync(address);
    if (!WebAssembly.validate(plain)) {
        throw new RtcError(
            "unsupported",
            `${address} is not the noise suppressor's WebAssembly. Copy rnnoise.wasm there; the server must not return a page.`,
        );
    }
    return plain;
}

async function fetchAsync(address: string): Promise<ArrayBuffer> {
    return loadAsync(address, async () => {
        const response = await fetch(address);
        if (!response.ok) {
            throw new Error(`The server sent ${response.status}.`);
        }
        return response.arrayBuffer();
    });
}

/**
 * Loads a resource, and names the resource in the error if that fails.
 * @param what - address or name of the resource
 * @param load - loads the resource
 * @returns a promise of the result of `load`; rejects with `serverUnreachable`
 */
export async function loadAsync<T>(what: string, load: () => Promise<T>): Promise<T> {
    try {
        return await load();
    } catch (cause) {
        throw new RtcError("serverUnreachable", `${what} could not be loaded, so noise is not suppressed. Check path and permissions.`, {
            cause,
        });
    }
}
