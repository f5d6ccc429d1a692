/** Median. For an even number of values, the mean of the two middle values. */
export function median(values) {
    const sorted = [...values].sort((a, b) => a - b);
    const half = sorted.length / 2;
    return values.length % 2 ? sorted[Math.floor(half)] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Target: at most `limit` times the baseline. */
export const atMost = (limit) => ({ text: `≤ ${limit} ×`, reached: ({ ours, baseline }) => ours <= limit * baseline });
