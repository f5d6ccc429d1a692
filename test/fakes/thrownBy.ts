/**
 * @param act - what shall fail
 * @returns what it throws; throws itself if it does not
 */
export function thrownBy(act: () => unknown): unknown {
    try {
        act();
    } catch (error) {
        return error;
    }
    throw new Error("Nothing was thrown.");
}
