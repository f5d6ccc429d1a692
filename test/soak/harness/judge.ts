/** Figures of one moment, by name; null where there was nothing to ask, as while the server restarts. */
export type Figures = Readonly<Record<string, number | null>>;

/**
 * Counts that have grown, a sentence for each: their median at later moments is above the highest at earlier ones. What comes and goes, and what is made
 * once and kept, has not.
 * @param earlier - figures of several moments
 * @param later - of as many, or more or less
 */
export function grownCounts(earlier: readonly Figures[], later: readonly Figures[]): readonly string[] {
    const most = highest(earlier);
    return Object.keys(highest([...earlier, ...later])).flatMap((name) => {
        const before = most[name] ?? NaN;
        const after = median(later.map((figures) => figures[name] ?? null));
        const told = (count: number): string => (Number.isNaN(count) ? "missing" : String(count));
        return after <= before ? [] : [`${name}: ${told(before)} at most, and then usually ${told(after)}`];
    });
}

/** Those whose names pass a test. */
export function only(figures: Figures, test: (name: string) => boolean): Figures {
    return Object.fromEntries(Object.entries(figures).filter(([name]) => test(name)));
}

/** The highest value of each figure; null if it was never there. */
export function highest(all: readonly Figures[]): Figures {
    const names = new Set(all.flatMap((figures) => Object.keys(figures)));
    return Object.fromEntries(
        [...names].map((name) => {
            const known = all.map((figures) => figures[name] ?? null).filter((value) => value !== null);
            return [name, known.length > 0 ? Math.max(...known) : null];
        }),
    );
}

/** Growth of the median of some values over that of earlier ones, in percent; NaN if either has none. */
export function growthPercent(earlier: readonly (number | null)[], later: readonly (number | null)[]): number {
    return 100 * (median(later) / median(earlier) - 1);
}

/** @returns NaN of none */
export function median(values: readonly (number | null)[]): number {
    const known = values.filter((value) => value !== null).toSorted((a, b) => a - b);
    const middle = known.length / 2;
    return ((known[Math.floor(middle)] ?? NaN) + (known[Math.ceil(middle) - 1] ?? NaN)) / 2;
}
