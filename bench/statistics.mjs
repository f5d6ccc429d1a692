/** The middle one; of an even number, the mean of the two in the middle. */
export function median(values) {
    const sorted = [...values].sort((a, b) => a - b);
    const half = sorted.length / 2;
    return values.length % 2 ? sorted[Math.floor(half)] : (sorted[half - 1] + sorted[half]) / 2;
}

/** A ratio to the baseline that shall not be passed. */
export const atMost = (limit) => ({ text: `≤ ${limit} ×`, reached: ({ ours, baseline }) => ours <= limit * baseline });
