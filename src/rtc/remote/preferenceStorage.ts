import { browserStorage } from "../../interop/browserStorage.js";

/** Local playback preferences, as plain data. */
export interface IVoiceChoices {
    /** Ids of the members whom they do not hear. */
    readonly silenced: readonly string[];
    /** Ids of the members whom they have blocked. */
    readonly blocked: readonly string[];
    /** Volume by member id, 0 to 4; 1 for those who are missing. */
    readonly volumes: Readonly<Record<string, number>>;
    /** Volume of everybody, 0 to 4. */
    readonly volume: number;
}

/**
 * Storage of preferences across rejoins and reloads. They are kept by member id: a user whom the app signs
 * in keeps theirs, while a guest of a development server keeps one as long as the tab is open.
 */
export interface IVoiceStorage {
    /**
     * Called once, when a behavior is made.
     * @returns what was saved last, as a whole or in part; null if there is nothing. What is unusable in it is left out. May throw.
     */
    load(): Partial<IVoiceChoices> | null;
    /**
     * Called after every change.
     * @param choices - the whole of them, at most 1,000 members in each list. May throw.
     */
    save(choices: IVoiceChoices): void;
}

/** Keeps choices in the browser's `localStorage`, under `babylon-rtc.choices`. */
export const browserVoiceStorage: IVoiceStorage = browserStorage<IVoiceChoices>("babylon-rtc.choices");
