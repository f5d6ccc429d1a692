import { Subject, debounce, take, timer } from "rxjs";
import { RtcError } from "../../index.js";
import type { ICaptureProcessing } from "../../index.js";
import type { IKeptSettings, ISettable, ISettingsSection, ISwitchRow } from "./settingsTable.js";

/** Storage of a player's settings across page loads. */
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

/** Options of the memory of settings. */
export interface ISettingsMemoryOptions {
    readonly sections: readonly ISettingsSection[];
    /** null = they are kept in this page alone. */
    readonly storage: ISettingsStorage | null;
    /** Changes what is done to the microphone's sound. */
    readonly processAsync: (changes: Partial<ICaptureProcessing>) => Promise<void>;
    /** Something could not be done. */
    failed(error: RtcError): void;
    /** Something was tried; what is shown may have to follow, or to go back. */
    done(): void;
}

/** Sets what a player chooses, keeps what took effect, and sets it again in the next page. Whatever fails is told, and then everything stays as it was. */
export class SettingsMemory {
    private readonly _options: ISettingsMemoryOptions;
    /** The settings, in the order in which they are restored. */
    private readonly _rows: readonly ISettable<unknown>[];
    private readonly _settling = new Map<ISettable<unknown>, Subject<unknown>>();
    /** Last value of each switch while on. */
    private readonly _lastOn = new Map<ISwitchRow<unknown>, unknown>();
    private _kept: IKeptSettings;
    private _attempts = 0;
    /** Number of the attempt that each setting was kept from. */
    private readonly _keptFrom = new Map<ISettable<unknown>, number>();

    /** @param options - what can be set, and who is told what comes of it */
    public constructor(options: ISettingsMemoryOptions) {
        this._options = options;
        const rows = options.sections.flatMap((section) => section.rows);
        // Each section from below: the way to talk builds a gate of the options that stand below it. Volumes come after it, so that the chain
        // that it builds has them, too.
        this._rows = options.sections.flatMap((section) => [...section.rows].reverse()).filter((row) => "set" in row);
        this._kept = load(options.storage, this._rows);
        rows.filter((row) => row.kind === "switch").forEach((row) => this._remember(row));
    }

    /** All that is kept. */
    public get kept(): IKeptSettings {
        return this._kept;
    }

    /** Keeps something more. Where it cannot be stored, it holds for this page at least. */
    public keep(settings: IKeptSettings): void {
        this._kept = { ...this._kept, ...settings };
        try {
            this._options.storage?.save(this._kept);
        } catch {
            // No fault that anybody could mend.
        }
    }

    /** Sets a value, once it has stayed for as long as its row says. */
    public set(row: ISettable<unknown>, value: unknown): void {
        if (row.settleMs === undefined) {
            void this._attemptAsync(row, value);
            return;
        }
        let settling = this._settling.get(row);
        if (!settling) {
            settling = new Subject();
            const { settleMs } = row;
            // Not `debounceTime`, which counts by the wall clock: if that is put back, it waits until it has caught up.
            settling.pipe(debounce(() => timer(settleMs))).subscribe((settled) => void this._attemptAsync(row, settled));
            this._settling.set(row, settling);
        }
        settling.next(value);
    }

    /** Switches something; on = as it was before it was switched off. */
    public switch(row: ISwitchRow<unknown>, on: boolean): void {
        this._remember(row);
        this.set(row, on ? (this._lastOn.get(row) ?? row.on) : row.off);
    }

    /** Sets all that is kept. What cannot be had in this page stays as the app made it. */
    public async restoreAsync(): Promise<void> {
        const found = this._rows.flatMap((row) => {
            const value: unknown = row.kept && this._kept[row.kept.name];
            const setAsync = async (): Promise<void> => await row.set(value);
            return row.kept && value !== undefined ? [{ setAsync, changes: row.kept.processing?.(value) }] : [];
        });
        // Settings that need no device are in force at once.
        const begun = found.filter(({ changes }) => changes === undefined);
        const restored = begun.map(({ setAsync }) => this._restoreAsync(setAsync));
        // The browser opens the device anew for each change. The high-pass is ours, and can be had where the browser's part is refused.
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

    /** Ends it; a value that waits is set at once. */
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
            // An attempt that ends after a later one is not what the player has set.
            if (row.kept && attempt > (this._keptFrom.get(row) ?? 0)) {
                this._keptFrom.set(row, attempt);
                this.keep({ [row.kept.name]: value });
            }
        } catch (error) {
            // Something else was chosen meanwhile; what comes of that is told.
            this._fail(error, ["aborted"]);
        }
        this._options.done();
    }

    /** Never rejects. */
    private async _restoreAsync(setAsync: () => Promise<void>): Promise<void> {
        // The app may give a stream of its own now, whose sound the browser does not process.
        await setAsync().catch((error: unknown) => this._fail(error, ["unsupported", "aborted"]));
    }

    private _fail(error: unknown, untold: readonly string[]): void {
        const failure = RtcError.From(error, "unknown", "That could not be set. Please try again.");
        if (!untold.includes(failure.code)) {
            this._options.failed(failure);
        }
    }
}

/** @returns what is stored and usable; a forgotten setting is no fault that anybody can mend */
function load(storage: ISettingsStorage | null, rows: readonly ISettable<unknown>[]): IKeptSettings {
    try {
        const found: unknown = storage?.load();
        const entries = typeof found === "object" && found !== null ? Object.entries(found) : [];
        return Object.fromEntries(entries.filter(([name, value]) => rows.some(({ kept }) => kept?.name === name && kept.is(value))));
    } catch {
        return {};
    }
}
