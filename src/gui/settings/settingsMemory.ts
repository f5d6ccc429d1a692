import type { EchoCancellation, WayToTalk } from "../../index.js";
import type { NoiseChoice } from "../texts/settingsTexts.js";

/** What a player has set, in words and numbers. What is absent was never touched. Devices are kept elsewhere, see `devices` of the plugin. */
export interface IKeptSettings {
    readonly way?: WayToTalk;
    /** Of voice activity, in dBFS. */
    readonly thresholdDb?: number;
    readonly echoCancellation?: EchoCancellation;
    readonly noise?: NoiseChoice;
    readonly autoGainControl?: boolean;
    /** In hertz; 0 = nothing is taken away. */
    readonly highPassHz?: number;
    /** Of the microphone, 0 to 4. */
    readonly volume?: number;
    /** Of all voices, 0 to 4. */
    readonly voicesVolume?: number;
}

/** Where a player's settings are kept from page to page. */
export interface ISettingsStorage {
    /** @returns what was saved last; null if there is nothing. May throw. */
    load(): IKeptSettings | null;
    /**
     * Called after every change.
     * @param settings - all that is kept. May throw.
     */
    save(settings: IKeptSettings): void;
}

const key = "babylon-rtc.settings";

/** Keeps them in the browser's `localStorage`, under `babylon-rtc.settings`. */
export const browserSettingsStorage: ISettingsStorage = {
    load: () => JSON.parse(storageOf()?.getItem(key) ?? "null") as IKeptSettings | null,
    save: (settings) => storageOf()?.setItem(key, JSON.stringify(settings)),
};

/** Absent outside of browsers; throws where a page may not look. Another one is in interop/browserStorage, but gui imports only the public contract. */
function storageOf(): Storage | undefined {
    return (globalThis as { readonly localStorage?: Storage }).localStorage;
}

const within =
    (least: number, most: number) =>
    (value: unknown): boolean =>
        typeof value === "number" && value >= least && value <= most;
const among =
    (...values: readonly unknown[]) =>
    (value: unknown): boolean =>
        values.includes(value);

/** Somebody else may have written there. */
const checks: Readonly<Record<keyof IKeptSettings, (value: unknown) => boolean>> = {
    way: among("open", "pushToTalk", "pushToMute", "voiceActivity"),
    thresholdDb: within(-90, 0),
    echoCancellation: among(true, false, "all", "remote-only"),
    noise: among("off", "browser", "neural"),
    autoGainControl: among(true, false),
    highPassHz: (value) => value === 0 || within(20, 500)(value),
    volume: within(0, 4),
    voicesVolume: within(0, 4),
};

/** What a player has set, in this page and in earlier ones. */
export class SettingsMemory {
    private readonly _storage: ISettingsStorage | null;
    private _kept: IKeptSettings;

    /** @param storage - where it is kept; null = in this page alone */
    public constructor(storage: ISettingsStorage | null) {
        this._storage = storage;
        this._kept = load(storage);
    }

    /** All that is kept. */
    public get kept(): IKeptSettings {
        return this._kept;
    }

    /** Keeps something more. Where it cannot be stored, it holds for this page at least. */
    public keep(settings: IKeptSettings): void {
        this._kept = { ...this._kept, ...settings };
        try {
            this._storage?.save(this._kept);
        } catch {
            // No fault that anybody could mend.
        }
    }
}

/** @returns what is stored and usable; a forgotten setting is no fault that anybody can mend */
function load(storage: ISettingsStorage | null): IKeptSettings {
    try {
        const found: unknown = storage?.load();
        const entries = typeof found === "object" && found !== null ? Object.entries(found) : [];
        return Object.fromEntries(
            entries.filter(([name, value]) => Object.hasOwn(checks, name) && checks[name as keyof IKeptSettings](value)),
        );
    } catch {
        return {};
    }
}
