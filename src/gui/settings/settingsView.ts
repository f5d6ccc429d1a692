import type {
    AudioProcessorFactory,
    IAudioDevice,
    ICaptureProcessing,
    ITalkOptions,
    MicrophonePermission,
    MicrophoneState,
    WayToTalk,
} from "../../index.js";
import type { IOption } from "../accessibility/operable.js";
import type { NoiseChoice } from "../texts/settingsTexts.js";
import type { IGuiTexts } from "../texts/texts.js";

/** What the plugin tells of the microphone at one moment. */
export interface ISettingsSnapshot {
    readonly permission: MicrophonePermission;
    readonly microphone: MicrophoneState;
    readonly devices: readonly IAudioDevice[];
    /** Where sound comes out; null while the browser does not tell. */
    readonly output: IAudioDevice | null;
    readonly mode: WayToTalk;
    readonly talkOptions: Pick<ITalkOptions, "thresholdDb">;
    readonly processing: ICaptureProcessing;
    readonly suppressor: AudioProcessorFactory | null;
    /** 0 to 4. */
    readonly volume: number;
    /** 0 to 4. */
    readonly monitorVolume: number;
    /** 0 to 4. */
    readonly voicesVolume: number;
}

/** What the app and the browser offer. */
export interface ISettingsOffer {
    /** Whether the app has a suppressor of its own. */
    readonly neural: boolean;
    /** The app's word for the key of pushing to talk; null = it gives none. */
    readonly talkKey: string | null;
    /** Whether the browser can move sound to another output. */
    readonly canChooseOutput: boolean;
}

/** A choice as it is shown. */
export interface IChoiceView<Value extends string = string> {
    readonly options: readonly (IOption & { readonly value: Value })[];
    readonly value: Value;
}

/** What the settings show. `null` = it is not shown. */
export interface ISettingsView {
    readonly inputNote: string | null;
    /** What the button says that asks for the microphone. */
    readonly ask: string | null;
    readonly input: IChoiceView | null;
    readonly output: IChoiceView | null;
    readonly outputNote: string | null;
    readonly way: IChoiceView<WayToTalk>;
    readonly wayNote: string;
    /** In dBFS. */
    readonly thresholdDb: number | null;
    readonly echoCancellation: boolean;
    readonly noise: IChoiceView<NoiseChoice>;
    readonly autoGain: boolean;
    readonly highPass: boolean;
    /** 0 to 4. */
    readonly volume: number;
    /** 0 to 4. */
    readonly voicesVolume: number;
    /** 0 to 4. */
    readonly monitorVolume: number | null;
}

/** The value of the device that the system uses: whoever chooses it follows the system. */
export const systemsChoice = "";

const ways: readonly WayToTalk[] = ["open", "pushToTalk", "pushToMute", "voiceActivity"];

/** What the settings show. Pure. */
export function settingsView(snapshot: ISettingsSnapshot, offer: ISettingsOffer, texts: IGuiTexts): ISettingsView {
    const { mode, talkOptions, processing, suppressor, volume, monitorVolume, voicesVolume } = snapshot;
    const { settings } = texts;
    const noises: readonly NoiseChoice[] = ["off", "browser", ...(offer.neural || suppressor ? (["neural"] as const) : [])];
    return {
        ...devicesView(snapshot, offer, texts),
        way: { options: ways.map((value) => ({ value, label: settings.ways[value] })), value: mode },
        wayNote: settings.wayMeans[mode](offer.talkKey),
        thresholdDb: mode === "voiceActivity" ? talkOptions.thresholdDb : null,
        echoCancellation: processing.echoCancellation !== false,
        noise: {
            options: noises.map((value) => ({ value, label: settings.noises[value] })),
            value: suppressor ? "neural" : processing.noiseSuppression ? "browser" : "off",
        },
        autoGain: processing.autoGainControl,
        highPass: processing.highPassHz > 0,
        volume,
        voicesVolume,
        monitorVolume: monitorVolume > 0 ? monitorVolume : null,
    };
}

function devicesView(
    snapshot: ISettingsSnapshot,
    { canChooseOutput }: ISettingsOffer,
    texts: IGuiTexts,
): Pick<ISettingsView, "inputNote" | "ask" | "input" | "output" | "outputNote"> {
    const { devices, microphone, output } = snapshot;
    const { settings } = texts;
    const track = microphone.state === "live" ? microphone.track : null;
    const inputs = devices.filter(({ kind }) => kind === "input");
    const outputs = devices.filter(({ kind }) => kind === "output");
    const hasNames = devices.some(({ id }) => id !== "");
    const outputNote = !canChooseOutput ? settings.outputUnsupported : hasNames && outputs.length === 0 ? settings.noOutput : null;
    return {
        ...microphoneNote(snapshot, inputs, texts),
        input: hasNames && inputs.length > 0 ? deviceChoice(inputs, track?.getSettings().deviceId ?? null, texts) : null,
        output: hasNames && canChooseOutput && outputs.length > 0 ? deviceChoice(outputs, output?.id ?? null, texts) : null,
        outputNote,
    };
}

/** How it stands with the microphone, in words, and what its button says. */
function microphoneNote(
    { microphone, permission }: ISettingsSnapshot,
    inputs: readonly IAudioDevice[],
    { settings, errors }: IGuiTexts,
): Pick<ISettingsView, "inputNote" | "ask"> {
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

function deviceChoice(devices: readonly IAudioDevice[], presentId: string | null, { settings }: IGuiTexts): IChoiceView {
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
