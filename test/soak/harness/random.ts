/** Seeded random number generator. */
export class Random {
    private _state: number;

    /** @param seed - an integer */
    constructor(seed: number) {
        this._state = seed >>> 0;
    }

    /** Next number from 0 (inclusive) to 1 (exclusive). The generator is mulberry32. */
    next(): number {
        this._state = (this._state + 0x6d2b79f5) >>> 0;
        let mixed = this._state;
        mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    }

    between(least: number, most: number): number {
        return least + this.next() * (most - least);
    }

    /** Random element. Throws if the list is empty. */
    pick<T>(values: readonly T[]): T {
        const value = values[Math.floor(this.next() * values.length)];
        if (value === undefined) {
            throw new Error("there is nothing to pick from");
        }
        return value;
    }

    /** The same values in random order. */
    shuffle<T>(values: readonly T[]): readonly T[] {
        return values
            .map((value) => ({ value, order: this.next() }))
            .toSorted((a, b) => a.order - b.order)
            .map(({ value }) => value);
    }
}
