import { Subject, debounceTime } from "rxjs";
import { RtcError } from "../../index.js";
import type { AudioProcessorFactory, ICaptureProcessing, WayToTalk } from "../../index.js";
import type { IGuiSource } from "../guiContext.js";
import type { IKeptSettings, SettingsMemory } from "./settingsMemory.js";
import type { NoiseChoice } from "../texts/settingsTexts.js";
import { systemsChoice } from "./settingsView.js";

/** Who is told what came of it. */
export interface ISettingsActionsListener {
    /** Something could not be done. */
    failed(error: RtcError): void;
    /** Something was tried; what is shown may have to follow, or to go back. */
    done(): void;
}

/** Below it rumble is taken away, in hertz; speech begins above. */
const rumbleHz = 100;
/** So long does a threshold stay before it is set, in milliseconds: each one builds a gate. */
const settleMs = 150;

type Rtc = Pick<IGuiSource["rtc"], "microphone" | "startAsync" | "volume">;

/** What the settings do. Whatever fails is told, and then everything stays as it was. */
export class SettingsActions {
    private readonly _rtc: Rtc;
    private readonly _suppressor: AudioProcessorFactory | null;
    private readonly _memory: SettingsMemory;
    private readonly _listener: ISettingsActionsListener;
    private readonly _threshold = new Subject<number>();
    /** What was on before it was switched off. */
    private _echo: ICaptureProcessing["echoCancellation"];
    private _highPassHz: number;
    private _attempts = 0;
    /** Number of the attempt that each setting was kept from. */
    private readonly _keptFrom = new Map<string, number>();

    /**
     * @param rtc - whose microphone it is
     * @param suppressor - the app's own; null = none
     * @param memory - keeps what was set
     * @param listener - is told what comes of it
     */
    public constructor(rtc: Rtc, suppressor: AudioProcessorFactory | null, memory: SettingsMemory, listener: ISettingsActionsListener) {
        this._rtc = rtc;
        this._suppressor = suppressor;
        this._memory = memory;
        const { echoCancellation, highPassHz } = rtc.microphone.processing;
        this._echo = echoCancellation || true;
        this._highPassHz = highPassHz || rumbleHz;
        this._listener = listener;
        this._threshold.pipe(debounceTime(settleMs)).subscribe((thresholdDb) =>
            this._attempt(
                () => {
                    rtc.microphone.talkOptions = { thresholdDb };
                },
                { thresholdDb },
            ),
        );
    }

    /** Sets all that the memory holds. What cannot be had in this page stays as the app made it. */
    public async restoreAsync(): Promise<void> {
        const { microphone } = this._rtc;
        const { way, thresholdDb, echoCancellation, noise, autoGainControl, highPassHz, volume, voicesVolume } = this._memory.kept;
        if (thresholdDb !== undefined) {
            microphone.talkOptions = { thresholdDb };
        }
        microphone.mode = way ?? microphone.mode;
        microphone.volume = volume ?? microphone.volume;
        this._rtc.volume = voicesVolume ?? this._rtc.volume;
        const changes: Partial<ICaptureProcessing> = {
            ...(echoCancellation !== undefined && { echoCancellation }),
            ...(noise !== undefined && noise !== "neural" && { noiseSuppression: noise === "browser" }),
            ...(autoGainControl !== undefined && { autoGainControl }),
        };
        const isNeural = noise === "neural" && this._suppressor !== null;
        const actions = [
            ...(Object.keys(changes).length > 0 ? [() => microphone.setProcessingAsync(changes)] : []),
            ...(highPassHz !== undefined ? [() => microphone.setProcessingAsync({ highPassHz })] : []),
            ...(isNeural ? [() => microphone.setSuppressorAsync(this._suppressor)] : []),
        ];
        for (const action of actions) {
            // The app may give a stream of its own now, whose sound the browser does not process.
            await action().catch((error: unknown) => this._fail(error, ["unsupported", "aborted"]));
        }
        this._listener.done();
    }

    /** Asks for the microphone. */
    public ask(): void {
        this._attempt(() => this._rtc.startAsync());
    }

    /** @param value - of a choice's view */
    public chooseInput(value: string): void {
        this._attempt(() => this._rtc.microphone.selectInputAsync(value === systemsChoice ? null : value));
    }

    /** @param value - of a choice's view */
    public chooseOutput(value: string): void {
        this._attempt(() => this._rtc.microphone.selectOutputAsync(value === systemsChoice ? null : value));
    }

    /** When to be heard. */
    public chooseWay(way: WayToTalk): void {
        this._attempt(
            () => {
                this._rtc.microphone.mode = way;
            },
            { way },
        );
    }

    /** From which level on somebody speaks, in dBFS. Set once it stays for a moment. */
    public setThreshold(db: number): void {
        this._threshold.next(db);
    }

    /** On = as it was before it was switched off. */
    public setEchoCancellation(on: boolean): void {
        const { echoCancellation } = this._rtc.microphone.processing;
        if (echoCancellation !== false) {
            this._echo = echoCancellation;
        }
        this._process({ echoCancellation: on ? this._echo : false });
    }

    /** What takes noise away. */
    public chooseNoise(choice: NoiseChoice): void {
        const { microphone } = this._rtc;
        const chooseAsync = async (): Promise<void> => {
            if (choice === "neural") {
                await microphone.setSuppressorAsync(this._suppressor ?? microphone.suppressor);
            } else {
                // In this order the device is opened anew once: while ours stands, the browser's is not asked for.
                await microphone.setProcessingAsync({ noiseSuppression: choice === "browser" });
                await microphone.setSuppressorAsync(null);
            }
        };
        this._attempt(chooseAsync, { noise: choice });
    }

    /** Whether the browser evens out how loud one speaks. */
    public setAutoGain(on: boolean): void {
        this._process({ autoGainControl: on });
    }

    /** Whether rumble is taken away. */
    public setHighPass(on: boolean): void {
        const { highPassHz } = this._rtc.microphone.processing;
        if (highPassHz > 0) {
            this._highPassHz = highPassHz;
        }
        this._process({ highPassHz: on ? this._highPassHz : 0 });
    }

    /** 0 to 4. */
    public setVolume(volume: number): void {
        this._attempt(
            () => {
                this._rtc.microphone.volume = volume;
            },
            { volume },
        );
    }

    /** 0 to 4. */
    public setVoicesVolume(volume: number): void {
        this._attempt(
            () => {
                this._rtc.volume = volume;
            },
            { voicesVolume: volume },
        );
    }

    /** 0 to 4; 0 = off. Not kept: nobody wants to be greeted by their own voice. */
    public setMonitorVolume(volume: number): void {
        this._attempt(() => {
            this._rtc.microphone.monitorVolume = volume;
        });
    }

    /** Ends it; a threshold that waits is set at once. */
    public dispose(): void {
        this._threshold.complete();
    }

    private _process(changes: Partial<Omit<ICaptureProcessing, "noiseSuppression">>): void {
        this._attempt(() => this._rtc.microphone.setProcessingAsync(changes), changes);
    }

    private _attempt(action: () => void | Promise<void>, settings: IKeptSettings = {}): void {
        void this._attemptAsync(action, settings);
    }

    private async _attemptAsync(action: () => void | Promise<void>, settings: IKeptSettings): Promise<void> {
        const attempt = ++this._attempts;
        try {
            await action();
            // An attempt that ends after a later one is not what the player has set.
            const news = Object.entries(settings).filter(([name]) => attempt > (this._keptFrom.get(name) ?? 0));
            if (news.length > 0) {
                news.forEach(([name]) => this._keptFrom.set(name, attempt));
                this._memory.keep(Object.fromEntries(news));
            }
        } catch (error) {
            // Something else was chosen meanwhile; what comes of that is told.
            this._fail(error, ["aborted"]);
        }
        this._listener.done();
    }

    private _fail(error: unknown, untold: readonly string[]): void {
        const failure = RtcError.From(error, "unknown", "That could not be set. Please try again.");
        if (!untold.includes(failure.code)) {
            this._listener.failed(failure);
        }
    }
}
