/**
 * @param act - function that should throw
 * @returns the thrown value; throws if `act` does not throw
 */
export function thrownBy(act: () => unknown): unknown {
    try {
        act();
    } catch (error) {
        return error;
    }
    throw new Error("Nothing was thrown.");
}
