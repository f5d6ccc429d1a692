import { RtcError } from "../index.js";

/**
 * Loads the network: the fast one where the browser takes it.
 * @param simdAddress - of the fast one
 * @param address - of the one that every browser takes
 * @returns its code; rejects with `serverUnreachable` or `unsupported`
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
            `${address} is not the noise suppressor's WebAssembly. Copy rnnoise.wasm there, and let the server not answer with a page.`,
        );
    }
    return plain;
}

async function fetchAsync(address: string): Promise<ArrayBuffer> {
    return loadAsync(address, async () => {
        const response = await fetch(address);
        if (!response.ok) {
            throw new Error(`The server answers ${response.status}.`);
        }
        return response.arrayBuffer();
    });
}

/**
 * Loads something, and says what could not be loaded.
 * @param what - its address
 * @param load - loads it
 * @returns as `load` does; rejects with `serverUnreachable`
 */
export async function loadAsync<T>(what: string, load: () => Promise<T>): Promise<T> {
    try {
        return await load();
    } catch (cause) {
        throw new RtcError(
            "serverUnreachable",
            `${what} could not be loaded, so noise is not suppressed. Is it there, and is it allowed?`,
            {
                cause,
            },
        );
    }
}
