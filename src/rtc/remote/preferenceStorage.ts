import { browserStorage } from "../../interop/browserStorage.js";

/** Local playback preferences, as plain data. */
export interface IVoiceChoices {
    /** Ids of silenced members. */
    readonly silenced: readonly string[];
    /** Ids of blocked members. */
    readonly blocked: readonly string[];
    /** Volume by member id, 0 to 4; missing = 1. */
    readonly volumes: Readonly<Record<string, number>>;
    /** Volume of all voices, 0 to 4. */
    readonly volume: number;
}

/**
 * Storage of preferences across rejoins and reloads. Entries are keyed by member id. A user of the app's own sign-in keeps the same id; a guest keeps
 * it only while the tab is open.
 */
export interface IVoiceStorage {
    /**
     * Called once, when a behavior is created.
     * @returns the saved preferences, complete or partial; null if there are none. Unusable values are ignored. May throw.
     */
    load(): Partial<IVoiceChoices> | null;
    /**
     * Called after every change.
     * @param choices - all preferences, at most 1,000 members in each list. May throw.
     */
    save(choices: IVoiceChoices): void;
}

/** Stores preferences in the browser's `localStorage`, under `babylon-rtc.choices`. */
export const browserVoiceStorage: IVoiceStorage = browserStorage<IVoiceChoices>("babylon-rtc.choices");
