/** Value that is stored across page loads. */
export interface IStoredValue<T> {
    /**
     * @returns the last saved value, in which any member may be missing; null if there is none. Throws if the page may not use the storage, or
     * if the stored text is not JSON.
     */
    load(): Partial<T> | null;
    /** Saves a value. Throws if the page may not use the storage, or if the storage is full. */
    save(value: T): void;
}

/**
 * Stores a value in the browser's `localStorage`, as JSON. Outside of browsers nothing is stored.
 * @param key - key in the storage
 */
export function browserStorage<T>(key: string): IStoredValue<T> {
    return {
        load: () => JSON.parse(storageOf()?.getItem(key) ?? "null") as Partial<T> | null,
        save: (value) => storageOf()?.setItem(key, JSON.stringify(value)),
    };
}

/** The browser's `localStorage`; undefined outside of browsers. Throws if the page may not access it. */
function storageOf(): Storage | undefined {
    return (globalThis as { readonly localStorage?: Storage }).localStorage;
}
