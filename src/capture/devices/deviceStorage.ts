import { browserStorage } from "../../interop/browserStorage.js";

/** A device that somebody chose. Some browsers give it another id in the next page, so its name counts as well. */
export interface IChosenDevice {
    readonly id: string;
    readonly label: string;
}

/** What somebody chose; null = whatever the system uses. */
export interface IDeviceChoice {
    readonly input: IChosenDevice | null;
    readonly output: IChosenDevice | null;
}

/** Where chosen devices are kept from page to page. */
export interface IDeviceStorage {
    /** @returns what was saved last; null if there is nothing. May throw. */
    load(): Partial<IDeviceChoice> | null;
    /**
     * Called after every choice.
     * @param choice - the whole of it. May throw.
     */
    save(choice: IDeviceChoice): void;
}

/** Keeps them in the browser's `localStorage`, under `babylon-rtc.devices`. */
export const browserDeviceStorage: IDeviceStorage = browserStorage<IDeviceChoice>("babylon-rtc.devices");

const nothing: IDeviceChoice = { input: null, output: null };

/** @returns what is stored; nothing if it is unusable or cannot be read: a forgotten choice is no fault that anybody can mend */
export function loadChoice(storage: IDeviceStorage | null): IDeviceChoice {
    try {
        const { input, output } = storage?.load() ?? nothing;
        return { input: chosen(input), output: chosen(output) };
    } catch {
        return nothing;
    }
}

/** Stores a choice where that is possible. */
export function saveChoice(storage: IDeviceStorage | null, choice: IDeviceChoice): void {
    try {
        storage?.save(choice);
    } catch {
        // It holds for this page, at least.
    }
}

/** Somebody else may have written there. */
function chosen(value: unknown): IChosenDevice | null {
    const { id, label } = (value ?? {}) as Partial<Record<keyof IChosenDevice, unknown>>;
    return typeof id === "string" && typeof label === "string" && id !== "" ? { id, label } : null;
}
