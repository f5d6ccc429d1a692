/** One value, kept from page to page. */
export interface IStoredValue<T> {
    /** @returns what was saved last, in which anything may be missing; null if there is nothing. Throws where the page may not look, or what is there is no JSON. */
    load(): Partial<T> | null;
    /** Throws where the page may not write. */
    save(value: T): void;
}

/**
 * Keeps a value in the browser's `localStorage`, as JSON. Outside of browsers, where there is none, nothing is kept.
 * @param key - its name there
 */
export function browserStorage<T>(key: string): IStoredValue<T> {
    return {
        load: () => JSON.parse(storageOf()?.getItem(key) ?? "null") as Partial<T> | null,
        save: (value) => storageOf()?.setItem(key, JSON.stringify(value)),
    };
}

/** Absent outside of browsers, and a page may be forbidden to look at it, which throws. */
function storageOf(): Storage | undefined {
    return (globalThis as { readonly localStorage?: Storage }).localStorage;
}
