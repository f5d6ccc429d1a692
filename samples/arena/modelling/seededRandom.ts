/**
 * Creates a seeded random number generator (mulberry32). The same seed gives the same sequence, so that all clients build the same battlefield.
 * @param seed - any integer
 * @returns a function that returns the next number, from `from` (inclusive, default 0) to `to` (exclusive, default 1)
 */
export function createRandom(seed: number): (from?: number, to?: number) => number {
    let state = seed | 0;
    return (from = 0, to = 1) => {
        state = (state + 0x6d2b79f5) | 0;
        let bits = Math.imul(state ^ (state >>> 15), 1 | state);
        bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
        return from + (((bits ^ (bits >>> 14)) >>> 0) / 4294967296) * (to - from);
    };
}
