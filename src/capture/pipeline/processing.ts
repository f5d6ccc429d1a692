import { RtcError } from "../../errors/rtcError.js";
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

/** What is done to the microphone's sound before anybody hears it. */
export interface ICaptureProcessing {
    /** Default: `"all"`. */
    readonly echoCancellation: EchoCancellation;
    /** Whether the browser takes steady noise away. Not asked for while a suppressor stands, see `microphone.setSuppressorAsync`. Default: true. */
    readonly noiseSuppression: boolean;
    /** Whether the browser evens out how loud one speaks. Default: true. */
    readonly autoGainControl: boolean;
    /** What is lower is taken away (12 dB per octave): rumble, handling, a fan's hum. In hertz, 20 to 500; 0 = nothing is. Default: 0. */
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

const isBoolean = (value: unknown): boolean => typeof value === "boolean";

const checks: Readonly<Record<keyof ICaptureProcessing, { readonly is: (value: unknown) => boolean; readonly wanted: string }>> = {
    echoCancellation: {
        is: (value) => isBoolean(value) || value === "all" || value === "remote-only",
        wanted: 'true, false, "all" or "remote-only"',
    },
    noiseSuppression: { is: isBoolean, wanted: "true or false" },
    autoGainControl: { is: isBoolean, wanted: "true or false" },
    highPassHz: {
        is: (value) => typeof value === "number" && (value === 0 || (value >= 20 && value <= 500)),
        wanted: "0 or a number from 20 to 500",
    },
};

/**
 * @param changes - what shall be otherwise
 * @param before - what stays
 * @returns all of it; throws `invalidArgument` for a name that is none and for a value out of its range
 */
export function resolveProcessing(changes: Partial<ICaptureProcessing>, before: ICaptureProcessing): ICaptureProcessing {
    for (const [name, value] of Object.entries(changes) as [string, unknown][]) {
        const check = Object.hasOwn(checks, name) ? checks[name as keyof ICaptureProcessing] : null;
        if (!check) {
            throw new RtcError("invalidArgument", `There is no processing called "${name}".`);
        }
        if (!check.is(value)) {
            throw new RtcError("invalidArgument", `${name} is ${check.wanted}; it was ${String(value)}.`);
        }
    }
    return { ...before, ...changes };
}

const askedNames = ["echoCancellation", "noiseSuppression", "autoGainControl"] as const;

/** @returns what an app's own constraints come to */
export function processingOf(constraints: MediaTrackConstraints): ICaptureProcessing {
    const wishes = askedNames.map((name) => {
        const wish: unknown = constraints[name];
        const { exact, ideal } = (typeof wish === "object" ? wish : {}) as { readonly exact?: unknown; readonly ideal?: unknown };
        return [name, exact ?? ideal ?? wish] as const;
    });
    return { ...defaultProcessing, ...Object.fromEntries(wishes.filter(([name, wish]) => checks[name].is(wish))) };
}

/** @returns what is otherwise than before */
export function changesOf(after: ICaptureProcessing, before: ICaptureProcessing): Partial<ICaptureProcessing> {
    const names = Object.keys(after) as (keyof ICaptureProcessing)[];
    return Object.fromEntries(names.flatMap((name) => (after[name] === before[name] ? [] : [[name, after[name]]])));
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
