import { Subject, debounce, take, timer } from "rxjs";
import { RtcError } from "../../index.js";
import type { ICaptureProcessing } from "../../index.js";
import type { IKeptSettings, ISettable, ISettingsSection, ISwitchRow } from "./settingsTable.js";

/** Storage of a player's settings across page loads. */
export interface ISettingsStorage {
    /** @returns the last saved settings; null if there are none. May throw. */
    load(): IKeptSettings | null;
    /**
     * Called after each change that took effect.
     * @param settings - all stored settings. May throw.
     */
    save(settings: IKeptSettings): void;
}

const key = "babylon-rtc.settings";

/** Stores settings in the browser's `localStorage`, under `babylon-rtc.settings`. */
export const browserSettingsStorage: ISettingsStorage = {
    load: () => JSON.parse(storageOf()?.getItem(key) ?? "null") as IKeptSettings | null,
    save: (settings) => storageOf()?.setItem(key, JSON.stringify(settings)),
};

/**
 * `localStorage`; undefined outside of browsers. Throws if the page may not access it. Duplicates a function of interop/browserStorage, since the
 * controls import only the public contract.
 */
function storageOf(): Storage | undefined {
    return (globalThis as { readonly localStorage?: Storage }).localStorage;
}

/** Options of the settings memory. */
export interface ISettingsMemoryOptions {
    readonly sections: readonly ISettingsSection[];
    /** null = settings last only as long as the page. */
    readonly storage: ISettingsStorage | null;
    /** Changes the processing of the microphone's audio. */
    readonly processAsync: (changes: Partial<ICaptureProcessing>) => Promise<void>;
    /** Called with the error of a setting that could not be applied. */
    failed(error: RtcError): void;
    /** Called after each attempt to apply settings, so that the controls show the actual values. */
    done(): void;
}

/**
 * Applies the settings that the player chooses, stores those that took effect, and restores them after the next page load. A setting that fails is
 * reported and keeps its previous value.
 */
export class SettingsMemory {
    private readonly _options: ISettingsMemoryOptions;
    /** The settings, in the order in which they are restored. */
    private readonly _rows: readonly ISettable<unknown>[];
    private readonly _settling = new Map<ISettable<unknown>, Subject<unknown>>();
    /** Last value of each switch while it was on. */
    private readonly _lastOn = new Map<ISwitchRow<unknown>, unknown>();
    private _kept: IKeptSettings;
    private _attempts = 0;
    /** Number of the attempt whose value is stored, for each setting. */
    private readonly _keptFrom = new Map<ISettable<unknown>, number>();

    /** @param options - settings, storage and callbacks */
    public constructor(options: ISettingsMemoryOptions) {
        this._options = options;
        const rows = options.sections.flatMap((section) => section.rows);
        // Each section is restored from bottom to top: the talk mode builds a gate from the options in the rows below it. The section of the volumes
        // comes later, so that the volumes apply to the chain that the talk mode builds.
        this._rows = options.sections.flatMap((section) => [...section.rows].reverse()).filter((row) => "set" in row);
        this._kept = load(options.storage, this._rows);
        rows.filter((row) => row.kind === "switch").forEach((row) => this._remember(row));
    }

    /** All stored settings. */
    public get kept(): IKeptSettings {
        return this._kept;
    }

    /** Adds to the stored settings. If storing fails, the addition lasts only as long as the page. */
    public keep(settings: IKeptSettings): void {
        this._kept = { ...this._kept, ...settings };
        try {
            this._options.storage?.save(this._kept);
        } catch {
            // Not reported, since the player cannot fix it.
        }
    }

    /** Applies a value, debounced by `settleMs` of its row. */
    public set(row: ISettable<unknown>, value: unknown): void {
        if (row.settleMs === undefined) {
            void this._attemptAsync(row, value);
            return;
        }
        let settling = this._settling.get(row);
        if (!settling) {
            settling = new Subject();
            const { settleMs } = row;
            // Not `debounceTime`, which uses the wall clock: if the clock is set back, it waits until the clock has caught up.
            settling.pipe(debounce(() => timer(settleMs))).subscribe((settled) => void this._attemptAsync(row, settled));
            this._settling.set(row, settling);
        }
        settling.next(value);
    }

    /** Turns a switch on or off. Turning it on restores the last value other than `off`, or sets `on` of the row if there was none. */
    public switch(row: ISwitchRow<unknown>, on: boolean): void {
        this._remember(row);
        this.set(row, on ? (this._lastOn.get(row) ?? row.on) : row.off);
    }

    /** Applies all stored settings. A setting that is not available on this page keeps the app's value. Never rejects. */
    public async restoreAsync(): Promise<void> {
        const found = this._rows.flatMap((row) => {
            const value: unknown = row.kept && this._kept[row.kept.name];
            const setAsync = async (): Promise<void> => await row.set(value);
            return row.kept && value !== undefined ? [{ setAsync, changes: row.kept.processing?.(value) }] : [];
        });
        // Settings that need no device are applied at once.
        const begun = found.filter(({ changes }) => changes === undefined);
        const restored = begun.map(({ setAsync }) => this._restoreAsync(setAsync));
        // The browser reopens the device for each change, so all its settings change together. The high-pass filter is ours, not the browser's, and
        // is applied even if the browser rejects the other settings.
        const { highPassHz, ...browsers } = Object.assign({}, ...found.map(({ changes }) => changes)) as Partial<ICaptureProcessing>;
        const { processAsync } = this._options;
        for (const setAsync of [
            ...(Object.keys(browsers).length > 0 ? [() => processAsync(browsers)] : []),
            ...(highPassHz !== undefined ? [() => processAsync({ highPassHz })] : []),
            ...found.filter(({ changes }) => changes === null).map((each) => each.setAsync),
        ]) {
            await this._restoreAsync(setAsync);
        }
        await Promise.all(restored);
        this._options.done();
    }

    /** Stops debouncing; a waiting value is applied at once. */
    public dispose(): void {
        this._settling.forEach((settling) => settling.complete());
    }

    private _remember(row: ISwitchRow<unknown>): void {
        row.value$.pipe(take(1)).subscribe((value) => {
            if (value !== row.off) {
                this._lastOn.set(row, value);
            }
        });
    }

    private async _attemptAsync(row: ISettable<unknown>, value: unknown): Promise<void> {
        const attempt = ++this._attempts;
        try {
            await row.set(value);
            // An attempt is outdated if a later one for the same setting has taken effect before it.
            if (row.kept && attempt > (this._keptFrom.get(row) ?? 0)) {
                this._keptFrom.set(row, attempt);
                this.keep({ [row.kept.name]: value });
            }
        } catch (error) {
            // `aborted`: the player has chosen another value meanwhile; the outcome of that choice is reported instead.
            this._fail(error, ["aborted"]);
        }
        this._options.done();
    }

    /** Never rejects. */
    private async _restoreAsync(setAsync: () => Promise<void>): Promise<void> {
        // `unsupported`: since the last page load, the app may have changed to its own stream, whose audio the browser does not process.
        await setAsync().catch((error: unknown) => this._fail(error, ["unsupported", "aborted"]));
    }

    private _fail(error: unknown, untold: readonly string[]): void {
        const failure = RtcError.From(error, "unknown", "The change failed. Please try again.");
        if (!untold.includes(failure.code)) {
            this._options.failed(failure);
        }
    }
}

/** Loads the valid stored settings; empty if loading fails. A failure is not reported, since the player cannot fix it. */
function load(storage: ISettingsStorage | null, rows: readonly ISettable<unknown>[]): IKeptSettings {
    try {
        const found: unknown = storage?.load();
        const entries = typeof found === "object" && found !== null ? Object.entries(found) : [];
        return Object.fromEntries(entries.filter(([name, value]) => rows.some(({ kept }) => kept?.name === name && kept.is(value))));
    } catch {
        return {};
    }
}
