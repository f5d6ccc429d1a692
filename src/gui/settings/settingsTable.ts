import { combineLatest, map, merge, of, race, shareReplay, switchMap, timer } from "rxjs";
import type { Observable } from "rxjs";
import type {
    AudioProcessorFactory,
    EchoCancellation,
    IAudioDevice,
    ICaptureProcessing,
    MicrophonePermission,
    MicrophoneState,
    WayToTalk,
} from "../../index.js";
import type { IOption } from "../accessibility/operable.js";
import type { IGuiSource } from "../guiContext.js";
import type { NoiseChoice } from "../texts/settingsTexts.js";
import type { IGuiTexts } from "../texts/texts.js";

/** Stored settings of a player. An absent setting was never changed. Devices are stored separately, see the plugin's option `deviceStorage`. */
export interface IKeptSettings {
    readonly way?: WayToTalk;
    /** Threshold of voice activity, in dBFS. */
    readonly thresholdDb?: number;
    /** Hangover of voice activity, in milliseconds. */
    readonly hangoverMs?: number;
    readonly echoCancellation?: EchoCancellation;
    readonly noise?: NoiseChoice;
    readonly autoGainControl?: boolean;
    /** Cutoff frequency of the high-pass filter, in hertz; 0 = no filter. */
    readonly highPassHz?: number;
    /** Volume of the microphone, 0 to 4. */
    readonly volume?: number;
    /** Volume of all voices, 0 to 4. */
    readonly voicesVolume?: number;
}

/** Storage of a setting: key, validation and restoring of its value. */
interface IKeptAs {
    readonly name: keyof IKeptSettings;
    /** True if a stored value is valid. Other code may have written to the storage. */
    is(value: unknown): boolean;
    /**
     * Changes to the microphone's processing that restore a value. They are applied together with those of other settings. If it returns null, `set`
     * restores the value after all these changes. Default: `set` restores the value at once.
     */
    processing?(value: unknown): Partial<ICaptureProcessing> | null;
}

/** A setting that can be changed. */
export interface ISettable<Value> {
    /** Applies a value. May throw or reject; the previous value then stays. */
    set(value: Value): void | Promise<void>;
    /** Storage of the setting. Default: not stored. */
    readonly kept?: IKeptAs;
    /** Debounce before a value is set, in milliseconds. Default: none. */
    readonly settleMs?: number;
}

/** A row of the settings. */
interface IRow<Kind extends string, Shown> {
    /** Id of its control, unique. */
    readonly id: string;
    /** Kind of its control. */
    readonly kind: Kind;
    /** Shown value; null = hidden. Replays, except the level of a meter. */
    readonly value$: Observable<Shown>;
    /** Visibility while the value is not null. Replays. Default: always visible. */
    readonly visible$?: Observable<boolean>;
}

/** A row with a visible label. */
interface INamedRow<Kind extends string, Shown> extends IRow<Kind, Shown> {
    readonly text: string;
}

/** On or off: one value means off, all others mean on. */
export interface ISwitchRow<Value> extends INamedRow<"switch", Value>, ISettable<Value> {
    readonly off: Value;
    /** Value to set when it is switched on, unless it had another value than `off` before. */
    readonly on: Value;
}

/** Content of a choice. */
export interface IChoiceView {
    readonly options: readonly IOption[];
    /** Value of the chosen option. */
    readonly value: string;
}

/** A number in a range. */
interface ISliderRow extends INamedRow<"slider", number>, ISettable<number> {
    readonly min: number;
    readonly max: number;
    readonly step: number;
    /** Returns the text for a value; about six letters fit. */
    inWords(value: number): string;
}

/** A level: root mean square, 0 to 1. */
interface IMeterRow extends INamedRow<"meter", number> {
    /** True while the gate of the talk mode is open; the meter is then lit. */
    readonly open$: Observable<boolean>;
    /** Id of a slider row in dBFS, whose value is marked on the meter while the slider is visible. Default: no mark. */
    readonly mark?: string;
}

/** A row of any kind. The value of a note is its text, that of a button its caption, that of a volume 0 to 4. */
export type SettingsRow =
    | IRow<"note", string | null>
    | (IRow<"button", string | null> & ISettable<void>)
    | ISwitchRow<unknown>
    | (INamedRow<"choice", IChoiceView | null> & ISettable<string>)
    | ISliderRow
    | (INamedRow<"volume", number> & ISettable<number>)
    | IMeterRow;

/** Rows below a heading. */
export interface ISettingsSection {
    readonly title: string;
    readonly rows: readonly SettingsRow[];
}

/** Options of the settings table: the plugin, and what the app and the browser support. */
export interface ISettingsTableOptions {
    readonly rtc: Pick<IGuiSource["rtc"], "microphone" | "startAsync" | "volume" | "volume$">;
    /** Emits after each attempt to apply a setting. Replays. */
    readonly tried$: Observable<unknown>;
    /** The app's noise suppressor; null = none. */
    readonly suppressor: AudioProcessorFactory | null;
    /** The app's name for the push-to-talk key; null = none. */
    readonly talkKey: string | null;
    /** True if the browser supports the choice of an output device. */
    readonly canChooseOutput: boolean;
    readonly texts: IGuiTexts;
}

/** Option value of the system's default device. Choosing it follows the system. */
const systemsChoice = "";
const ways: readonly WayToTalk[] = ["open", "pushToTalk", "pushToMute", "voiceActivity"];
/** Cutoff frequency of the high-pass filter against rumble, in hertz; nearly all of speech lies above. */
const rumbleHz = 100;
/** Debounce of the gate's options, in milliseconds. Each change builds a new gate. */
const settleMs = 150;
/** Timeout for the browser's device information, in milliseconds. All rows are shown together, and must not wait for a browser that hangs. */
const listingMs = 500;

const within =
    (least: number, most: number) =>
    (value: unknown): boolean =>
        typeof value === "number" && value >= least && value <= most;
const among =
    (...values: readonly unknown[]) =>
    (value: unknown): boolean =>
        values.includes(value);

/** All settings, one row each. A new setting needs a row here, a label in `ISettingsTexts` and, if it is stored, a member of `IKeptSettings`. */
export function settingsTable(options: ISettingsTableOptions): readonly ISettingsSection[] {
    const { rtc, tried$, suppressor, talkKey, texts } = options;
    const { microphone } = rtc;
    const { settings: words } = texts;
    const devices$ = combineLatest({
        permission: startingSoon(microphone.permission$, "unknown"),
        microphone: microphone.state$,
        devices: startingSoon(microphone.devices$, []),
        output: startingSoon(microphone.output$, null),
    }).pipe(
        map((snapshot) => devicesView(snapshot, options)),
        shareReplay({ bufferSize: 1, refCount: true }),
    );
    const isByVoice$ = microphone.mode$.pipe(map((mode) => mode === "voiceActivity"));
    const isMonitored$ = microphone.monitorVolume$.pipe(map((volume) => volume > 0));
    /** One property of the microphone's processing, stored under its own name. */
    const processed = (name: "echoCancellation" | "autoGainControl" | "highPassHz", is: IKeptAs["is"]) => ({
        value$: microphone.processing$.pipe(map((processing) => processing[name])),
        set: (value: unknown) => microphone.setProcessingAsync({ [name]: value }),
        kept: { name, is, processing: (value: unknown) => ({ [name]: value }) },
    });
    return [
        {
            title: words.devices,
            rows: [
                { id: "input note", kind: "note", value$: devices$.pipe(map(({ inputNote }) => inputNote)) },
                { id: "ask", kind: "button", value$: devices$.pipe(map(({ ask }) => ask)), set: () => rtc.startAsync() },
                {
                    id: "input",
                    kind: "choice",
                    text: words.input,
                    value$: devices$.pipe(map(({ input }) => input)),
                    set: (id: string) => microphone.selectInputAsync(id === systemsChoice ? null : id),
                },
                {
                    id: "output",
                    kind: "choice",
                    text: words.output,
                    value$: devices$.pipe(map(({ output }) => output)),
                    set: (id: string) => microphone.selectOutputAsync(id === systemsChoice ? null : id),
                },
                { id: "output note", kind: "note", value$: devices$.pipe(map(({ outputNote }) => outputNote)) },
            ],
        },
        {
            title: words.talk,
            rows: [
                {
                    id: "way",
                    kind: "choice",
                    text: words.way,
                    value$: microphone.mode$.pipe(map((way) => choiceOf(ways, words.ways, way))),
                    set: (way: WayToTalk) => void (microphone.mode = way),
                    kept: { name: "way", is: among(...ways) },
                },
                {
                    id: "way note",
                    kind: "note",
                    value$: combineLatest([microphone.mode$, microphone.state$]).pipe(
                        map(([way, { state }]) => (state === "live" ? words.wayMeans[way](talkKey) : words.unheard)),
                    ),
                },
                {
                    id: "input level",
                    kind: "meter",
                    text: words.inputLevel,
                    value$: microphone.inputLevel$,
                    open$: microphone.open$,
                    mark: "threshold",
                },
                {
                    id: "threshold",
                    kind: "slider",
                    text: words.threshold,
                    value$: microphone.talkOptions$.pipe(map(({ thresholdDb }) => thresholdDb)),
                    visible$: isByVoice$,
                    min: -90,
                    max: 0,
                    step: 1,
                    inWords: (db) => words.decibels(Math.round(db)),
                    settleMs,
                    set: (thresholdDb) => void (microphone.talkOptions = { thresholdDb }),
                    kept: { name: "thresholdDb", is: within(-90, 0) },
                },
                {
                    id: "hangover",
                    kind: "slider",
                    text: words.hangover,
                    value$: microphone.talkOptions$.pipe(map(({ hangoverMs }) => hangoverMs)),
                    visible$: isByVoice$,
                    min: 0,
                    max: 5_000,
                    step: 100,
                    inWords: (ms) => words.seconds(Math.round(ms / 100) / 10),
                    settleMs,
                    set: (hangoverMs) => void (microphone.talkOptions = { hangoverMs }),
                    kept: { name: "hangoverMs", is: within(0, 5_000) },
                },
            ],
        },
        {
            title: words.processing,
            rows: [
                {
                    id: "noise",
                    kind: "choice",
                    text: words.noise,
                    value$: combineLatest([microphone.processing$, microphone.suppressor$]).pipe(
                        map(([{ noiseSuppression }, stands]) => {
                            const noises: readonly NoiseChoice[] = [
                                "off",
                                "browser",
                                ...(suppressor || stands ? (["neural"] as const) : []),
                            ];
                            return choiceOf(noises, words.noises, stands ? "neural" : noiseSuppression ? "browser" : "off");
                        }),
                    ),
                    set: async (noise: NoiseChoice) => {
                        if (noise === "neural") {
                            await microphone.setSuppressorAsync(suppressor ?? microphone.suppressor);
                        } else {
                            // In this order: removing our suppressor first would reopen the device with the browser's, even on the way to `off`.
                            await microphone.setProcessingAsync({ noiseSuppression: noise === "browser" });
                            await microphone.setSuppressorAsync(null);
                        }
                    },
                    kept: {
                        name: "noise",
                        is: among("off", "browser", "neural"),
                        processing: (noise: NoiseChoice) => {
                            const isNeural = noise === "neural";
                            // Without a suppressor, the app's value stays.
                            return isNeural && suppressor ? null : isNeural ? {} : { noiseSuppression: noise === "browser" };
                        },
                    },
                },
                {
                    id: "echo",
                    kind: "switch",
                    text: words.echoCancellation,
                    off: false,
                    on: true,
                    ...processed("echoCancellation", among(true, false, "all", "remote-only")),
                },
                {
                    id: "auto gain",
                    kind: "switch",
                    text: words.autoGain,
                    off: false,
                    on: true,
                    ...processed("autoGainControl", among(true, false)),
                },
                {
                    id: "high pass",
                    kind: "switch",
                    text: words.highPass,
                    off: 0,
                    on: rumbleHz,
                    ...processed("highPassHz", (hz) => hz === 0 || within(20, 500)(hz)),
                },
            ],
        },
        {
            title: words.volumes,
            rows: [
                {
                    id: "microphone volume",
                    kind: "volume",
                    text: words.microphoneVolume,
                    value$: microphone.volume$,
                    set: (volume) => void (microphone.volume = volume),
                    kept: { name: "volume", is: within(0, 4) },
                },
                {
                    id: "voices volume",
                    kind: "volume",
                    text: words.voicesVolume,
                    // An app's own source may lack `volume$`.
                    value$: rtc.volume$ ?? tried$.pipe(map(() => rtc.volume)),
                    set: (volume) => void (rtc.volume = volume),
                    kept: { name: "voicesVolume", is: within(0, 4) },
                },
            ],
        },
        {
            // None of these settings is stored: players should not hear their own voice when they open the page again.
            title: words.monitor,
            rows: [
                { id: "headphones", kind: "note", value$: of(words.headphones) },
                {
                    id: "hear",
                    kind: "switch",
                    text: words.hearMyself,
                    value$: isMonitored$,
                    off: false,
                    on: true,
                    set: (on: boolean) => void (microphone.monitorVolume = on ? 1 : 0),
                },
                {
                    id: "monitor volume",
                    kind: "volume",
                    text: words.monitorVolume,
                    value$: microphone.monitorVolume$,
                    visible$: isMonitored$,
                    set: (volume) => void (microphone.monitorVolume = volume),
                },
                {
                    id: "sent level",
                    kind: "meter",
                    text: words.sentLevel,
                    value$: microphone.level$,
                    open$: microphone.open$,
                    visible$: isMonitored$,
                },
            ],
        },
    ];
}

/** @returns the values; `otherwise` comes first if there is no value within the timeout */
function startingSoon<Value>(values$: Observable<Value>, otherwise: Value): Observable<Value> {
    return race(values$, timer(listingMs).pipe(switchMap(() => merge(values$, of(otherwise)))));
}

function choiceOf<Value extends string>(values: readonly Value[], labels: Readonly<Record<Value, string>>, value: Value): IChoiceView {
    return { options: values.map((each) => ({ value: each, label: labels[each] })), value };
}

/** Snapshot of the devices. */
interface IDevicesSnapshot {
    readonly permission: MicrophonePermission;
    readonly microphone: MicrophoneState;
    readonly devices: readonly IAudioDevice[];
    /** Output device; null while unknown. */
    readonly output: IAudioDevice | null;
}

/** Content of the device rows; null = hidden. */
interface IDevicesView {
    readonly inputNote: string | null;
    /** Caption of the button that asks for the microphone. */
    readonly ask: string | null;
    readonly input: IChoiceView | null;
    readonly output: IChoiceView | null;
    readonly outputNote: string | null;
}

function devicesView(snapshot: IDevicesSnapshot, { canChooseOutput, texts }: ISettingsTableOptions): IDevicesView {
    const { devices, microphone, output } = snapshot;
    const { settings } = texts;
    const inputs = devices.filter(({ kind }) => kind === "input");
    const outputs = devices.filter(({ kind }) => kind === "output");
    const inputId = microphone.state === "live" ? microphone.track.getSettings().deviceId : undefined;
    const hasNames = devices.some(({ id }) => id !== "");
    return {
        ...microphoneNote(snapshot, inputs, texts),
        input: hasNames && inputs.length > 0 ? deviceChoice(inputs, inputId, texts) : null,
        output: hasNames && canChooseOutput && outputs.length > 0 ? deviceChoice(outputs, output?.id, texts) : null,
        outputNote: !canChooseOutput ? settings.outputUnsupported : hasNames && outputs.length === 0 ? settings.noOutput : null,
    };
}

/** Note about the microphone, and caption of its button. */
function microphoneNote(
    { microphone, permission }: IDevicesSnapshot,
    inputs: readonly IAudioDevice[],
    { settings, errors }: IGuiTexts,
): Pick<IDevicesView, "inputNote" | "ask"> {
    switch (microphone.state) {
        case "live":
            return { inputNote: null, ask: null };
        case "asking":
            return { inputNote: settings.asking, ask: null };
        case "failed":
            return microphone.error.code === "microphoneDenied"
                ? { inputNote: settings.denied, ask: permission === "denied" ? null : settings.ask }
                : { inputNote: `${errors[microphone.error.code].title}. ${errors[microphone.error.code].advice}`, ask: settings.tryAgain };
        case "off":
            if (permission === "denied") {
                return { inputNote: settings.denied, ask: null };
            }
            if (inputs.some(({ id }) => id !== "")) {
                return { inputNote: settings.off, ask: settings.turnOn };
            }
            return inputs.length === 0 && permission === "granted"
                ? { inputNote: settings.noInput, ask: settings.tryAgain }
                : { inputNote: settings.namesUnknown, ask: settings.ask };
    }
}

function deviceChoice(devices: readonly IAudioDevice[], presentId: string | undefined, { settings }: IGuiTexts): IChoiceView {
    const valueOf = ({ id, isDefault }: IAudioDevice): string => (isDefault ? systemsChoice : id);
    const present = devices.find(({ id }) => id === presentId);
    return {
        options: devices.map((device, index) => {
            const name = device.label === "" ? settings.nameless(index + 1) : device.label;
            return { value: valueOf(device), label: device.isDefault ? settings.isDefault(name) : name };
        }),
        value: present ? valueOf(present) : systemsChoice,
    };
}
