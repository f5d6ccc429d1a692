import { browserStorage } from "../../interop/browserStorage.js";

/** A device that the user chose. Some browsers change the id on the next page load, so the label identifies the device as well. */
export interface IChosenDevice {
    readonly id: string;
    readonly label: string;
}

/** Chosen devices; null = the system's default device. */
export interface IDeviceChoice {
    readonly input: IChosenDevice | null;
    readonly output: IChosenDevice | null;
}

/** Storage of the chosen devices across page loads. */
export interface IDeviceStorage {
    /** @returns the last saved choice; null if there is none. May throw. */
    load(): Partial<IDeviceChoice> | null;
    /**
     * Saves a choice. Called after every change. May throw.
     * @param choice - the complete choice
     */
    save(choice: IDeviceChoice): void;
}

/** Storage in the browser's `localStorage`, under the key `babylon-rtc.devices`. */
export const browserDeviceStorage: IDeviceStorage = browserStorage<IDeviceChoice>("babylon-rtc.devices");

const nothing: IDeviceChoice = { input: null, output: null };

/** The chosen input and output devices, kept across page loads. */
export class KeptChoice {
    private readonly _storage: IDeviceStorage | null;
    private _choice: IDeviceChoice;
    /** The choice without the values that override it on this page. */
    private _stored: IDeviceChoice;

    /**
     * @param storage - storage of the choice; null = none
     * @param changes - values that override the stored choice until a device is chosen
     */
    public constructor(storage: IDeviceStorage | null, changes: Partial<IDeviceChoice>) {
        this._storage = storage;
        this._stored = loaded(storage);
        this._choice = { ...this._stored, ...changes };
    }

    /** Current choice. */
    public get value(): IDeviceChoice {
        return this._choice;
    }

    /** Changes the choice, and stores it if possible. */
    public keep(changes: Partial<IDeviceChoice>): void {
        this._choice = { ...this._choice, ...changes };
        this._stored = { ...this._stored, ...changes };
        try {
            this._storage?.save(this._stored);
        } catch {
            // The choice still applies to this page.
        }
    }
}

/** Loads the stored choice. An invalid or unreadable choice counts as none, without an error, since the user could not fix it. */
function loaded(storage: IDeviceStorage | null): IDeviceChoice {
    try {
        const { input, output } = storage?.load() ?? nothing;
        return { input: chosen(input), output: chosen(output) };
    } catch {
        return nothing;
    }
}

/** Validates a stored device, since other code may have written to the storage. */
function chosen(value: unknown): IChosenDevice | null {
    const { id, label } = (value ?? {}) as Partial<Record<keyof IChosenDevice, unknown>>;
    return typeof id === "string" && typeof label === "string" && id !== "" ? { id, label } : null;
}
