/** Figures of one moment, by name. Null if no value was available, for example while the server restarts. */
export type Figures = Readonly<Record<string, number | null>>;

/**
 * Describes each count that has grown, that is, whose median at later moments is above its maximum at earlier moments. This excludes counts that
 * fluctuate, and objects that are created once and kept. A count that is missing at all earlier or all later moments is described too.
 * @param earlier - figures of several moments
 * @param later - figures of later moments; the number may differ
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

/** Figures whose names pass a test. */
export function only(figures: Figures, test: (name: string) => boolean): Figures {
    return Object.fromEntries(Object.entries(figures).filter(([name]) => test(name)));
}

/** Maximum of each figure. Null if it never had a value. */
export function highest(all: readonly Figures[]): Figures {
    const names = new Set(all.flatMap((figures) => Object.keys(figures)));
    return Object.fromEntries(
        [...names].map((name) => {
            const known = all.map((figures) => figures[name] ?? null).filter((value) => value !== null);
            return [name, known.length > 0 ? Math.max(...known) : null];
        }),
    );
}

/** Growth of the median over the median of earlier values, in percent. NaN if either list has no values. */
export function growthPercent(earlier: readonly (number | null)[], later: readonly (number | null)[]): number {
    return 100 * (median(later) / median(earlier) - 1);
}

/** @returns the median of the known values; NaN if there are none */
export function median(values: readonly (number | null)[]): number {
    const known = values.filter((value) => value !== null).toSorted((a, b) => a - b);
    const middle = known.length / 2;
    return ((known[Math.floor(middle)] ?? NaN) + (known[Math.ceil(middle) - 1] ?? NaN)) / 2;
}
