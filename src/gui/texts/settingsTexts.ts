import type { WayToTalk } from "../../index.js";

/** Noise suppression: none, the browser's, or the neural one. */
export type NoiseChoice = "off" | "browser" | "neural";

/** Texts of the settings. */
export interface ISettingsTexts {
    readonly title: string;
    readonly close: string;
    /** Headings, from `devices` to `monitor`. */
    readonly devices: string;
    readonly talk: string;
    readonly processing: string;
    readonly volumes: string;
    readonly monitor: string;
    /** Labels of the settings, from `input` to `sentLevel`. */
    readonly input: string;
    readonly output: string;
    readonly way: string;
    readonly threshold: string;
    readonly hangover: string;
    readonly inputLevel: string;
    readonly echoCancellation: string;
    readonly noise: string;
    readonly autoGain: string;
    readonly highPass: string;
    readonly microphoneVolume: string;
    readonly voicesVolume: string;
    readonly hearMyself: string;
    readonly monitorVolume: string;
    readonly sentLevel: string;
    /** Text for a level in dBFS. */
    readonly decibels: (db: number) => string;
    /** Text for a duration in seconds. */
    readonly seconds: (seconds: number) => string;
    /** Names of the talk modes. */
    readonly ways: Readonly<Record<WayToTalk, string>>;
    readonly noises: Readonly<Record<NoiseChoice, string>>;
    readonly isDefault: (device: string) => string;
    /** Name of a device for which the browser gives no label; `index` counts from 1. */
    readonly nameless: (index: number) => string;
    /** Notes about the devices, from `namesUnknown` to `outputUnsupported`. The captions of their button follow: `ask`, `turnOn`, `tryAgain`. */
    readonly namesUnknown: string;
    readonly asking: string;
    readonly denied: string;
    readonly off: string;
    readonly noInput: string;
    readonly noOutput: string;
    readonly outputUnsupported: string;
    readonly ask: string;
    readonly turnOn: string;
    readonly tryAgain: string;
    /** Explanation of a talk mode; `key` is the app's name for the key, or null. */
    readonly wayMeans: Readonly<Record<WayToTalk, (key: string | null) => string>>;
    /** Shown instead of `wayMeans` while the microphone is not live. */
    readonly unheard: string;
    readonly headphones: string;
}

/** English texts of the settings. */
export const settingsTexts: ISettingsTexts = {
    title: "Settings",
    close: "Close the settings",
    devices: "Devices",
    talk: "When you are heard",
    processing: "Your sound",
    volumes: "Volumes",
    monitor: "Ear monitor",
    input: "Microphone",
    output: "Speakers or headphones",
    way: "Way to talk",
    threshold: "Opens at",
    hangover: "Stays open for",
    inputLevel: "Microphone level",
    echoCancellation: "Echo cancellation",
    noise: "Noise suppression",
    autoGain: "Automatic gain",
    highPass: "Cut low rumble",
    microphoneVolume: "Your microphone",
    voicesVolume: "All voices",
    hearMyself: "Hear yourself",
    monitorVolume: "Your own volume",
    sentLevel: "Level of sent audio",
    decibels: (db) => `${db < 0 ? "−" : ""}${Math.abs(db)} dB`,
    seconds: (seconds) => `${seconds} s`,
    ways: { open: "Open microphone", pushToTalk: "Push to talk", pushToMute: "Push to mute", voiceActivity: "Voice activity" },
    noises: { off: "Off", browser: "By the browser", neural: "Neural" },
    isDefault: (device) => `${device} (default)`,
    nameless: (index) => `Device ${index}`,
    namesUnknown: "Your devices have no names until the microphone is allowed.",
    asking: "Allow the microphone in the browser's prompt.",
    denied: "The microphone is not allowed. Allow it at the lock or camera icon beside the page's address, or in the system's settings.",
    off: "The microphone is off.",
    noInput: "There is no microphone. Plug one in.",
    noOutput: "The browser lists no speakers or headphones.",
    outputUnsupported: "This browser cannot change the output device. Choose it in the system's settings.",
    ask: "Allow the microphone",
    turnOn: "Turn it on",
    tryAgain: "Try again",
    wayMeans: {
        open: () => "You are heard all the time.",
        pushToTalk: (key) => `You are heard while you hold ${key ?? "your talk button"}.`,
        pushToMute: (key) => `You are heard unless you hold ${key ?? "your talk button"}.`,
        voiceActivity: () => "You are heard while you are louder than the mark.",
    },
    unheard: "Nobody hears you while the microphone is off.",
    headphones: "Wear headphones: loudspeakers cause feedback.",
};
