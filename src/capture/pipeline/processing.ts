import type { AudioProcessorFactory } from "./audioProcessor.js";

/**
 * Which sound of the loudspeakers is taken out of the microphone's.
 *
 * - `true`: as much as the browser finds right; at least what comes from calls.
 * - `"all"`: whatever this machine plays. Browsers that do not know it (Chromium before 141, Firefox, Safari, and any device where it cannot be
 *   done) take it for `true`.
 * - `"remote-only"`: only what comes straight from calls. Voices here are placed in space by WebAudio first, so it does not know them.
 *
 * Source: https://www.w3.org/TR/mediacapture-streams/#dom-echocancellationmodeenum
 */
export type EchoCancellation = boolean | "all" | "remote-only";

/** Processing of the microphone's sound before it is sent. */
export interface ICaptureProcessing {
    /** Default: `"all"`. */
    readonly echoCancellation: EchoCancellation;
    /** Noise suppression of the browser. Not asked for while a suppressor stands, see `microphone.setSuppressorAsync`. Default: true. */
    readonly noiseSuppression: boolean;
    /** Automatic gain control of the browser. Default: true. */
    readonly autoGainControl: boolean;
    /** Cutoff of a high-pass filter (12 dB per octave) against rumble, handling and a fan's hum. In hertz, 20 to 500; 0 = off. Default: 0. */
    readonly highPassHz: number;
}

/** Defaults of the processing. */
export const defaultProcessing: ICaptureProcessing = {
    // Voices are played by WebAudio, which `true` need not take out.
    echoCancellation: "all",
    noiseSuppression: true,
    autoGainControl: true,
    highPassHz: 0,
};

const askedNames = ["echoCancellation", "noiseSuppression", "autoGainControl"] as const;

/** @returns whether a browser takes that for one of the names that it is asked for */
function isWish(name: string, wish: unknown): boolean {
    return typeof wish === "boolean" || (name === "echoCancellation" && (wish === "all" || wish === "remote-only"));
}

/** @returns what an app's own constraints come to */
export function processingOf(constraints: MediaTrackConstraints): ICaptureProcessing {
    const wishes = askedNames.map((name) => {
        const wish: unknown = constraints[name];
        const { exact, ideal } = (typeof wish === "object" ? wish : {}) as { readonly exact?: unknown; readonly ideal?: unknown };
        return [name, exact ?? ideal ?? wish] as const;
    });
    return { ...defaultProcessing, ...Object.fromEntries(wishes.filter(([name, wish]) => isWish(name, wish))) };
}

/** @returns what to ask the browser for, of what has been changed since */
export function constraintsOf(changes: Partial<ICaptureProcessing>): MediaTrackConstraints {
    return Object.fromEntries(askedNames.flatMap((name) => (changes[name] === undefined ? [] : [[name, changes[name]]])));
}

/** @returns whether a track is as it was asked for, as far as it tells; a kind of echo cancellation that cannot be had may be another one */
export function obeys(track: MediaStreamTrack, asked: MediaTrackConstraints): boolean {
    const settings = track.getSettings();
    return askedNames.every((name) => {
        const is: unknown = settings[name];
        return is === undefined || asked[name] === undefined || Boolean(is) === Boolean(asked[name]);
    });
}

/** In decibels, as WebAudio counts a high-pass's Q: Butterworth, without a bump at the edge. */
const butterworthQ = 20 * Math.log10(Math.SQRT1_2);

/**
 * @param hz - below it sound fades by 12 dB per octave; it is 3 dB softer there
 * @returns a processor that takes rumble away
 */
export function highPass(hz: number): AudioProcessorFactory {
    return (context) => {
        const node = new BiquadFilterNode(context, { type: "highpass", frequency: hz, Q: butterworthQ });
        return { input: node, output: node };
    };
}
