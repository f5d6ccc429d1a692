import { browserStorage } from "../../interop/browserStorage.js";

/** A device that somebody chose. Some browsers give it another id in the next page, so its name counts as well. */
export interface IChosenDevice {
    readonly id: string;
    readonly label: string;
}

/** Chosen devices; null = the system's default. */
export interface IDeviceChoice {
    readonly input: IChosenDevice | null;
    readonly output: IChosenDevice | null;
}

/** Storage of chosen devices across page loads. */
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

/** The chosen input and output, kept across page loads. */
export class KeptChoice {
    private readonly _storage: IDeviceStorage | null;
    private _choice: IDeviceChoice;

    /**
     * @param storage - where it is kept; null = nowhere
     * @param changes - what differs from what was kept, until something is chosen
     */
    public constructor(storage: IDeviceStorage | null, changes: Partial<IDeviceChoice>) {
        this._storage = storage;
        this._choice = { ...loaded(storage), ...changes };
    }

    /** The present choice. */
    public get value(): IDeviceChoice {
        return this._choice;
    }

    /** Chooses something else, and stores it where that is possible. */
    public keep(changes: Partial<IDeviceChoice>): void {
        this._choice = { ...this._choice, ...changes };
        try {
            this._storage?.save(this._choice);
        } catch {
            // It holds for this page, at least.
        }
    }
}

/** A choice that is unusable or cannot be read counts as none: a forgotten choice is no fault that anybody can mend. */
function loaded(storage: IDeviceStorage | null): IDeviceChoice {
    try {
        const { input, output } = storage?.load() ?? nothing;
        return { input: chosen(input), output: chosen(output) };
    } catch {
        return nothing;
    }
}

/** Somebody else may have written there. */
function chosen(value: unknown): IChosenDevice | null {
    const { id, label } = (value ?? {}) as Partial<Record<keyof IChosenDevice, unknown>>;
    return typeof id === "string" && typeof label === "string" && id !== "" ? { id, label } : null;
}
